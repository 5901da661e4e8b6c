import { internalError, LakebookError } from '../errors.ts'
import type { MemorySnapshot } from '../lakebook.ts'
import { LEDGER_ADDRESS } from './control-block.ts'
import { formatBytes } from './format-bytes.ts'
import type { Heap } from './heap.ts'
import type { MemoryConsumer, MemoryPool } from './memory-pool.ts'
import { MemoryReservation, type ReservationKeeper, type SharedReservation } from './memory-reservation.ts'
import { type LedgerEntry, PoolLedger } from './pool-ledger.ts'
import { decide, fairShareOf, type Decision } from './pool-policies.ts'

const TOP_CONSUMERS = 5

/** Holds nothing that it could not fetch again, or write to the spill file, and gives it back on demand. */
export interface Evictable {
  readonly name: string
  /** Frees about `bytes` bytes if it can, and says how many it freed. Must not need memory for that. */
  evict(bytes: number): number
}

export type BuiltInPolicy = 'greedy' | 'fair' | 'unbounded'

/**
 * The pool of a heap as the engine uses it: asks the policy, and keeps what every consumer holds, held at most and
 * spilled. One object a thread; all of a heap's objects see the same ledger. `memory-pool.ts` tells the design.
 */
export class TrackedPool implements ReservationKeeper {
  private readonly ledger: PoolLedger
  private readonly custom: MemoryPool | null
  /** The limit that nobody has lowered. */
  private readonly mostBytes: number
  private readonly evictables = new Set<Evictable>()
  private readonly openedMs = performance.now()
  /** What the column cache keeps on the disk; the engine says. */
  diskCacheBytes: () => number = () => 0

  private constructor(ledger: PoolLedger, custom: MemoryPool | null, mostBytes: number) {
    this.ledger = ledger
    this.custom = custom
    this.mostBytes = mostBytes
  }

  /** Opens the heap's pool, once for each heap, on the driver thread. */
  static open(heap: Heap, policy: BuiltInPolicy | MemoryPool): TrackedPool {
    const ledger = new PoolLedger(heap.memory.buffer, LEDGER_ADDRESS)
    return TrackedPool.over(ledger, policy, heap.usableBytes, heap.budgetBytes)
  }

  /** A pool over any ledger: policies are arithmetic and need no heap of their limit's size. */
  static over(
    ledger: PoolLedger,
    policy: BuiltInPolicy | MemoryPool,
    limitBytes: number,
    budgetBytes = limitBytes,
  ): TrackedPool {
    const custom = typeof policy === 'string' ? null : policy
    ledger.exclusively(() => {
      ledger.policy = typeof policy === 'string' ? policy : 'custom'
      ledger.limitBytes = limitBytes
      ledger.budgetBytes = budgetBytes
    })
    return new TrackedPool(ledger, custom, limitBytes)
  }

  /** The pool of a heap that another thread opened. */
  static attach(heap: Heap): TrackedPool {
    const ledger = new PoolLedger(heap.memory.buffer, LEDGER_ADDRESS)
    if (ledger.policy === 'custom') {
      throw new LakebookError(
        'invalid_argument',
        'A memory pool of your own works with one compute thread only',
        {
          hint: "Open the engine with threads: 1, or choose 'greedy', 'fair' or 'unbounded'.",
        },
      )
    }
    return new TrackedPool(ledger, null, heap.usableBytes)
  }

  /** Changes a built-in policy, or the limit, for requests from now on. An object of the embedder stays in charge. */
  configure(policy: BuiltInPolicy | null, limitBytes: number): void {
    this.ledger.exclusively(() => {
      if (policy !== null && this.custom === null) this.ledger.policy = policy
      this.ledger.limitBytes = limitBytes
    })
  }

  get policyName(): string {
    return this.custom?.name ?? this.ledger.policy
  }

  /** Bytes that all consumers together may hold; under `unbounded` the heap alone sets the limit. */
  get limitBytes(): number {
    return this.ledger.limitBytes
  }

  get reservedBytes(): number {
    return this.ledger.reservedBytes
  }

  get peakReservedBytes(): number {
    return this.ledger.peakReservedBytes
  }

