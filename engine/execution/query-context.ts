import { LakebookError } from '../errors.ts'
import type { MemoryReservation } from '../memory/memory-reservation.ts'
import { PageOwner } from '../memory/page-owner.ts'
import type { JoinFilterKey } from '../plan/plan.ts'
import type { SpillCompression } from '../spill/spill-space.ts'
import { ConstantArea } from './constant-area.ts'
import { eventLoopTurn } from './event-loop-turn.ts'
import type { ProfileBuilder } from './profile-builder.ts'
import { StatementTables } from './statement-tables.ts'
import type { JoinFilter } from './operators/join-filter.ts'
import type { Place, ThreadRuntime } from './thread-runtime.ts'

/** Longest stretch without giving the event loop a turn, so that messages (cancel) are heard. */
const LONGEST_TURN_MS = 12

/** Of the heap, for turning rows into batches when memory is short. */
const SPILL_SHARE = 32
const LEAST_SPILL_BYTES = 384 * 1024
const MOST_SPILL_BYTES = 2 * 1024 * 1024

export interface ExecutionSettings {
  /** Compute threads, and partitions of parallel operators. */
  readonly targetPartitions: number
  readonly spillCompression: SpillCompression
}

/** One running statement on the driver thread: what it holds, where it reports, and whether it should stop. */
export class QueryContext {
  readonly runtime: ThreadRuntime
  readonly settings: ExecutionSettings
  readonly profile: ProfileBuilder
  readonly signal: AbortSignal
  /** Rows that are computed once and read in several places. */
  readonly tables: StatementTables
  readonly constants: ConstantArea
  /** What the hash tables of open joins know of their keys. */
  readonly joinFilters = new Map<JoinFilterKey, JoinFilter>()
  readonly #reservations: MemoryReservation[] = []
  readonly #owners: PageOwner[] = []
  readonly #cleanups: (() => void)[] = []
  #turnStartedMs = performance.now()
  #spillPlace: Place | null = null

  constructor(
    runtime: ThreadRuntime,
    settings: ExecutionSettings,
    profile: ProfileBuilder,
    signal: AbortSignal,
    tables: StatementTables = new StatementTables(null),
  ) {
    this.tables = tables
    this.runtime = runtime
    this.settings = settings
    this.profile = profile
    this.signal = signal
    if (runtime.spill !== null) runtime.spill.compression = settings.spillCompression
    this.constants = new ConstantArea(this.consumer('Compiled query', false))
  }

  /** Pages for one consumer of this query, given back when the query ends at the latest. */
  consumer(name: string, canSpill: boolean): PageOwner {
    const reservation = this.runtime.pool.register({ name, canSpill })
    const owner = new PageOwner(this.runtime.heap, reservation)
    this.#reservations.push(reservation)
    this.#owners.push(owner)
    return owner
  }

  /** Ends a consumer early. */
  release(owner: PageOwner): void {
    owner.freeAll()
    owner.reservation.free()
  }

  /**
   * Memory set aside for spilling, since a spill begins when there is none left. One for all operators of the thread:
   * each spill is over before the next begins.
   */
  spillPlace(): Place {
    if (this.#spillPlace === null) {
      const share = this.runtime.heap.usableBytes / SPILL_SHARE
      const bytes = Math.max(LEAST_SPILL_BYTES, Math.min(MOST_SPILL_BYTES, Math.floor(share / 65536) * 65536))
      const owner = this.consumer('Spill workspace', false)
      this.#spillPlace = { pointer: owner.allocate(bytes), bytes }
    }
    return this.#spillPlace
  }

  /** Runs when the query ends, however it ends. */
  onClose(cleanup: () => void): void {
    this.#cleanups.push(cleanup)
  }

  /** @throws `cancelled` */
  checkCancelled(): void {
    if (this.signal.aborted || this.runtime.heap.cancelled) throw cancelled()
  }

  /** Lets the event loop have a turn when it is due, then looks whether the query was cancelled. */
  async breathe(): Promise<void> {
    const asked = this.runtime.team?.isAsked === true
    if (asked || performance.now() - this.#turnStartedMs > LONGEST_TURN_MS) {
      await eventLoopTurn()
      this.#turnStartedMs = performance.now()
    }
    this.checkCancelled()
  }

  close(): void {
    for (const cleanup of this.#cleanups.reverse()) cleanup()
    this.tables.close()
    for (const owner of this.#owners) owner.freeAll()
    for (const reservation of this.#reservations) reservation.free()
  }
}

export function cancelled(): LakebookError {
  return new LakebookError('cancelled', 'The query was cancelled')
}
