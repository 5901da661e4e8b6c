import type { Morsel } from '../catalog/table-provider.ts'
import type { Column } from '../plan/plan.ts'
import type { SourceCode, SinkCode, Step } from './pipeline-compiler.ts'
import type { SinkPart, SinkSpec, SourceSpec } from './team/team-messages.ts'
import type { PipelineInstance } from './thread-runtime.ts'

/**
 * Rows on their way: what an opened plan node gives to the node above it. Every part is the beginning of a pipeline;
 * parts run one after the other, in order. Everything a part depends on (hash tables, sorted runs) exists when the
 * stream is handed out, so its addresses may be compiled into code.
 */
export interface Stream {
  readonly columns: readonly Column[]
  readonly parts: readonly (StreamPart | LaterParts)[]
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

/** A stream that is opened when its turn comes and closed after it, so that it holds no memory beside the others. */
export interface LaterParts {
  open(): Promise<Stream>
  /** What comes after the steps of each of its parts. */
  readonly steps: readonly (() => Step)[]
}

/** Takes rows `begin` to `end` of the bound chunk through the pipeline. True: no more are wanted. */
export type RunRange = (begin: number, end: number) => Promise<boolean>

export interface PartSource {
  /** A fresh emitter for each compilation. */
  code(): SourceCode
  /**
   * Binds chunk after chunk in the instance's block and runs each. `code` is what `code()` gave for this instance.
   * Stops when a run says that no more rows are wanted. `run` settles the sink before it returns, so a chunk may be
   * released right after. Between two runs `makeRoom` has the sink write what it holds to the spill file, if it can.
   */
  feed(instance: PipelineInstance, code: SourceCode, run: RunRange, makeRoom: () => void): Promise<void>
  /** How other threads read it too; null, or absent: only this thread can. The caller closes it. */
  share?(): SharedSource | null
}

/** A source that every thread of the heap can read, morsel by morsel. */
export interface SharedSource {
  readonly morsels: readonly Morsel[]
  /** The table, as a member of the team opens it. Equal tables are the same object. */
  readonly table: object
  readonly remote: unknown
  /** What members read with, under the table's id there. What is in the heap is lent to them until `close`. */
  spec(code: SourceCode, table: number): SourceSpec
  /**
   * As `feed`, for the morsels whose indices `next` gives until it gives null. `refused` hears of a morsel that memory was
   * short for: it says whether others go on. Without it, all is done to read each.
   */
  feedSome(
    instance: PipelineInstance,
    code: SourceCode,
    run: RunRange,
    next: () => number | null,
    refused: ((index: number) => boolean) | null,
  ): Promise<void>
  close(): void
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
  /**
   * Between two slices: steps that make room for the next one, when an event of it would be long, because an event
   * cannot be interrupted. Null when there is nothing to be done.
   */
  relief?(): Generator<void, unknown> | null
  /** Writes what it holds to the spill file, at once, whether attached or not. */
  relieve?(): void
  detach(): void
  /** How several threads fill it; null, or absent: only this thread can. */
  readonly shared?: SharedSink | null
}

/** A sink that threads fill side by side. */
export interface SharedSink {
  /** More threads than these find nothing to do; absent: there is no such number. */
  readonly mostThreads?: number
  /** What members open their parts from, for so many threads with the driver. */
  spec(code: SinkCode, threads: number): SinkSpec
  /** While attached: the members have gone, and the driver is alone again. */
  alone?(): void
  /** Before members start: takes what `absorb` will need, as long as there is memory. */
  prepare?(): void
  /** Takes over what a member gathered, while the sink is detached. Says whether it could. */
  absorb(part: SinkPart): boolean
  /** Around the rows of each morsel on this thread, while attached. */
  beginMorsel?(ordinal: number): void
  endMorsel?(): void
  /** After the last morsel of a pipeline, however it ended. */
  finish?(): void
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
    parts: stream.parts.map((part) => stepAfter(part, step)),
  }
}

/** The same part, or parts, with one more step. */
export function stepAfter(part: StreamPart | LaterParts, step: () => Step): StreamPart | LaterParts {
  return 'open' in part
    ? { ...part, steps: [...part.steps, step] }
    : { ...part, steps: [...part.steps, step()] }
}