  /** What could be granted now, before eviction. */
  get availableBytes(): number {
    return Math.max(0, this.ledger.limitBytes - this.ledger.reservedBytes)
  }

  /** What could be granted now if evictable consumers gave all back. */
  get grantableBytes(): number {
    const firm = this.ledger.exclusively(() => firmBytes(this.ledger))
    return Math.max(0, this.ledger.limitBytes - firm)
  }

  /** So many more consumers can be registered. */
  get freeSlots(): number {
    return this.ledger.exclusively(() => this.ledger.freeSlots())
  }

  /** Starts a consumer. Several of one name are several consumers. */
  register(consumer: MemoryConsumer): MemoryReservation {
    const slot = this.ledger.exclusively(() =>
      this.ledger.open(consumer.name, consumer.canSpill, consumer.evictable ?? false, consumer.run),
    )
    this.custom?.register(consumer)
    return new MemoryReservation(this, consumer, slot)
  }

  /** A consumer that another thread of the heap registered: what is booked here counts as its. */
  join({ name, canSpill, slot }: SharedReservation): MemoryReservation {
    return new MemoryReservation(this, { name, canSpill }, slot)
  }

  /** Evictables are asked on this thread before a request is refused. Returns a function that takes it off the list. */
  registerEvictable(evictable: Evictable): () => void {
    this.evictables.add(evictable)
    return () => {
      this.evictables.delete(evictable)
    }
  }

  /** Asks this thread's evictables, in the order of registration, until `bytes` are freed. Returns what was freed. */
  evict(bytes: number): number {
    let freed = 0
    for (const evictable of this.evictables) {
      if (freed >= bytes) break
      freed += evictable.evict(bytes - freed)
    }
    return freed
  }

  /** Now, on the clock of snapshots. */
  get nowMs(): number {
    return performance.now() - this.openedMs
  }

  snapshot(): MemorySnapshot {
    const { ledger } = this
    return ledger.exclusively(() => ({
      atMs: this.nowMs,
      budgetBytes: ledger.budgetBytes,
      limitBytes: ledger.limitBytes < this.mostBytes ? ledger.limitBytes : null,
      reservedBytes: ledger.reservedBytes,
      peakReservedBytes: ledger.peakReservedBytes,
      spillFileBytes: ledger.spillFileBytes,
      diskCacheBytes: this.diskCacheBytes(),
      consumers: ledger
        .entries()
        .map(({ name, run, canSpill, reservedBytes, peakBytes, spilledBytes, spillCount }) => ({
          name,
          run,
          canSpill,
          reservedBytes,
          peakBytes,
          spilledBytes,
          spillCount,
        })),
    }))
  }

  /**
   * Before a run that has the engine to itself: peaks start again at what is held now, spill counts at 0, and consumers
   * that are gone vanish.
   */
  startPeriod(): void {
    this.ledger.exclusively(() => {
      this.ledger.startPeriod()
    })
  }

  /** The peak of the run in that cell is kept from now on; it starts at what is held now. */
  startPeak(cell: number): void {
    this.ledger.exclusively(() => {
      this.ledger.startPeak(cell)
    })
  }

  peakOf(cell: number): number {
    return this.ledger.exclusively(() => this.ledger.peakOf(cell))
  }

  endPeak(cell: number): void {
    this.ledger.exclusively(() => {
      this.ledger.endPeak(cell)
    })
  }

  /** Bytes of live spill extents went up or down. */
  addSpillFileBytes(delta: number): void {
    this.ledger.exclusively(() => {
      this.ledger.addSpillFileBytes(delta)
    })
  }

  request(slot: number, consumer: MemoryConsumer, bytes: number, beyondShare = false): Decision {
    const { custom, ledger } = this
    // An object of the embedder is asked outside the lock: it may want to look at the engine's figures.
    const granted = custom?.tryGrow(consumer, bytes, this.reservedBy(slot))
    return ledger.exclusively(() => {
      const decision =
        granted === undefined
          ? decideByLedger(ledger, slot, bytes, beyondShare)
          : customDecision(granted, bytes)
      if (decision.granted) {
        ledger.book(slot, bytes)
        if (ledger.reservedBy(slot) > ledger.needOf(slot)) ledger.setNeed(slot, Number.POSITIVE_INFINITY)
      }
      return decision
    })
  }

