import { LakebookError } from '../errors.ts'
import type { MemoryConsumer } from '../memory/memory-pool.ts'
import type { MemoryReservation } from '../memory/memory-reservation.ts'
import { PageOwner } from '../memory/page-owner.ts'
import type { JoinFilterKey } from '../plan/plan.ts'
import { ConstantArea } from './constant-area.ts'
import type { ProfileBuilder } from './profile-builder.ts'
import type { QueryRun } from './query-run.ts'
import { StatementTables } from './statement-tables.ts'
import type { JoinFilter } from './operators/join-filter.ts'
import type { Place, ThreadRuntime } from './thread-runtime.ts'

/** Of the heap, for turning rows into batches when memory is short. */
const SPILL_SHARE = 32
const LEAST_SPILL_BYTES = 384 * 1024
const MOST_SPILL_BYTES = 2 * 1024 * 1024

/** Between two looks whether a run that waits was cancelled. */
const LOOK_MS = 20

export interface ExecutionSettings {
  readonly threads: number
  /** See `partition.ts`; null: operators are not cut into any. */
  readonly targetPartitions: number | null
}

/** One running statement on the driver thread: what it holds, where it reports, and whether it should stop. */
export class QueryContext {
  readonly runtime: ThreadRuntime
  readonly settings: ExecutionSettings
  readonly profile: ProfileBuilder
  readonly run: QueryRun
  /** Rows that are computed once and read in several places. */
  readonly tables: StatementTables
  readonly constants: ConstantArea
  /** What the hash tables of open joins know of their keys. */
  readonly joinFilters = new Map<JoinFilterKey, JoinFilter>()
  readonly #reservations: MemoryReservation[] = []
  readonly #owners: PageOwner[] = []
  readonly #cleanups: (() => void)[] = []
  #spillPlace: Place | null = null

  constructor(
    runtime: ThreadRuntime,
    settings: ExecutionSettings,
    profile: ProfileBuilder,
    run: QueryRun,
    tables: StatementTables = new StatementTables(null),
  ) {
    this.tables = tables
    this.runtime = { ...runtime, cancelFlag: run.cell.address }
    this.settings = settings
    this.profile = profile
    this.run = run
    if (runtime.spill !== null && run.manner.compression === 'lz4') {
      this.onClose(runtime.spill.holdWorkspace())
    }
    this.constants = new ConstantArea(this.consumer('Compiled query', false))
  }

  get signal(): AbortSignal {
    return this.run.signal
  }

  /** Pages for one consumer of this query, given back when the query ends at the latest. */
  consumer(name: string, canSpill: boolean): PageOwner {
    const reservation = this.register(name, { canSpill })
    const owner = new PageOwner(this.runtime.heap, reservation)
    this.#reservations.push(reservation)
    this.#owners.push(owner)
    return owner
  }

  /** A consumer of this run, which whoever asks for it ends. */
  register(name: string, may: Omit<MemoryConsumer, 'name' | 'run'>): MemoryReservation {
    return this.runtime.pool.register({ name, ...may, run: this.run.number })
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
    if (this.run.signal.aborted || this.run.cell.cancelled) throw cancelled()
  }

  /**
   * Lets messages in and other runs have their turn when it is time, then looks whether the query was cancelled. Whatever
   * all runs of a thread share may be another's state afterwards.
   */
  async breathe(): Promise<void> {
    await this.run.turn.breathe(this.runtime.team?.isAsked === true)
    this.checkCancelled()
  }

  /** Waits for what no slice does, such as a thread that starts, for as long as the run is not cancelled. */
  async unlessCancelled<Result>(promise: Promise<Result>): Promise<Result> {
    for (;;) {
      let timer: ReturnType<typeof setTimeout> | undefined
      const pause = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LOOK_MS)
      })
      const ended = await Promise.race([promise.then(() => true), pause.then(() => false)])
      clearTimeout(timer)
      this.checkCancelled()
      if (ended) return promise
    }
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
