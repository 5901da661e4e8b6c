import type { Local } from '../../codegen/assembler.ts'
import { declareValue } from '../../codegen/value.ts'
import type { Column } from '../../plan/plan.ts'
import type { PipelineCompiler, SinkCode, Step } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import type { RowPage } from '../row-store.ts'
import { RowPageSource } from '../sources/row-page-source.ts'
import type { Sink, StreamPart } from '../stream.ts'
import { JOIN_FLAGS, JOIN_HEADER, type JoinShape } from './join-shape.ts'

/** The stored rows that a join yields once all rows were looked up: those that met nothing, or of a semi join the others. */
export function buildRowsPart(
  context: QueryContext,
  shape: JoinShape,
  pages: () => readonly RowPage[],
  operator: number,
): StreamPart {
  const matched = shape.mode.kind === 'build' && shape.mode.yields === 'semi'
  return {
    source: {
      code: () =>
        new RowPageSource(shape.build.layout, (compiler, row) => pushIsMatched(compiler, row, matched)),
      async feed(instance, code, run) {
        const base = (instance.block + (code as RowPageSource).base) >>> 2
        for (const { pointer, rows } of pages()) {
          context.runtime.heap.u32[base] = pointer
          if (await run(0, rows)) return
        }
      },
    },
    steps: [new NullsStep(shape.mode.kind === 'build' ? [] : shape.probe.columns, operator)],
  }
}

/** Pushes 1 when the row has met something (or, without `matched`, nothing). */
export function pushIsMatched({ f }: PipelineCompiler, row: Local, matched: boolean): void {
  f.get(row)
  f.memory('i32.load', JOIN_HEADER.flags)
  f.i32(JOIN_FLAGS.matched)
  f.op('i32.and')
  f.i32(matched ? 0 : JOIN_FLAGS.matched)
  f.op('i32.ne')
}

/** Makes columns known that are NULL in every row. */
export class NullsStep implements Step {
  readonly #columns: readonly Column[]
  readonly #operator: number

  constructor(columns: readonly Column[], operator: number) {
    this.#columns = columns
    this.#operator = operator
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    // Locals that nothing sets are 0: NULL.
    for (const column of this.#columns) {
      compiler.define(column.id, () => declareValue(compiler.f, column.type, true))
    }
    compiler.count(this.#operator)
    next()
  }
}

/** Takes rows for what their pipeline does on the way, and does nothing with them. */
export class CountSink implements Sink {
  code(): SinkCode {
    return {
      emit() {
        // Rows end here.
      },
    }
  }

  attach(): void {
    // There is no state.
  }

  onEvent(): number {
    return 0
  }

  settle(): void {
    // Nothing is kept.
  }

  detach(): void {
    // There is no state.
  }
}
