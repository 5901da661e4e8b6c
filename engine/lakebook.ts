import type { Table } from 'apache-arrow'
import type { Schema } from './arrow/types.ts'
import type { PruningStep } from './catalog/table-provider.ts'
import type { MemoryPool } from './memory/memory-pool.ts'

/** What the public door takes and gives. `index.ts` (browsers) and `node.ts` (Node) implement it. */
export interface LakebookOptions {
  /** The heap's hard maximum in bytes, 16 MiB to 4 GiB. Default: a quarter of the device's memory, at most 1 GiB. */
  readonly heapBudgetBytes?: number
  /**
   * How consumers share the heap. Default `fair`. An object of one's own is asked on the thread that opened the engine,
   * in a browser only where the page is cross-origin isolated; queries then run on one thread.
   */
  readonly memoryPool?: 'greedy' | 'fair' | 'unbounded' | MemoryPool
  /** Compute threads. Default: the cores when the page is cross-origin isolated, else 1. */
  readonly threads?: number
}

/** Parquet by magic bytes. A string is a URL (in Node also a path). Several sources of one schema form one table. */
export type FileSource = File | Blob | Uint8Array | string

export type CellLanguage = 'sql' | 'polars'

/** A value for a parameter: numbers without a fraction are whole, a Date is a TIMESTAMP in UTC. */
export type ParameterValue =
  null | boolean | number | bigint | string | Date | Uint8Array | readonly ParameterValue[]

/** A list for `?` and `$1`, names for `$name`. */
export type QueryParameters = readonly ParameterValue[] | Readonly<Record<string, ParameterValue>>

export interface RunOptions {
  /** Values for the parameters of a SQL text; a Polars cell has none. */
  readonly params?: QueryParameters
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: QueryProgress) => void
}

/** Of adding files. Text files are gone through once, which takes a while where they are large. */
export interface AddOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: QueryProgress) => void) | undefined
}

export interface QueryProgress {
  /** What is being done now, e.g. `Scan lineitem`, `Merge 12 runs`. */
  readonly stage: string
  /** 0 to 1, over the whole query. */
  readonly fraction: number
  readonly rows: number
  readonly elapsedMs: number
}

export interface Lakebook {
  /** Queries that name the table begin when it is there; when `signal` aborts it is not added. */
  registerFile(
    name: string,
    source: FileSource | readonly FileSource[],
    options?: AddOptions,
  ): Promise<TableInfo>
  /** Runs every statement; the last one's result is returned. */
  sql(text: string, options?: RunOptions): Promise<QueryResult>
  polars(text: string, options?: RunOptions): Promise<QueryResult>
  tables(): Promise<readonly TableInfo[]>
  memory(): MemorySnapshot
  /** What the last query spilled, when it ran under `SET keep_spills = true`; it stays until the next query. */
  spills(): Promise<readonly KeptSpill[]>
  /** Bytes of a kept spill, which is an Arrow IPC stream: up to `bytes` of them from `at` on. */
  readSpill(id: number, at: number, bytes: number): Promise<Uint8Array>
  /** Calls back on every change worth drawing (at most some 50 a second). Returns a function that stops it. */
  onMemory(listener: (sample: MemorySnapshot) => void): () => void
  close(): Promise<void>
}

/** A stream of batches that an operator spilled. */
export interface KeptSpill {
  readonly id: number
  /** The operator, e.g. `Sort #2`. */
  readonly operator: string
  readonly rows: number
  readonly bytes: number
}

export interface QueryResult {
  readonly table: Table
  readonly profile: QueryProfile
  /** What COPY … TO wrote. */
  readonly file?: SavedFile
}

/** A file that a statement wrote. */
export interface SavedFile {
  /** As the statement calls it. */
  readonly name: string
  readonly bytes: number
  /** In browsers, for a download; null where the file is on disk. */
  readonly blob: Blob | null
}

export interface TableInfo {
  readonly name: string
  readonly kind: 'file' | 'table' | 'view' | 'frame'
  readonly format: string
  readonly schema: Schema
  /** Null for a view that has not run. */
  readonly rowCount: number | null
  readonly bytes: number
  readonly files: readonly FileFingerprint[]
  /** What the person should know: that a file had to be downloaded whole, or how generated rows come about. */
  readonly notices?: readonly string[]
}

