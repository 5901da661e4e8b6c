import type { ColumnVector } from '../../arrow/column-batch.ts'
import type { MovedChunk } from '../../catalog/column-cache.ts'
import type { DiskChunk } from '../../catalog/disk-chunk.ts'
import type { Morsel } from '../../catalog/table-provider.ts'
import { LakebookError, type ErrorCode, type SourceSpan } from '../../errors.ts'
import type { CommonBounds } from '../../memory/common-bound.ts'
import type { SharedReservation } from '../../memory/memory-reservation.ts'
import type { Column } from '../../plan/plan.ts'
import type { PipelineProgram } from '../pipeline-compiler.ts'
import type { RowLayout } from '../row-layout.ts'
import type { RowPage } from '../row-store.ts'
import type { OwnedBatch } from '../sinks/column-sink-runtime.ts'

/**
 * What the driver and the compute workers of a heap say to each other. All of it is plain data; what it points to lies
 * in the heap.
 */
export type ToMember =
  | {
      readonly kind: 'open'
      readonly index: number
      /** Unlike that of any other worker that the driver started. */
      readonly serial: number
      readonly memory: WebAssembly.Memory
      readonly kernels: WebAssembly.Module
      readonly decoder: WebAssembly.Module
      readonly decoderShareBytes: number
      /** Whether it may decode: decoders that the budget has no room for are not opened. */
      readonly decodes: boolean
      readonly cache: SharedReservation
      /** The cache's second level, for `OpenColumnFile`; null when there is none. */
      readonly columnFile: string | null
    }
  /** A table that tasks will name by `id`. */
  | { readonly kind: 'table'; readonly id: number; readonly remote: unknown }
  | { readonly kind: 'run'; readonly task: PipelineTask }
  /** What waits for bytes of a file need not wait longer. */
  | { readonly kind: 'stop' }

export type FromMember =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: SentError }
  /** The member waits until its cell says that this was answered. */
  | { readonly kind: 'ask'; readonly request: MemberRequest }
  /** A morsel is done, or given up. */
  | {
      readonly kind: 'progress'
      readonly rows: number
      readonly bytesRead: number
      readonly diskCacheReadBytes: number
      readonly chunks: readonly MovedChunk[]
    }
  /** Batches that belong to the driver from now on. */
  | { readonly kind: 'batches'; readonly batches: readonly PlacedBatch[] }
  /** The member holds nothing any more. */
  | {
      readonly kind: 'done'
      readonly error: SentError | null
      readonly rowCounts: readonly (readonly [operator: number, rows: number])[]
      /** Morsels that memory was short for. */
      readonly unread: readonly number[]
      readonly chunks: readonly MovedChunk[]
    }

/** Answered with a number, 0 for "could not". */
export type MemberRequest =
  { readonly kind: 'evict'; readonly bytes: number } | { readonly kind: 'part'; readonly part: SinkPart }

/** What a member's sink gathered. Whoever takes it copies it: it goes when the request was answered. */
export type SinkPart =
  | { readonly kind: 'group'; readonly row: number }
  | {
      readonly kind: 'groups'
      /** Index of the partition; 0 where there is one table only. */
      readonly partition: number
      readonly pages: readonly RowPage[]
      /** Address of a u32 for each row at the least, which may be written to. */
      readonly directory: number
      readonly heldBytes: number
      /** Memory is short: it must go to the spill file. */
      readonly relief: boolean
    }
  /** Batches to adopt; then memory for `wantedBytes` is to be made free. */
  | { readonly kind: 'batches'; readonly batches: readonly PlacedBatch[]; readonly wantedBytes: number }

/** A batch of the morsel `ordinal`. */
export interface PlacedBatch {
  readonly ordinal: number
  readonly owned: OwnedBatch
}

/** One member's part of a pipeline: which morsels it takes shows while it runs. */
export interface PipelineTask {
  readonly module: WebAssembly.Module
  readonly program: Omit<PipelineProgram, 'bytes'>
  readonly pipeline: SharedReservation
  readonly source: SourceSpec
  readonly sink: SinkSpec
  readonly sliceRows: number
  /** Address of an i32 whose bit 0 stops it. */
  readonly cancelFlag: number
}

export interface SourceSpec {
  readonly table: number
  readonly columns: readonly number[]
  /** Whether the morsels' rows are numbered. */
  readonly numbersRows: boolean
  /** Block offset of the columns' slots. */
  readonly slots: number
  readonly morsels: readonly Morsel[]
  /** By morsel: the columns that are in the heap already, which may be used while the morsel's loan says so. */
  readonly lent: readonly (readonly (ColumnVector | null)[])[]
  /** By morsel: the columns that are on the disk. One that gave way meanwhile does not read back. */
  readonly onDisk: readonly (readonly (DiskChunk | null)[])[]
  /** Address of an i32 for each morsel (`LOAN`). */
  readonly loans: number
  /** Address of set bits for the rows of any morsel. */
  readonly allValid: number
}

/** What a member opens its part of a sink from. Offsets are the block's. */
export type SinkSpec =
  | {
      readonly kind: 'group'
      readonly storeSlots: number
      readonly row: number
      readonly layout: RowLayout
      /** The states before any row. */
      readonly initial: Uint8Array
      readonly reservation: SharedReservation
    }
  | {
      readonly kind: 'groups'
      readonly storeSlots: number
      readonly directorySlots: number
      readonly layout: RowLayout
      /** Of each partition; of the operator where there are none. */
      readonly reservations: readonly SharedReservation[]
      /** What each may hold at most. */
      readonly mostBytes: number
      /** What all of them may hold together. */
      readonly common: CommonBounds | null
      /** By thread, the driver's first: indices of those that it works on. */
      readonly shares: readonly (readonly number[])[]
    }
  | {
      readonly kind: 'batches'
      readonly state: number
      readonly columns: readonly Column[]
      readonly operator: number
      readonly staging: SharedReservation
      readonly reservation: SharedReservation
      readonly mostBytes: number
    }

/** An error as it crosses threads. */
export interface SentError {
  readonly code: ErrorCode
  readonly message: string
  readonly span: SourceSpan | undefined
  readonly hint: string | undefined
}

export function errorToSend(error: unknown): SentError {
  if (error instanceof LakebookError) {
    const { code, message, span, hint } = error
    return { code, message, span, hint }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    code: 'internal',
    message: `Internal error (a bug in Lakebook): ${message}`,
    span: undefined,
    hint: undefined,
  }
}

export function receivedError({ code, message, span, hint }: SentError): LakebookError {
  return new LakebookError(code, message, { span, hint })
}
