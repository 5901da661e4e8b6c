import { internalError, type LakebookError } from '../errors.ts'
import type { MemoryConsumer } from './memory-pool.ts'
import type { LedgerEntry } from './pool-ledger.ts'
import type { Decision } from './pool-policies.ts'

/** What a reservation asks of its pool; slots are the ledger's. `TrackedPool` is it. */
export interface ReservationKeeper {
  /** Books the bytes if the policy grants them; `beyondShare` asks for more than a fair share. */
  request(slot: number, consumer: MemoryConsumer, bytes: number, beyondShare: boolean): Decision
  giveBack(slot: number, consumer: MemoryConsumer, bytes: number): void
  declareNeed(slot: number, bytes: number): void
  recordSpill(slot: number, bytes: number): void
  unregister(slot: number, consumer: MemoryConsumer): void
  reservedBy(slot: number): number
  /** What the consumer could hold now, if it wanted all that it may. */
  mostFor(slot: number): number
  figures(slot: number): LedgerEntry
  refusal(consumer: MemoryConsumer, requestedBytes: number, longestRunBytes: number): LakebookError
  evict(bytes: number): number
}

/** A reservation as it is sent to another thread of the same heap. */
export interface SharedReservation {
  readonly name: string
  readonly canSpill: boolean
  readonly slot: number
}

/**
 * What one consumer holds of the pool. Made by `pool.register`, ended by `free`. Bytes are bookkeeping only: pages
 * come from `PageOwner`, which keeps the two in step.
 */
export class MemoryReservation {
  readonly consumer: MemoryConsumer
  readonly pool: ReservationKeeper
  private readonly slot: number
  /** The figures at the end; null while the reservation is alive. */
  private final: LedgerEntry | null = null

  constructor(pool: ReservationKeeper, consumer: MemoryConsumer, slot: number) {
    this.pool = pool
    this.consumer = consumer
    this.slot = slot
  }

  /** Bytes reserved now. */
  get size(): number {
    return this.final === null ? this.pool.reservedBy(this.slot) : 0
  }

  get peakBytes(): number {
    return this.figures().peakBytes
  }

  get spilledBytes(): number {
    return this.figures().spilledBytes
  }

  get spillCount(): number {
    return this.figures().spillCount
  }

  /** Reserves `bytes` more and says true, or reserves nothing and says false: the consumer should spill. */
  tryGrow(bytes: number): boolean {
    return this.missingFor(bytes) === 0
  }

  /** @throws `out_of_memory` with requested, reserved and available bytes and the top consumers */
  grow(bytes: number): void {
    if (!this.tryGrow(bytes)) throw this.refusal(bytes)
  }

  /**
   * As `tryGrow`, but says why not: 0 when granted, else the bytes that evictable consumers would have to give back
   * first, or Infinity when no eviction helps. `beyondShare` is for what nothing can go on without.
   */
  missingFor(bytes: number, beyondShare = false): number {
    this.check(bytes)
    const decision = this.pool.request(this.slot, this.consumer, bytes, beyondShare)
    if (decision.granted) return 0
    return decision.because === 'full' ? decision.missingBytes : Number.POSITIVE_INFINITY
  }

  /** What could be held now, were all of it asked for: a request beyond is refused. */
  get mostBytes(): number {
    this.check(0)
    return this.pool.mostFor(this.slot)
  }

  /** Gives `bytes` of the reservation back. */
  shrink(bytes: number): void {
    this.check(bytes)
    this.pool.giveBack(this.slot, this.consumer, bytes)
  }

  /** Says that what is held now is all that is needed: under the fair policy the rest of the share goes to others. */
  settle(): void {
    this.check(0)
    this.pool.declareNeed(this.slot, this.size)
  }

  /** Takes `settle` back: from now on more may be needed again. */
  unsettle(): void {
    this.check(0)
    this.pool.declareNeed(this.slot, Number.POSITIVE_INFINITY)
  }

  /** Counts one spill of `bytes` written for this consumer. */
  recordSpill(bytes: number): void {
    this.pool.recordSpill(this.slot, bytes)
  }

  /** For `TrackedPool.join` on another thread: both book on the same consumer. Who registered it ends it. */
  share(): SharedReservation {
    const { name, canSpill } = this.consumer
    return { name, canSpill, slot: this.slot }
  }

  /** Gives everything back and ends the reservation; its peak and spill figures stay readable. May be called twice. */
  free(): void {
    if (this.final !== null) return
    this.final = this.pool.figures(this.slot)
    this.pool.unregister(this.slot, this.consumer)
  }

  /** The error for a request that stayed refused. `longestRunBytes` says what the heap could give in one piece. */
  refusal(bytes: number, longestRunBytes = Number.POSITIVE_INFINITY): LakebookError {
    return this.pool.refusal(this.consumer, bytes, longestRunBytes)
  }

  private figures(): LedgerEntry {
    return this.final ?? this.pool.figures(this.slot)
  }

  private check(bytes: number): void {
    if (this.final !== null)
      throw internalError(`the reservation of ${this.consumer.name} is used after its end`)
    if (!(bytes >= 0)) throw internalError(`${this.consumer.name} reserves ${bytes} bytes`)
  }
}
