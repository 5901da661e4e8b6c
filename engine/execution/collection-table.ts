import { columnStep } from '../catalog/column-step.ts'
import type { HeldRows } from '../catalog/catalog-transaction.ts'
import type {
  LoadedMorsel,
  Morsel,
  MorselLoader,
  ScanPlan,
  ScanRequest,
  TableProvider,
  TableStatistics,
} from '../catalog/table-provider.ts'
import type { Schema } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { BatchCollection } from './batch-collection.ts'
import type { ReadRoom } from './read-room.ts'

/** Of an INSERT whose rows are better put together with those of others. */
const SMALL_ROWS = 65_536
const MOST_SMALL = 16

/**
 * A session table (CREATE TABLE AS, INSERT) or a materialised frame: batches in the heap, or in the spill file when the
 * heap was needed, also while the table is read. A batch is a morsel. What it holds goes when it is closed and the last
 * reader is done. Queries read a snapshot, so that rows which others insert meanwhile are not among theirs.
 */
export class CollectionTable implements TableProvider {
  readonly format = 'session table'
  readonly numbersRows = 'heap'
  /** Only the thread that spilled a batch can read it back. */
  readonly remote = null
  readonly #collections: BatchCollection[]
  #readers = 0
  #closed = false
  #freed = false

  /** `collections` are of one schema; one is there before the table is read. */
  constructor(...collections: readonly BatchCollection[]) {
    this.#collections = [...collections]
  }

  /** A column can be NULL once some INSERT brought rows in which it can be. */
  get schema(): Schema {
    const schemas = this.#collections.map((collection) => collection.schema)
    return {
      fields: (schemas[0]?.fields ?? []).map((field, index) => ({
        ...field,
        nullable: schemas.some(({ fields }) => fields[index]!.nullable),
      })),
    }
  }

  get bytes(): number {
    return this.#collections.reduce((sum, collection) => sum + collection.bytes, 0)
  }

  get rowCount(): number {
    return this.#collections.reduce((sum, collection) => sum + collection.rowCount, 0)
  }

  get statistics(): TableStatistics {
    return { rowCount: this.rowCount, columns: this.schema.fields.map(() => null) }
  }

  planScan(request: ScanRequest): Promise<ScanPlan> {
    const { bytes } = this
    const rows = this.rowCount
    const fields = this.schema.fields.length
    const used = new Set(request.columns).size
    let firstRow = 0
    const morsels = this.#collections
      .flatMap((collection, insert) =>
        Array.from({ length: collection.batchCount }, (_, index) => ({
          rows: collection.rowsOf(index),
          locator: { insert, index } satisfies BatchLocator,
        })),
      )
      .map((morsel, ordinal): Morsel => {
        const begin = firstRow
        firstRow += morsel.rows
        return { ...morsel, ordinal, firstRow: begin }
      })
    return Promise.resolve({
      morsels,
      pruning: [
        columnStep(fields, used, rows, {
          bytesIn: bytes,
          bytesKept: fields === 0 ? 0 : Math.round((bytes * used) / fields),
        }),
      ],
    })
  }

  /** INSERT: scans that are planned from now on see these rows too. */
  append(collection: BatchCollection): void {
    this.#collections.push(collection)
  }

  snapshot(): CollectionTable {
    for (const collection of this.#collections) collection.hold()
    return new CollectionTable(...this.#collections)
  }

  /** The same rows and then these. What it holds stays with whom it belongs to. */
  with(collection: BatchCollection): CollectionTable {
    return new CollectionTable(...this.#collections, collection)
  }

  /** The last small collections, once there are so many that they are better put together; else none. */
  smallTail(): readonly BatchCollection[] {
    let start = this.#collections.length
    while (start > 0 && this.#collections[start - 1]!.rowCount < SMALL_ROWS) start--
    const tail = this.#collections.slice(start)
    return tail.length < MOST_SMALL ? [] : tail
  }

  /**
   * Puts one collection in the place of neighbours whose rows it holds, and says whether it could: they may be gone.
   * Nobody may be reading the table itself.
   */
  replace(neighbours: readonly BatchCollection[], collection: BatchCollection): boolean {
    const start = this.#collections.indexOf(neighbours[0]!)
    const isThere = neighbours.every((neighbour, index) => this.#collections[start + index] === neighbour)
    if (this.#closed || start < 0 || !isThere) return false
    for (const replaced of this.#collections.splice(start, neighbours.length, collection)) replaced.close()
    return true
  }

  openLoader(columns: readonly number[]): MorselLoader {
    this.#readers++
    let open = true
    const largest = this.#collections.reduce((most, { largestBytes }) => Math.max(most, largestBytes), 0)
    const room = this.#collections[0]?.openRoom(largest)
    return {
      load: (morsel) => Promise.resolve(this.#load(morsel.locator as BatchLocator, columns, room)),
      close: () => {
        if (!open) return
        open = false
        room?.close()
        this.#readers--
        this.#freeIfUnused()
      },
    }
  }

  /** Other rows, of the same columns, in the place of its own. Nobody may be reading the table. */
  replaceRows(...collections: readonly BatchCollection[]): void {
    for (const replaced of this.#collections.splice(0, this.#collections.length, ...collections))
      replaced.close()
  }

  hold(): HeldRows {
    const held = [...this.#collections]
    for (const collection of held) collection.hold()
    return {
      restore: () => {
        this.replaceRows(...held)
      },
      release: () => {
        for (const collection of held) collection.close()
      },
    }
  }

  /** Gives back what it holds, now or when the last reader is done. */
  close(): void {
    this.#closed = true
    this.#freeIfUnused()
  }

  #load(
    { insert, index }: BatchLocator,
    columns: readonly number[],
    room: ReadRoom | undefined,
  ): LoadedMorsel {
    const { batch, release } = this.#collections[insert]!.borrow(index, room)
    return {
      batch: {
        length: batch.length,
        columns: columns.map((column) => {
          const vector = batch.columns[column]
          if (vector === undefined) throw internalError(`the table has no column ${column}`)
          return vector
        }),
      },
      bytesRead: 0,
      release,
    }
  }

  #freeIfUnused(): void {
    if (!this.#closed || this.#freed || this.#readers > 0) return
    this.#freed = true
    for (const collection of this.#collections) collection.close()
  }
}

/** Which INSERT brought the batch (0: CREATE TABLE), and its place among them. */
interface BatchLocator {
  readonly insert: number
  readonly index: number
}
