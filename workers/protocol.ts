import type { Schema } from '../engine/arrow/types.ts'
import type { CellAccess } from '../engine/access-order.ts'
import type { Arrangement } from '../engine/session-arrange.ts'
import type { QueryEstimate } from '../engine/session-estimate.ts'
import type { Reference } from '../engine/session-reference.ts'
import type { ErrorCode, SourceSpan } from '../engine/errors.ts'
import type {
  CellLanguage,
  FileSource,
  MemorySnapshot,
  QueryProfile,
  QueryProgress,
  SavedFile,
  TableInfo,
  KeptSpill,
  QueryParameters,
} from '../engine/lakebook.ts'

export type { CellAccess } from '../engine/access-order.ts'
export type { Arrangement } from '../engine/session-arrange.ts'
export type { QueryEstimate } from '../engine/session-estimate.ts'
export type { Reference, ReferenceEntry } from '../engine/session-reference.ts'

/** What the page says to the coordinator worker, and hears. Everything here is structured-cloneable. */

/** How the engine was opened. A change of budget opens a new heap: session tables are dropped, files can be registered again. */
export interface EngineSettings {
  readonly heapBudgetBytes: number
  readonly memoryPool: 'greedy' | 'fair' | 'unbounded'
  readonly threads: number
}

export interface EngineStatus {
  readonly settings: EngineSettings
  readonly isolated: boolean
  /** Bytes of the budget set aside for Parquet decoders; the rest is the heap. */
  readonly decoderBytes: number
  /** False when spills go to no disk (no OPFS): queries that would spill are refused. */
  readonly canSpill: boolean
  /** Spill files of dead tabs that were swept at start. */
  readonly sweptBytes: number
}

/**
 * A result that stays in the heap (or in spill extents when the heap is needed). Rows leave it page by page.
 * The cell that ran it releases it.
 */
export interface ResultHandle {
  readonly id: number
  readonly schema: Schema
  readonly rowCount: number
  readonly profile: QueryProfile
  /** For statements without rows, e.g. `Created table t (1,000 rows)`. */
  readonly message: string | null
  /** What COPY … TO wrote, to be downloaded. */
  readonly file?: SavedFile | undefined
}

/** A result that has left the engine: nothing of it stays there. */
export interface WholeResult {
  /** All rows as an Arrow IPC stream. */
  readonly table: Uint8Array
  readonly profile: QueryProfile
  /** What COPY … TO wrote, to be downloaded. */
  readonly file?: SavedFile | undefined
}

export interface ResultPageRequest {
  readonly id: number
  readonly offset: number
  readonly limit: number
}

/** Rows of a result in an order, as a result of its own. */
export interface ArrangeRequest extends Arrangement {
  readonly id: number
  /** Chosen by the page as for a run; `cancel` names it. */
  readonly runId: number
}

export type ExportFormat = 'csv' | 'parquet' | 'json' | 'arrow'

/** An error as it crosses the worker boundary. */
export interface WireError {
  readonly code: ErrorCode
  readonly message: string
  readonly span?: SourceSpan | undefined
  readonly hint?: string | undefined
}

export interface Completion {
  readonly label: string
  readonly kind: 'table' | 'column' | 'function' | 'keyword'
  readonly detail: string
}

export interface RunRequest {
  /** Chosen by the page; `cancel` names it. */
  readonly runId: number
  readonly language: CellLanguage
  readonly text: string
  readonly params?: QueryParameters | undefined
}

/** Files to be added as one table. */
export interface AddRequest {
  /** Chosen by the page as for a run; `cancel` names it. */
  readonly runId: number
  readonly name: string
  readonly sources: readonly FileSource[]
}

/** Bytes of spill files in the origin-private file system. */
export interface StorageUse {
  /** Columns that were decoded once and are kept on the disk; they go when space is short. */
  readonly ownColumnBytes: number
  readonly ownSpillBytes: number
  readonly otherTabsSpillBytes: number
  /** Left behind by tabs that are closed. */
  readonly staleSpillBytes: number
  /** Spills seem to go to memory, as in a private window. A guess. */
  readonly looksLikeMemory: boolean
}

