import type { ColumnBatch } from '../arrow/column-batch.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import type { BatchReceiver, OwnedBatch } from './sinks/column-sink-runtime.ts'

/** Writes batches to the spill file and reads them back. */
export interface BatchSpill {
  /** Writes a batch; returns a ticket for `read`. */
  write(batch: ColumnBatch): BatchTicket
  read(ticket: BatchTicket, owner: PageOwner): Promise<OwnedBatch>
  /** Gives the extents back. */
  close(): void
}

export interface BatchTicket {
  readonly rows: number
  readonly bytes: number
  readonly index: number
}

type Entry =
  | { readonly kind: 'heap'; readonly owned: OwnedBatch }
  | { readonly kind: 'spilled'; readonly ticket: BatchTicket }

/**
 * Batches in order: a result, a session table, a materialised frame. When there is no memory for the next batch, those
 * held are written to the spill file, oldest first, and read back one at a time.
 */
export class BatchCollection implements BatchReceiver {
  readonly mostBytes = Number.POSITIVE_INFINITY
  readonly #owner: PageOwner
  readonly #openSpill: (() => BatchSpill) | null
  readonly #onSpill: (bytes: number) => void
  readonly #entries: Entry[] = []
  #spill: BatchSpill | null = null
  #spilledUpTo = 0
  #rows = 0
  #bytes = 0

  /** `openSpill` is null where there is no spill file. */
  constructor(owner: PageOwner, openSpill: (() => BatchSpill) | null, onSpill: (bytes: number) => void) {
    this.#owner = owner
    this.#openSpill = openSpill
    this.#onSpill = onSpill
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
    return entry.kind === 'heap' ? entry.owned.batch.length : entry.ticket.rows
  }

  allocate(bytes: number): number {
    for (;;) {
      const pointer = this.#owner.tryAllocate(bytes)
      if (pointer !== 0) return pointer
      if (!this.spillOldest()) return this.#owner.allocate(bytes)
    }
  }

  add(owned: OwnedBatch): void {
    this.#entries.push({ kind: 'heap', owned })
    this.#rows += owned.batch.length
    this.#bytes += owned.bytes
  }

  /** Writes some of the oldest batches in the heap to the spill file and frees them. False when there is none. */
  spillOldest(): boolean {
    if (this.#openSpill === null) return false
    let freed = 0
    while (this.#spilledUpTo < this.#entries.length && freed < SPILL_BYTES) {
      const entry = this.#entries[this.#spilledUpTo]
      if (entry?.kind === 'heap') {
        this.#spill ??= this.#openSpill()
        const ticket = this.#spill.write(entry.owned.batch)
        this.#owner.free(entry.owned.pointer, entry.owned.bytes)
        this.#entries[this.#spilledUpTo] = { kind: 'spilled', ticket }
        freed += entry.owned.bytes
      }
      this.#spilledUpTo++
    }
    if (freed > 0) this.#onSpill(freed)
    return freed > 0
  }

  /** Reads batch `index` (from the spill file when it is there) while `use` runs. */
  async withBatch<Result>(index: number, use: (batch: ColumnBatch) => Promise<Result>): Promise<Result> {
    const entry = this.#entries[index]
    if (entry === undefined) throw new RangeError(`no batch ${index} of ${this.#entries.length}`)
    if (entry.kind === 'heap') return use(entry.owned.batch)
    const owned = await this.#spill!.read(entry.ticket, this.#owner)
    try {
      return await use(owned.batch)
    } finally {
      this.#owner.free(owned.pointer, owned.bytes)
    }
  }

  close(): void {
    for (const entry of this.#entries) {
      if (entry.kind === 'heap') this.#owner.free(entry.owned.pointer, entry.owned.bytes)
    }
    this.#entries.length = 0
    this.#spill?.close()
    this.#owner.reservation.free()
  }
}

/** What one round of spilling writes at least, where there is that much. */
const SPILL_BYTES = 1024 * 1024
