import { compileExpression } from '../../codegen/expression.ts'
import type { Expression } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/** Lets rows pass for which the predicate is true. */
export class FilterStep implements Step {
  readonly stateless = true
  readonly #predicate: Expression
  readonly #operator: number

  constructor(predicate: Expression, operator: number) {
    this.#predicate = predicate
    this.#operator = operator
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const value = compileExpression(compiler, this.#predicate)
    f.get(value.locals[0]!)
    if (value.valid !== null) {
      f.get(value.valid)
      f.op('i32.and')
    }
    f.if(() => {
      compiler.branch(() => {
        compiler.count(this.#operator)
        next()
      })
    })
  }
}