export interface ExportRequest {
  readonly id: number
  readonly format: ExportFormat
  /** Chosen by the page as for a run; `cancel` names it. */
  readonly runId: number
}

/** Engine-side presets of the CGM demo. */
export type CgmPreset = 'published' | 'lifelike'

/** The six figures on which every version of the pipeline must agree. */
export interface CgmMetrics {
  readonly rowsIn: number
  readonly rowsOut: number
  readonly linear: number
  readonly locf: number
  readonly missing: number
  /** Sum of glucose_mg_dl over all rows that have one, in tenths of mg/dL, so that it is an exact integer. */
  readonly checksum: bigint
}

/** What the coordinator worker does for the page. `workers/client.ts` gives the same methods to `web/`. */
export interface Coordinator {
  open(settings: EngineSettings): Promise<EngineStatus>
  /** Closes the engine and opens it with other settings. Nothing of the old heap is there: see `toRegister`. */
  reopen(settings: EngineSettings): Promise<EngineStatus>
  registerFile(request: AddRequest, onProgress: (progress: QueryProgress) => void): Promise<TableInfo>
  /** Tables that an older heap had and this one can have again: everything whose data was not in the heap. */
  toRegister(): Promise<readonly string[]>
  /** One that fails or is cancelled cannot be had again. */
  registerAgain(
    request: { readonly runId: number; readonly name: string },
    onProgress: (progress: QueryProgress) => void,
  ): Promise<TableInfo>
  dropTable(name: string): Promise<void>
  tables(): Promise<readonly TableInfo[]>
  run(request: RunRequest, onProgress: (progress: QueryProgress) => void): Promise<ResultHandle>
  /** Runs, and gives all rows at once. */
  runWhole(request: RunRequest, onProgress: (progress: QueryProgress) => void): Promise<WholeResult>
  cancel(runId: number): void
  /** Whoever asks for it releases it, as any result. */
  arrange(
    request: ArrangeRequest,
    onProgress: (progress: QueryProgress) => void,
  ): Promise<Pick<ResultHandle, 'id' | 'rowCount'>>
  /** The page as an Arrow IPC stream. */
  page(request: ResultPageRequest): Promise<Uint8Array>
  /** Chunks of the file, in order; its length in bytes when all of them have been handed over. */
  exportResult(request: ExportRequest, onChunk: (chunk: Uint8Array) => void): Promise<number>
  release(id: number): Promise<void>
  /** What the last query spilled, under `SET keep_spills = true`. */
  spills(): Promise<readonly KeptSpill[]>
  /** A piece of a kept spill, an Arrow IPC stream. */
  readSpill(id: number, at: number, bytes: number): Promise<Uint8Array>
  complete(language: CellLanguage, text: string, offset: number): Promise<readonly Completion[]>
  /** Syntax and names only; nothing runs. */
  check(language: CellLanguage, text: string): Promise<readonly WireError[]>
  /** What the query of a cell would hold, before it runs. Null where there is nothing to say. */
  estimate(language: CellLanguage, text: string): Promise<QueryEstimate | null>
  /** What a cell would read and change: which cells may run at the same time. */
  access(language: CellLanguage, text: string): Promise<CellAccess>
  /** What lies on the disk for this and other tabs. */
  storage(): Promise<StorageUse>
  /** Removes what closed tabs left behind; the bytes that the disk has back. */
  sweep(): Promise<number>
  /** All that cells can call: the page of functions. */
  reference(): Promise<Reference>
  /** Registers the generated readings as the table `readings` (and as `readings.parquet` for Polars cells). */
  generateReadings(preset: CgmPreset, runId: number): Promise<TableInfo>
  onMemory(listener: (sample: MemorySnapshot) => void): Promise<void>
}
