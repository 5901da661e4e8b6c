import { compileExpression } from '../../codegen/expression.ts'
import type { Local } from '../../codegen/assembler.ts'
import { itemTypeOf, loadItem } from '../../codegen/list-loop.ts'
import { declareValue, pushValid, type Value } from '../../codegen/value.ts'
import type { Unnest } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'
import type { ResumePoint } from '../resume-points.ts'

/** One row for each item of the lists of a row. Item layout: `PhysicalType` in arrow/types.ts. */
export class UnnestStep implements Step {
  readonly stateless = true
  readonly #items: Unnest['items']
  readonly #keepEmpty: boolean
  readonly #operator: number
  #point: ResumePoint | null = null
  #index: Local | null = null

  constructor(items: Unnest['items'], keepEmpty: boolean, operator: number) {
    this.#items = items
    this.#keepEmpty = keepEmpty
    this.#operator = operator
  }

  prepare(compiler: PipelineCompiler): void {
    this.#point = compiler.resume.add()
    this.#index = this.#point.local('i32')
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const point = this.#point!
    const lists = this.#items.map(({ expression }) => {
      const list = compileExpression(compiler, expression)
      return { list, count: emitCount(compiler, list) }
    })
    const longest = f.local('i32')
    f.i32(this.#keepEmpty ? 1 : 0)
    f.set(longest)
    for (const { count } of lists) {
      f.get(count)
      f.get(longest)
      f.get(count)
      f.get(longest)
      f.op('i32.gt_u')
      f.op('select')
      f.set(longest)
    }
    const index = this.#index!
    point.emitOnArrival(() => {
      f.i32(0)
      f.set(index)
    })
    point.pushPassed()
    f.op('i32.eqz')
    f.if(() => point.emitGoOn())
    f.block((exit) => {
      f.loop((again) => {
        f.get(index)
        f.get(longest)
        f.op('i32.ge_u')
        f.brIf(exit)
        compiler.branch(() => {
          this.#items.forEach(({ output }, position) => {
            const { list, count } = lists[position]!
            compiler.define(output.id, () => emitItem(compiler, list, count, index))
          })
          compiler.count(this.#operator)
          next()
        })
        f.get(index)
        f.i32(1)
        f.op('i32.add')
        f.set(index)
        point.emitSpend()
        f.br(again)
      })
    })
  }
}

/** The number of items, 0 for a NULL list. */
function emitCount(compiler: PipelineCompiler, list: Value): Local {
  const { f } = compiler
  f.get(list.locals[1]!)
  if (list.valid !== null) {
    f.i32(0)
    pushValid(f, list)
    f.op('select')
  }
  return f.keep('i32')
}

/** Item `index`; NULL past the end. */
function emitItem(compiler: PipelineCompiler, list: Value, count: Local, index: Local): Value {
  const { f } = compiler
  const item = declareValue(f, itemTypeOf(list.type), true)
  f.i32(0)
  f.set(item.valid!)
  f.get(index)
  f.get(count)
  f.op('i32.lt_u')
  f.if(() => {
    loadItem(compiler, list, index, item)
  })
  return item
}