  reservedBy(slot: number): number {
    return this.ledger.exclusively(() => this.ledger.reservedBy(slot))
  }

  mostFor(slot: number): number {
    const { ledger } = this
    return ledger.exclusively(() => {
      const held = ledger.reservedBy(slot)
      const room = ledger.limitBytes - firmBytes(ledger) + (ledger.isEvictable(slot) ? 0 : held)
      const isShared = ledger.policy === 'fair' && ledger.canSpill(slot) && !ledger.isEvictable(slot)
      const share = isShared ? fairShareOf(ledger, slot, Number.POSITIVE_INFINITY) : room
      return Math.max(held, Math.min(room, share))
    })
  }

  giveBack(slot: number, consumer: MemoryConsumer, bytes: number): void {
    const { ledger } = this
    ledger.exclusively(() => {
      const held = ledger.reservedBy(slot)
      if (bytes > held) throw internalError(`${consumer.name} gives back ${bytes} bytes and holds ${held}`)
      ledger.book(slot, -bytes)
    })
    this.custom?.shrink(consumer, bytes)
  }

  declareNeed(slot: number, bytes: number): void {
    this.ledger.exclusively(() => {
      this.ledger.setNeed(slot, bytes)
    })
  }

  recordSpill(slot: number, bytes: number): void {
    this.ledger.exclusively(() => {
      this.ledger.bookSpill(slot, bytes)
    })
  }

  unregister(slot: number, consumer: MemoryConsumer): void {
    const { ledger } = this
    const held = ledger.exclusively(() => {
      const bytes = ledger.reservedBy(slot)
      ledger.book(slot, -bytes)
      ledger.retire(slot)
      return bytes
    })
    if (this.custom !== null) {
      if (held > 0) this.custom.shrink(consumer, held)
      this.custom.unregister(consumer)
    }
  }

  figures(slot: number): LedgerEntry {
    return this.ledger.exclusively(() => this.ledger.entry(slot))
  }

  /** What a refused request says: law 4. */
  refusal(consumer: MemoryConsumer, requestedBytes: number, longestRunBytes: number): LakebookError {
    const { ledger } = this
    const { entries, reservedBytes, limitBytes } = ledger.exclusively(() => ({
      entries: ledger.entries(),
      reservedBytes: ledger.reservedBytes,
      limitBytes: ledger.limitBytes,
    }))
    const top = entries
      .filter((entry) => entry.reservedBytes > 0)
      .sort((a, b) => b.reservedBytes - a.reservedBytes)
      .slice(0, TOP_CONSUMERS)
      .map(
        (entry) =>
          `${entry.name} ${formatBytes(entry.reservedBytes)}${entry.canSpill ? '' : ' (cannot spill)'}`,
      )
    const available = Math.max(0, limitBytes - reservedBytes)
    const inOnePiece =
      longestRunBytes < Math.min(available, requestedBytes)
        ? ` (${formatBytes(longestRunBytes)} in one piece)`
        : ''
    return new LakebookError(
      'out_of_memory',
      `${consumer.name} requested ${formatBytes(requestedBytes)}, but of ${formatBytes(limitBytes)} (${this.policyName} ` +
        `pool) ${formatBytes(reservedBytes)} are reserved and ${formatBytes(available)} available${inOnePiece}. ` +
        `Top consumers: ${top.length > 0 ? top.join(', ') : 'none'}`,
      { hint: 'Raise the budget with SET memory_limit, or ask for fewer rows or columns at a time.' },
    )
  }
}

/** What consumers hold that do not give way. */
function firmBytes(ledger: PoolLedger): number {
  return ledger
    .entries()
    .filter(({ live, evictable }) => live && !evictable)
    .reduce((sum, { reservedBytes }) => sum + reservedBytes, 0)
}

function decideByLedger(ledger: PoolLedger, slot: number, bytes: number, beyondShare: boolean): Decision {
  const { policy } = ledger
  if (policy === 'custom') throw internalError('a custom pool is asked on a thread that has none')
  return decide(policy, ledger, slot, bytes, beyondShare)
}

function customDecision(granted: boolean, bytes: number): Decision {
  return granted ? { granted } : { granted, because: 'full', missingBytes: bytes }
}
