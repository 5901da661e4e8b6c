/** Something that holds memory of the heap: an operator of a query, the column cache, a session table. */
export interface MemoryConsumer {
  /** As the inspector shows it, e.g. `Sort #3`. Longer than 72 bytes of UTF-8, it is cut. */
  readonly name: string
  /** Can give all it holds back by writing it to the spill file. */
  readonly canSpill: boolean
  /** Gives way to anyone, at once, through its `Evictable`: caches, rows that are kept. Evictables have no fair share. */
  readonly evictable?: boolean
  /** Number of the run that it belongs to; absent: it belongs to none, as caches and session tables do. */
  readonly run?: number | undefined
}

/**
 * Who may hold how much of the heap. This is the interface for a policy of one's own, passed to `openLakebook` as
 * `memoryPool`; the built-in ones (greedy, fair, unbounded) follow it too, but decide over a ledger inside the heap so
 * that every compute thread asks without a message. An object of the embedder is asked by the driver thread alone,
 * hence with one compute thread only; in a page it stays on the thread that opened the engine, which the driver waits
 * for (`workers/pool-channel.ts`).
 *
 * ## Purpose
 *
 * The heap's maximum is physical: the platform refuses more. The pool exists so that nobody runs into that wall by
 * surprise. Before it takes pages, a consumer reserves their bytes; a refusal tells it, while it still holds something,
 * to spill. Consumers account for what they hold for long. A batch passed along a pipeline belongs to whoever made it,
 * and is accounted by whoever keeps it.
 *
 * ```
 *   operator ──allocate(bytes)──▶ PageOwner ──tryGrow──▶ MemoryReservation ──▶ TrackedPool ──▶ policy
 *      ▲                            │   │                                        │             greedy │ fair │
 *      │  out_of_memory: spill      │   └─refused: evict caches, ask again       ▼             unbounded │ custom
 *      └────────────────────────────┤                                      PoolLedger (in the heap,
 *                                   ▼                                       one slot a consumer)
 *                             PageAllocator: runs of 64 KiB pages
 * ```
 *
 * ## Policies
 *
 * - **greedy**: whoever comes first, up to the limit. Best for one big consumer.
 * - **fair**: max-min fair. What consumers hold that cannot spill comes off first. The rest is divided among the live
 *   consumers that can spill, so that each is sure of its share whatever the others do; what a consumer does not need
 *   is shared out among the others. Nobody knows beforehand what a consumer needs, so each counts as needing
 *   everything until it says otherwise: `MemoryReservation.settle()` says "what I hold is all I need". What a consumer
 *   that has spilled all else cannot go on without, one long row, it gets beyond its share as long as there is any.
 * - **unbounded**: never refuses. Only the heap's maximum does.
 * - **custom**: asks the embedder's object. It cannot hand out more than the heap has either.
 *
 * ## Scenario: greedy, limit 1 GB
 *
 * A reserves 400 MB: granted. B reserves 400 MB: granted. C asks for 300 MB: 200 MB are left, refused. A spills and
 * gives 200 MB back. C asks again for 300 MB: granted.
 *
 * ## Scenario: fair, limit 1 GB, three consumers that can spill
 *
 * ```
 *   registered                 A ── 333 ──┤ B ── 333 ──┤ C ── 333 ──┤
 *   A settles at 100 MB        A─100┤ B ────── 450 ──────┤ C ────── 450 ──────┤
 *   B, at 450, asks for more   refused: B spills what it holds and goes on; C's 450 stay free for C
 * ```
 */
export interface MemoryPool {
  /** For people. */
  readonly name: string
  register(consumer: MemoryConsumer): void
  unregister(consumer: MemoryConsumer): void
  /** True when the consumer, which holds `reservedBytes`, may hold `additionalBytes` more. Booked at once if true. */
  tryGrow(consumer: MemoryConsumer, additionalBytes: number, reservedBytes: number): boolean
  /** The consumer has given bytes back. */
  shrink(consumer: MemoryConsumer, bytes: number): void
}
