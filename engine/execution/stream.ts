import type { Column } from '../plan/plan.ts'
import type { SourceCode, SinkCode, Step } from './pipeline-compiler.ts'
import type { PipelineInstance } from './thread-runtime.ts'

/**
 * Rows on their way: what an opened plan node gives to the node above it. Every part is the beginning of a pipeline;
 * parts run one after the other, in order. Everything a part depends on (hash tables, sorted runs) exists when the
 * stream is handed out, so its addresses may be compiled into code.
 */
export interface Stream {
  readonly columns: readonly Column[]
  readonly parts: readonly StreamPart[]
  /** The profile's id of the operator whose rows these are. */
  readonly operator: number
  /** Rows expected, for progress; null when nobody knows. */
  readonly expectedRows: number | null
  /** Frees what the sources hold. Called once, after the last part ran or the query failed. */
  close(): void
}

export interface StreamPart {
  readonly source: PartSource
  readonly steps: readonly Step[]
}

/** Takes rows `begin` to `end` of the bound chunk through the pipeline. True: no more are wanted. */
export type RunRange = (begin: number, end: number) => Promise<boolean>

export interface PartSource {
  /** A fresh emitter for each compilation. */
  code(): SourceCode
  /**
   * Binds chunk after chunk in the instance's block and runs each. `code` is what `code()` gave for this instance.
   * Stops when a run says that no more rows are wanted. `run` settles the sink before it returns, so a chunk may be
   * released right after.
   */
  feed(instance: PipelineInstance, code: SourceCode, run: RunRange): Promise<void>
}

/**
 * The end of a pipeline on one thread. `code` is compiled into each pipeline that feeds the sink; state that outlives
 * a pipeline moves from block to block by `detach` and `attach`.
 */
export interface Sink {
  /** A fresh emitter for each compilation. */
  code(): SinkCode
  attach(instance: PipelineInstance, code: SinkCode): void
  /** Answers `event`s of the code: makes room, spilling when memory is short. */
  onEvent(kind: number, argument: number): number
  /** The bound chunk and the scratch area are about to go: copy what still points there. */
  settle(): void
  detach(): void
}

/** The same rows with one more step. */
export function withStep(
  stream: Stream,
  columns: readonly Column[],
  operator: number,
  step: () => Step,
): Stream {
  return {
    ...stream,
    columns,
    operator,
    parts: stream.parts.map((part) => ({ source: part.source, steps: [...part.steps, step()] })),
  }
}
