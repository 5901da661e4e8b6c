import type { ColumnBatch, ColumnVector } from '../arrow/column-batch.ts'
import type { Schema } from '../arrow/types.ts'
import type { SpillAccount } from '../spill/spill-account.ts'
import type { DiskChunk } from './disk-chunk.ts'

/** A value as statistics and predicates hold it: the same forms as a plan literal's, without NULL. */
export type StatisticValue = boolean | bigint | number | string | Uint8Array

export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>='

/**
 * A condition on one column that statistics can decide. `column` is the index in the provider's schema; values have
 * the column's type (decimals unscaled in the column's own scale). A list of predicates is a conjunction.
 * `text` is the condition as the person wrote it, for the pruning report.
 */
export type ColumnPredicate =
  | {
      readonly kind: 'compare'
      readonly column: number
      readonly op: Comparison
      readonly value: StatisticValue
      readonly text: string
    }
  | {
      readonly kind: 'in'
      readonly column: number
      readonly values: readonly StatisticValue[]
      readonly text: string
    }
  | { readonly kind: 'is_null'; readonly column: number; readonly text: string }
  | { readonly kind: 'is_not_null'; readonly column: number; readonly text: string }

export interface ColumnStatistics {
  /** Bounds, not necessarily attained; null when unknown. */
  readonly min: StatisticValue | null
  readonly max: StatisticValue | null
  readonly nullCount: number | null
  readonly distinctEstimate: number | null
}

export interface TableStatistics {
  readonly rowCount: number
  /** By column index; null where nothing is known. */
  readonly columns: readonly (ColumnStatistics | null)[]
}

/** Values that a column must be among, as far as they are known. NULL is not among them. */
export interface KeyRange {
  /** Where they come from, for the pruning report. */
  readonly name: string
  /** Null: not known, or there are none. Only whole numbers and what is stored as such have bounds. */
  readonly min: bigint | null
  readonly max: bigint | null
  /** Whether any of them lies from `from` to `to`. */
  mayHold(from: bigint, to: bigint): boolean
}

export interface ScanRequest {
  /** Indices into the schema, in the order wanted. May be empty: only the number of rows matters. */
  readonly columns: readonly number[]
  readonly predicates: readonly ColumnPredicate[]
  /** What joins above have no use for otherwise: for pruning only, as predicates are. Absent: nothing is known. */
  readonly keys?: readonly { readonly column: number; readonly range: KeyRange }[]
}

/**
 * A range of rows that one thread reads at a time: plain data, so that it can be sent to a compute worker.
 * `ordinal` grows along the table's own order.
 */
export interface Morsel {
  readonly ordinal: number
  readonly rows: number
  /** The number of its first row in the table, which is the same in every scan. Absent: the table numbers no rows. */
  readonly firstRow?: number
  /** Whatever the provider's loader needs to find it: structured-cloneable. */
  readonly locator: unknown
}

/** One layer of pruning: what went in = what it pruned + what it kept. */
export interface PruningStep {
  /** `file`, `row group`, `page`, `column`, … */
  readonly layer: string
  readonly unitsIn: number
  readonly unitsKept: number
  readonly rowsIn: number
  readonly rowsKept: number
  readonly bytesIn: number
  readonly bytesKept: number
  /** Why units went: the predicate, its figures, and how many units it removed. */
  readonly removed: readonly { readonly predicate: string; readonly reason: string; readonly units: number }[]
  /** Why the rest stayed, e.g. `min 3 ≤ 7 ≤ max 9`, `no statistics for column x`. */
  readonly kept: readonly { readonly reason: string; readonly units: number }[]
}

export interface ScanPlan {
  readonly morsels: readonly Morsel[]
  readonly pruning: readonly PruningStep[]
}

/** Loads one morsel's columns into the heap. One loader a thread; `load` is called again only after `release`. */
export interface MorselLoader {
  /** The batch's columns are those asked for, in order. Throws `out_of_memory` when they do not fit. */
  load(morsel: Morsel, signal: AbortSignal): Promise<LoadedMorsel>
  /**
   * What of a morsel is in the heap already, by column, for another thread of the heap. It stays until `close`, except
   * that it may be evicted while the i32 at `loan` is not `LOAN.used`. Absent: nothing can be lent.
   */
  lend?(morsel: Morsel, loan: number): readonly (ColumnVector | null)[]
  /** Where the columns of a morsel lie that are on the disk, for another thread of the heap. Absent: nowhere. */
  onDisk?(morsel: Morsel): readonly (DiskChunk | null)[]
  /** Frees what the loader holds. */
  close(): void
}

export interface LoadedMorsel {
  readonly batch: ColumnBatch
  /** Of the table's files. */
  readonly bytesRead: number
  /** Of columns that waited on the disk; absent: none. */
  readonly diskCacheReadBytes?: number
  /** Unpins or frees the batch. Its pointers are invalid afterwards. */
  release(): void
}

/** Rows of a table that its statistics know enough of, so that they need not be read. */
export interface DecidedRows {
  readonly rows: number
  /** The values' NULLs and, where bounds were asked for, bounds that are attained: null where all are NULL. */
  facts(column: number): Pick<ColumnStatistics, 'min' | 'max'> & { readonly nullCount: number }
  /** The other rows as a table of their own; null when there are none. */
  readonly rest: TableProvider | null
}

/** What is to be known of a column: how many NULLs it has, or also its least and greatest value. */
export interface WantedFact {
  readonly column: number
  readonly fact: 'nulls' | 'bounds'
}

/** A table that can be scanned: a Parquet file set, a session table, a generated one. */
export interface TableProvider {
  /** Where the rows come from, for people: `parquet`, `session table`, `generated`, … */
  readonly format: string
  readonly schema: Schema
  readonly statistics: TableStatistics
  /** Bytes at rest. */
  readonly bytes: number
  /** The table as it is now, to be closed; absent: its rows never change. */
  snapshot?(): TableProvider & { close(): void }
  /** The table's own row order can be relied on (Polars frames have an order). */
  planScan(request: ScanRequest): Promise<ScanPlan>
  /**
   * Of the rows for which all predicates hold, those of which these facts are known exactly; null when there are none.
   * Absent: statistics are estimates.
   */
  decide?(predicates: readonly ColumnPredicate[], facts: readonly WantedFact[]): DecidedRows | null
  /**
   * Its morsels say which rows they are. `disk`: rows that are not read are not decoded; `heap`: they are at hand
   * anyway. Absent: its rows have no numbers.
   */
  readonly numbersRows?: 'disk' | 'heap'
  /** Its batches hold this column as codes into one dictionary. Asked when a pipeline is compiled; absent: none is. */
  isDictionary?(column: number): boolean
  /**
   * The same rows as two morsels, for when one does not fit beside what a query holds; null when it is too small to be
   * cut. Absent: morsels cannot be cut.
   */
  halves?(morsel: Morsel): readonly [Morsel, Morsel] | null
  /** A loader for this thread. `account`: who pays for what it writes to the spill file, if it writes any. */
  openLoader(columns: readonly number[], account?: SpillAccount): MorselLoader
  /** What a compute worker needs to open the same loader there; null when only the coordinator can read this table. */
  readonly remote: unknown
  /** `remote` carries the data itself, of which every thread would hold a copy outside the heap. Absent: it does not. */
  readonly remoteIsCopy?: boolean
}
