import type { Column } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import { withStep, type Stream } from '../stream.ts'

/** The stream with one more column, which numbers its rows in the order in which they come. */
export function numberRows(context: QueryContext, input: Stream, output: Column, first: bigint): Stream {
  const counter = context.constants.reserve(8)
  context.runtime.heap.i64[counter >>> 3] = first
  const columns = [...input.columns, output]
  return withStep(input, columns, input.operator, () => new RowNumberStep(output, counter))
}

/** Numbers the rows of a stream, over all its parts. `counter` is the address of an i64: the next number. */
class RowNumberStep implements Step {
  readonly #output: Column
  readonly #counter: number

  constructor(output: Column, counter: number) {
    this.#output = output
    this.#counter = counter
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const number = f.local('i64')
    f.i32(this.#counter)
    f.memory('i64.load')
    f.i64(1n)
    compiler.resume.pushFirstTime()
    f.op('i64.extend_i32_u')
    f.op('i64.sub')
    f.op('i64.sub')
    f.set(number)
    f.i32(this.#counter)
    f.get(number)
    f.i64(1n)
    f.op('i64.add')
    f.memory('i64.store')
    compiler.define(this.#output.id, () => ({
      type: this.#output.type,
      physical: 'i64',
      locals: [number],
      valid: null,
    }))
    next()
  }
}
