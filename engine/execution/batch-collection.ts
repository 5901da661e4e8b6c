import type { ColumnBatch } from '../arrow/column-batch.ts'
import type { Schema } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import { SpillAccount } from '../spill/spill-account.ts'
import { SpillReader } from '../spill/spill-reader.ts'
import type { SpillSpace } from '../spill/spill-space.ts'
import { SpillWriter } from '../spill/spill-writer.ts'
import type { BatchReceiver, OwnedBatch, SharedReceiver } from './sinks/column-sink-runtime.ts'

type Entry =
  | { readonly kind: 'heap'; readonly ordinal: number; readonly owned: OwnedBatch; borrowers: number }
  | { readonly kind: 'spilled'; readonly ordinal: number; readonly index: number; readonly rows: number }

/**
 * Batches in order: a result, a session table, a materialised frame. When there is no memory for the next batch, those
 * held are written to the spill file, oldest first, and read back one at a time.
 */
export class BatchCollection implements BatchReceiver {
  readonly mostBytes = Number.POSITIVE_INFINITY
  readonly #owner: PageOwner
  readonly #schema: Schema
  readonly #space: SpillSpace | null
  readonly #onSpill: (bytes: number) => void
  readonly #account: SpillAccount
  #entries: Entry[] = []
  /** Of the morsel whose batches are being added. */
  #ordinal = 0
  /** Entries before it are in order. */
  #arranged = 0
  #spill: SpillWriter | null = null
  #reader: SpillReader | null = null
  #spilledUpTo = 0
  #rows = 0
  #bytes = 0

  /** `space` is null where there is no spill file. */
  constructor(
    owner: PageOwner,
    schema: Schema,
    space: SpillSpace | null,
    onSpill: (bytes: number) => void = () => undefined,
    account = new SpillAccount(),
  ) {
    this.#owner = owner
    this.#schema = schema
    this.#space = space
    this.#onSpill = onSpill
    this.#account = account
  }

  get schema(): Schema {
    return this.#schema
  }

  get rowCount(): number {
    return this.#rows
  }

  get batchCount(): number {
    return this.#entries.length
  }

  /** Bytes of all batches, in the heap or not. */
  get bytes(): number {
    return this.#bytes
  }

  rowsOf(index: number): number {
    const entry = this.#entries[index]
    if (entry === undefined) return 0
    return entry.kind === 'heap' ? entry.owned.batch.length : entry.rows
  }

  allocate(bytes: number): number {
    for (;;) {
      const pointer = this.#owner.tryAllocate(bytes)
      if (pointer !== 0) return pointer
      if (!this.spillOldest()) return this.#owner.allocate(bytes)
    }
  }

  add(owned: OwnedBatch): void {
    this.#put(this.#ordinal, owned)
  }

  get shared(): SharedReceiver {
    const owner = this.#owner
    return {
      reservation: owner.reservation.share(),
      mostBytes: owner.mostBytes,
      place: (ordinal) => {
        this.#ordinal = ordinal
      },
      adopt: (batches) => {
        for (const { ordinal, owned } of batches) {
          owner.adopt(owned.pointer, owned.bytes)
          this.#put(ordinal, owned)
        }
      },
      makeRoom: () => this.spillOldest(),
      arrange: () => {
        this.#arrange()
      },
    }
  }

  /** Writes some of the oldest batches in the heap to the spill file and frees them. False when there is none. */
  spillOldest(): boolean {
    if (this.#space === null) return false
    let freed = 0
    while (this.#spilledUpTo < this.#entries.length && freed < SPILL_BYTES) {
      const entry = this.#entries[this.#spilledUpTo]
      if (entry?.kind === 'heap' && entry.borrowers === 0) {
        const { batch, pointer, bytes } = entry.owned
        this.#spill ??= new SpillWriter(this.#space, this.#schema, this.#account)
        const index = this.#spill.write(batch)
        this.#owner.free(pointer, bytes)
        this.#entries[this.#spilledUpTo] = {
          kind: 'spilled',
          ordinal: entry.ordinal,
          index,
          rows: batch.length,
        }
        freed += bytes
      }
      this.#spilledUpTo++
    }
    if (freed > 0) this.#onSpill(freed)
    return freed > 0
  }

  /**
   * Batch `index`, read from the spill file when it is there. It stays until `release`: batches that are lent are not
   * spilled.
   */
  borrow(index: number): { readonly batch: ColumnBatch; readonly release: () => void } {
    const entry = this.#entries[index]
    if (entry === undefined) throw internalError(`there is no batch ${index} of ${this.#entries.length}`)
    if (entry.kind === 'heap') {
      entry.borrowers++
      return {
        batch: entry.owned.batch,
        release: () => {
          entry.borrowers--
        },
      }
    }
    const { batch, pointer, bytes } = this.#openReader().read(entry.index)
    return {
      batch,
      release: () => {
        this.#owner.free(pointer, bytes)
      },
    }
  }

  close(): void {
    for (const entry of this.#entries) {
      if (entry.kind === 'heap') this.#owner.free(entry.owned.pointer, entry.owned.bytes)
    }
    this.#entries.length = 0
    this.#reader?.close()
    this.#spill?.extent.free()
    this.#owner.reservation.free()
  }

  #arrange(): void {
    const added = this.#entries.slice(this.#arranged).sort((a, b) => a.ordinal - b.ordinal)
    this.#entries = [...this.#entries.slice(0, this.#arranged), ...added]
    this.#spilledUpTo = Math.min(this.#spilledUpTo, this.#arranged)
    this.#arranged = this.#entries.length
    this.#ordinal = 0
  }

  #put(ordinal: number, owned: OwnedBatch): void {
    this.#entries.push({ kind: 'heap', ordinal, owned, borrowers: 0 })
    this.#rows += owned.batch.length
    this.#bytes += owned.bytes
  }

  #openReader(): SpillReader {
    if (this.#spill === null || this.#space === null) throw internalError('nothing was spilled')
    this.#reader ??= new SpillReader(this.#spill, this.#space.kernels, this.#owner)
    return this.#reader
  }
}

/** What one round of spilling writes at least, where there is that much. */
const SPILL_BYTES = 1024 * 1024
