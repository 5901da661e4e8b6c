import type { ColumnBatch } from '../arrow/column-batch.ts'
import type { Schema } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  ScanRequest,
  TableProvider,
  TableStatistics,
} from './table-provider.ts'

/** A batch that a table keeps in the heap, and how to give its memory back. */
export interface HeldBatch {
  readonly batch: ColumnBatch
  readonly bytes: number
  free(): void
}

/** A session table as another thread of the same heap sees it: pointers. */
export interface SessionTableRemote {
  readonly kind: 'session'
  readonly batches: readonly ColumnBatch[]
}

/**
 * Rows that live in the heap until they are dropped: CREATE TABLE AS, materialised frames, generated data. A batch is a
 * morsel; scans read it where it lies. Memory goes when the table is dropped and the last reader has released it.
 */
export class SessionTable implements TableProvider {
  readonly format: string
  readonly schema: Schema
  private readonly batches: HeldBatch[]
  private readers = 0
  private dropped = false

  constructor(schema: Schema, batches: readonly HeldBatch[], format = 'session table') {
    this.schema = schema
    this.batches = [...batches]
    this.format = format
  }

  get bytes(): number {
    return this.batches.reduce((sum, { bytes }) => sum + bytes, 0)
  }

  get rowCount(): number {
    return this.batches.reduce((sum, { batch }) => sum + batch.length, 0)
  }

  get statistics(): TableStatistics {
    return {
      rowCount: this.rowCount,
      columns: this.schema.fields.map((_, column) => {
        const withoutNulls = this.batches.every(({ batch }) => batch.columns[column]?.validity === 0)
        return { min: null, max: null, nullCount: withoutNulls ? 0 : null, distinctEstimate: null }
      }),
    }
  }

  get remote(): SessionTableRemote {
    return { kind: 'session', batches: this.batches.map(({ batch }) => batch) }
  }

  isDictionary(column: number): boolean {
    return this.batches.length > 0 && this.batches.every(({ batch }) => batch.columns[column]?.dictionary != null)
  }

  /** INSERT: scans that are planned from now on see these rows too. */
  append(batches: readonly HeldBatch[]): void {
    if (this.dropped) throw internalError('rows are inserted into a table that was dropped')
    this.batches.push(...batches)
  }

  planScan(request: ScanRequest): Promise<ScanPlan> {
    const rows = this.rowCount
    const { bytes } = this
    const fields = this.schema.fields.length
    const used = new Set(request.columns).size
    const morsels = this.batches.flatMap<Morsel>(({ batch }, index) =>
      batch.length === 0 ? [] : [{ ordinal: index, rows: batch.length, locator: index }],
    )
    return Promise.resolve({
      morsels,
      pruning: [
        {
          layer: 'column',
          unitsIn: fields,
          unitsKept: used,
          rowsIn: rows,
          rowsKept: rows,
          bytesIn: bytes,
          bytesKept: fields === 0 ? 0 : Math.round((bytes * used) / fields),
          removed:
            used < fields ? [{ predicate: '', reason: 'not used by the query', units: fields - used }] : [],
          kept: used > 0 ? [{ reason: 'used by the query', units: used }] : [],
        },
      ],
    })
  }

  openLoader(columns: readonly number[]): MorselLoader {
    this.readers++
    const loader = openSessionLoader(this.remote, columns)
    let open = true
    return {
      load: (morsel, signal) => loader.load(morsel, signal),
      close: () => {
        if (!open) return
        open = false
        this.readers--
        this.freeIfUnused()
      },
    }
  }

  /** Gives the memory back, now or when the last loader closes. */
  close(): void {
    this.dropped = true
    this.freeIfUnused()
  }

  private freeIfUnused(): void {
    if (!this.dropped || this.readers > 0) return
    for (const held of this.batches.splice(0)) held.free()
  }
}

/** Reads batches where they lie, on any thread of the heap. */
export function openSessionLoader(remote: SessionTableRemote, columns: readonly number[]): MorselLoader {
  return {
    load(morsel): Promise<LoadedMorsel> {
      const source = remote.batches[morsel.locator as number]
      if (source === undefined) throw internalError('a morsel of another table')
      const batch: ColumnBatch = {
        length: source.length,
        columns: columns.map((column) => {
          const vector = source.columns[column]
          if (vector === undefined) throw internalError(`the table has no column ${column}`)
          return vector
        }),
      }
      return Promise.resolve({ batch, bytesRead: 0, release: () => undefined })
    },
    close: () => undefined,
  }
}