/** Enough to recognise the same data elsewhere, without the data. */
export interface FileFingerprint {
  readonly name: string
  readonly bytes: number
  readonly rows: number
  /** Hex SHA-256 of the file's footer and length. */
  readonly hash: string
}

export interface MemorySnapshot {
  /** Milliseconds since the engine opened. */
  readonly atMs: number
  readonly budgetBytes: number
  /** What `SET memory_limit` allows all consumers together; null where it allows all that the heap has. */
  readonly limitBytes: number | null
  readonly reservedBytes: number
  readonly peakReservedBytes: number
  /** Bytes of live spill extents. */
  readonly spillFileBytes: number
  /** Decoded columns that the heap had no room for, kept on the disk until somebody needs the space. */
  readonly diskCacheBytes: number
  readonly consumers: readonly ConsumerSnapshot[]
}

export interface ConsumerSnapshot {
  readonly name: string
  /** Number of the run that it belongs to, as profiles name it; null for what belongs to none, such as caches. */
  readonly run: number | null
  readonly canSpill: boolean
  readonly reservedBytes: number
  readonly peakBytes: number
  readonly spilledBytes: number
  readonly spillCount: number
}

export interface QueryProfile {
  /** Number of the run; consumers of memory samples name it. */
  readonly run: number
  readonly elapsedMs: number
  readonly planningMs: number
  /** 2: it ran out of memory beside other runs, and was run again alone. */
  readonly attempts: number
  /** Of `elapsedMs`, waiting for other runs to end. */
  readonly waitedMs: number
  readonly rowsOut: number
  /** The most that all consumers together held while it ran, those of other runs included. */
  readonly peakReservedBytes: number
  readonly spilledBytes: number
  readonly spillCount: number
  /** Of files. */
  readonly bytesRead: number
  /** Of columns that were decoded before and waited on the disk. */
  readonly diskCacheReadBytes: number
  /** In order from the sources to the result; `input` are indices of the operators that feed it. */
  readonly operators: readonly OperatorProfile[]
  readonly pruning: readonly ScanPruning[]
  /** Spills and merges, for the timeline; of very many the larger ones. */
  readonly events: readonly MemoryEvent[]
  readonly memory: readonly MemorySnapshot[]
  readonly rules: readonly { readonly name: string; readonly elapsedMs: number; readonly changed: boolean }[]
}

/** What an operator, or one of its partitions, held and spilled. */
export interface SpillProfile {
  readonly peakBytes: number
  /** What left the heap for the spill file, and how often. */
  readonly spilledBytes: number
  readonly spillCount: number
  /** Bytes of the spill file, with what merging wrote again. */
  readonly spillWrittenBytes: number
  readonly spillReadBytes: number
  /** How often what was spilled has been merged, or cut into parts that fit. */
  readonly mergePasses: number
  /** Bytes before compression for each byte of the spill file; null when nothing was written. */
  readonly compressionRatio: number | null
  /** Writing and reading spills, checksums and compression included. */
  readonly spillMs: number
}

/** A partition of an operator, under `SET target_partitions`. */
export interface PartitionProfile extends SpillProfile {
  /** As consumers of memory are called, e.g. `Aggregate #1[3]`. */
  readonly consumer: string
}

export interface OperatorProfile extends SpillProfile {
  readonly id: number
  readonly name: string
  /** What it does, e.g. `l_shipdate <= DATE '1998-09-02'`. */
  readonly detail: string
  readonly inputs: readonly number[]
  readonly rowsIn: number
  readonly rowsOut: number
  readonly elapsedMs: number
  /**
   * What its input was dealt to; empty unless `SET target_partitions` asks for it. The operator's own figures are theirs
   * together, and what bringing them together took.
   */
  readonly partitions: readonly PartitionProfile[]
}

export interface ScanPruning {
  readonly table: string
  readonly steps: readonly PruningStep[]
}

export interface MemoryEvent {
  /** Milliseconds since the engine opened, as in snapshots. */
  readonly atMs: number
  readonly kind: 'spill' | 'merge' | 'evict'
  readonly consumer: string
  readonly bytes: number
}
