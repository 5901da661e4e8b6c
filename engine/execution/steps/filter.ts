import { compileExpression } from '../../codegen/expression.ts'
import { isCheapTest } from '../../functions/cheap-test.ts'
import { isVolatile } from '../../plan/expression-tree.ts'
import type { Expression } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/**
 * Lets rows pass for which all predicates are true. Those that cost no more than a branch that is guessed wrong are
 * evaluated together and first; the others one after the other, as long as a row passes.
 */
export class FilterStep implements Step {
  readonly stateless = true
  readonly emitAgain?: NonNullable<Step['emitAgain']>
  readonly #predicates: readonly (readonly Expression[])[]
  readonly #operator: number

  constructor(predicates: readonly Expression[], operator: number) {
    const cheap = predicates.filter(isCheapTest)
    const others = predicates.filter((predicate) => !isCheapTest(predicate))
    this.#predicates = [...(cheap.length > 0 ? [cheap] : []), ...others.map((predicate) => [predicate])]
    this.#operator = operator
    if (predicates.some(isVolatile)) return
    this.emitAgain = (_, next) => {
      next()
    }
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const emitFrom = (at: number): void => {
      const together = this.#predicates[at]
      if (together === undefined) {
        compiler.count(this.#operator)
        next()
        return
      }
      together.forEach((predicate, index) => {
        pushIsTrue(compiler, predicate)
        if (index > 0) f.op('i32.and')
      })
      f.if(() => compiler.branch(() => emitFrom(at + 1)))
    }
    emitFrom(0)
  }
}

function pushIsTrue(compiler: PipelineCompiler, predicate: Expression): void {
  const { f } = compiler
  const value = compileExpression(compiler, predicate)
  f.get(value.locals[0]!)
  if (value.valid === null) return
  f.get(value.valid)
  f.op('i32.and')
}
