import { tableToIPC, type Table } from 'apache-arrow'
import { ArrowTableBuilder, type ExportKernels } from './arrow/to-arrow.ts'
import type { Schema } from './arrow/types.ts'
import type { BatchCollection } from './execution/batch-collection.ts'
import type { QueryProfile, SavedFile } from './lakebook.ts'
import type { PageSource } from './memory/page-owner.ts'

/**
 * The rows of a statement, kept in the heap or in the spill file until `close`. They leave by pages, or as one Arrow
 * table when somebody asks for that.
 */
export class StoredResult {
  readonly profile: QueryProfile
  /** For statements without rows, e.g. `Created table t (1,000 rows)`. */
  readonly message: string | null
  readonly collection: BatchCollection
  /** What COPY … TO wrote. */
  readonly file: SavedFile | null
  readonly #pages: PageSource
  readonly #kernels: ExportKernels

  constructor(
    collection: BatchCollection,
    profile: QueryProfile,
    message: string | null,
    pages: PageSource,
    kernels: ExportKernels,
    file: SavedFile | null = null,
  ) {
    this.collection = collection
    this.profile = profile
    this.message = message
    this.file = file
    this.#pages = pages
    this.#kernels = kernels
  }

  get schema(): Schema {
    return this.collection.schema
  }

  get rowCount(): number {
    return this.collection.rowCount
  }

  /** Rows `offset` to `offset + limit`, copied out of the heap. */
  toArrow(offset = 0, limit = Number.POSITIVE_INFINITY): Table {
    const builder = new ArrowTableBuilder(this.schema, this.#pages, this.#kernels)
    try {
      let start = 0
      for (let index = 0; index < this.collection.batchCount && start < offset + limit; index++) {
        const rows = this.collection.rowsOf(index)
        const from = Math.max(0, offset - start)
        const to = Math.min(rows, offset + limit - start)
        start += rows
        if (from >= to) continue
        const { batch, release } = this.collection.borrow(index)
        try {
          builder.add(batch, from, to - from)
        } finally {
          release()
        }
      }
      return builder.finish()
    } finally {
      builder.close()
    }
  }

  /** The same as an Arrow IPC stream. */
  page(offset: number, limit: number): Uint8Array {
    return tableToIPC(this.toArrow(offset, limit), 'stream')
  }

  close(): void {
    this.collection.close()
  }
}
