import type { ColumnCache } from '../../catalog/column-cache.ts'
import { internalError, LakebookError } from '../../errors.ts'
import type { Heap } from '../../memory/heap.ts'
import type { RunCell } from '../../memory/run-cells.ts'
import type { ComputePlatform, ComputePort } from './compute-port.ts'
import { TeamQueue } from './team-queue.ts'
import { answerCell, ASK, askCell, MOST_MEMBERS, TEAM_CELL } from './team-cells.ts'
import {
  receivedError,
  type FromMember,
  type MemberRequest,
  type PipelineTask,
  type ToMember,
} from './team-messages.ts'

/** What the members of one driver are opened with. */
export interface TeamResources {
  readonly heap: Heap
  readonly cache: ColumnCache
  readonly kernels: WebAssembly.Module
  readonly decoder: WebAssembly.Module
  readonly decoderShareBytes: number
  /** Threads that may decode, the driver first. */
  readonly decoders: number
  /** Where the cache's second level is; null when there is none. */
  readonly columnFile: string | null
}

/** A table as the driver knows it (equal tables are the same object), and as members open it. */
export interface SharedTable {
  readonly table: object
  readonly remote: unknown
}

/** What the driver does with what members say. */
export interface TaskHandlers {
  /** The answer, which the member waits for. An error ends the task of everybody. */
  answer(request: MemberRequest): number
  heard(message: FromMember & { kind: 'progress' | 'batches' | 'done' }): void
}

interface Member {
  readonly index: number
  readonly port: ComputePort
  readonly opened: Promise<void>
  /** Ids of the tables that it was told of. */
  readonly tables: Set<number>
}

/** A task that members carry out, besides the driver. */
interface RunningTask {
  readonly handlers: TaskHandlers
  /** Of the run that the task belongs to. */
  readonly cell: RunCell
  /** Members that are not done. */
  readonly busy: Set<Member>
  failure: { readonly error: unknown } | null
  ended: () => void
}

/**
 * Of the heap, for each thread: below it threads are in each other's way, and what a worker takes beside the heap is out
 * of proportion.
 */
export const BYTES_PER_THREAD = 8 * 2 ** 20

/**
 * Compute workers over the driver's heap. They run what the driver compiled, one pipeline at a time (`queue` says whose);
 * what they gather is booked on the driver's consumers and taken over by the driver. A member waits for the driver; the
 * driver never waits for a member without giving its event loop a turn, so that nobody waits for ever.
 */
export class ComputeTeam {
  /** Members at the most, as many as there is room for: the driver is not one of them. */
  readonly size: number
  readonly queue = new TeamQueue()
  readonly #platform: ComputePlatform
  readonly #resources: TeamResources
  readonly #members = new Map<number, Member>()
  readonly #tableIds = new WeakMap<object, number>()
  #tableCount = 0
  #startedCount = 0
  #task: RunningTask | null = null
  /** A member died in the middle of a task. */
  #lost = false
  /** Long loops of compiled code look at the run's cancel flag: it was raised for them, not by who cancels. */
  #raised: RunCell | null = null
  /** No member could be started, so none is tried again. */
  #unavailable = false
  #closed = false

  constructor(platform: ComputePlatform, resources: TeamResources, members: number) {
    this.#platform = platform
    this.#resources = resources
    const inMemory = Math.floor(resources.heap.usableBytes / BYTES_PER_THREAD)
    this.size = Math.max(0, Math.min(members, MOST_MEMBERS, inMemory - 1))
    if (platform.startsQuickly) void this.ready(this.size)
  }

  /** Members wait for an answer: the event loop should have a turn soon. */
  get isAsked(): boolean {
    return Atomics.load(this.#resources.heap.counters, TEAM_CELL.asking) > 0
  }

  /**
   * Starts members that are missing. Says how many of the first `wanted` can work; when one cannot start, none can, which
   * is logged once.
   */
  async ready(wanted: number): Promise<number> {
    if (this.#unavailable || this.#closed) return 0
    const count = Math.min(wanted, this.size)
    const started: Promise<void>[] = []
    for (let index = 0; index < count; index++) started.push(this.#member(index).opened)
    const outcomes = await Promise.allSettled(started)
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed === undefined) return count
    this.#giveUp(failed.reason)
    return 0
  }

  #giveUp(reason: unknown): void {
    if (this.#unavailable || this.#closed) return
    const message = reason instanceof Error ? reason.message : String(reason)
    console.warn(`Lakebook runs its queries on one thread from now on. ${message}`)
    this.#unavailable = true
    this.close()
  }

  /** The id under which members know a table. */
  tableId({ table }: SharedTable): number {
    const known = this.#tableIds.get(table)
    if (known !== undefined) return known
    const id = this.#tableCount++
    this.#tableIds.set(table, id)
    return id
  }

  /**
   * Runs a task of the run that has `cell` on the first `members`, until each is done or has died. `handlers` are called
   * meanwhile.
   *
   * @throws the first error of anybody
   */
  async run(
    task: PipelineTask,
    table: SharedTable,
    members: number,
    cell: RunCell,
    handlers: TaskHandlers,
  ): Promise<void> {
    if (this.#task !== null) throw internalError('two pipelines share the compute workers')
    const chosen = [...this.#members.values()].filter(({ index }) => index < members)
    const running: RunningTask = {
      handlers,
      cell,
      busy: new Set(chosen),
      failure: null,
      ended: () => undefined,
    }
    const ended = new Promise<void>((resolve) => {
      running.ended = resolve
    })
    this.#task = running
    for (const member of chosen) {
      member.port.keepAlive(true)
      const id = this.tableId(table)
      if (!member.tables.has(id)) {
        member.tables.add(id)
        member.port.post({ kind: 'table', id, remote: table.remote })
      }
      member.port.post({ kind: 'run', task })
    }
    if (chosen.length > 0) await ended
    this.#task = null
    if (running.failure !== null) throw running.failure.error
  }

  /** Ends the task of everybody with an error; the first one counts. */
  stop(error: unknown): void {
    const task = this.#task
    const { heap } = this.#resources
    Atomics.store(heap.counters, TEAM_CELL.stop, 1)
    if (task === null) return
    task.failure ??= { error }
    if (!task.cell.cancelled) this.#raised = task.cell
    task.cell.cancelled = true
    for (const member of task.busy) {
      this.#answer(member, ASK.stopped, 0)
      member.port.post({ kind: 'stop' })
    }
  }

  /** After a task, when no member holds anything any more: ends loans, and takes back what members that died had taken. */
  settle(): void {
    const { heap, cache } = this.#resources
    cache.endLoans()
    Atomics.store(heap.counters, TEAM_CELL.stop, 0)
    Atomics.store(heap.counters, TEAM_CELL.pause, 0)
    if (this.#raised !== null) this.#raised.cancelled = false
    this.#raised = null
    if (!this.#lost) return
    this.#lost = false
    heap.reclaimLostPages()
    cache.forgetLostBytes()
  }

  close(): void {
    this.#closed = true
    for (const { port } of this.#members.values()) port.terminate()
    this.#members.clear()
  }

  #member(index: number): Member {
    const known = this.#members.get(index)
    if (known !== undefined) return known
    const port = this.#platform.spawn()
    const { heap, cache, kernels, decoder, decoderShareBytes, decoders, columnFile } = this.#resources
    let settle: { resolve: () => void; reject: (error: unknown) => void } | null = null
    const opened = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject }
    })
    opened.catch(() => undefined)
    const member: Member = { index, port, opened, tables: new Set() }
    this.#members.set(index, member)
    port.keepAlive(true)
    port.onMessage((message) => {
      if (message.kind === 'ready') {
        if (this.#task === null) port.keepAlive(false)
        settle?.resolve()
      } else if (message.kind === 'failed') settle?.reject(receivedError(message.error))
      else this.#hear(member, message)
    })
    port.onEnd((reason) => {
      settle?.reject(new LakebookError('internal', `A compute worker did not start: ${reason}`))
      this.#lose(member, reason)
    })
    const open: ToMember = {
      kind: 'open',
      index,
      serial: ++this.#startedCount,
      memory: heap.memory,
      kernels,
      decoder,
      decoderShareBytes,
      decodes: index + 1 < decoders,
      cache: cache.reservation,
      columnFile,
    }
    port.post(open)
    return member
  }

  #hear(member: Member, message: Exclude<FromMember, { kind: 'ready' | 'failed' }>): void {
    const task = this.#task
    if (task === null || !task.busy.has(member)) return
    try {
      if (message.kind === 'ask') {
        if (task.failure === null) this.#answer(member, ASK.answered, task.handlers.answer(message.request))
      } else {
        if (message.kind !== 'batches') for (const chunk of message.chunks) this.#resources.cache.adopt(chunk)
        task.handlers.heard(message)
      }
    } catch (error) {
      this.stop(error)
    }
    if (task.failure !== null) this.#answer(member, ASK.stopped, 0)
    if (message.kind !== 'done') return
    if (message.error !== null) this.stop(receivedError(message.error))
    this.#leave(task, member)
  }

  #leave(task: RunningTask, member: Member): void {
    member.port.keepAlive(false)
    task.busy.delete(member)
    if (task.busy.size === 0) task.ended()
  }

  /** Answers a member that waits; does nothing when it does not. */
  #answer({ index }: Member, how: number, answer: number): void {
    const { counters } = this.#resources.heap
    const cell = askCell(index)
    if (Atomics.load(counters, cell) !== ASK.waiting) return
    Atomics.store(counters, answerCell(index), answer | 0)
    Atomics.store(counters, cell, how)
    Atomics.notify(counters, cell)
  }

  /** A member died: its task ends with an error, and another one takes its place when it is needed. */
  #lose(member: Member, reason: string): void {
    if (this.#members.get(member.index) === member) this.#members.delete(member.index)
    member.port.terminate()
    const task = this.#task
    if (task === null || !task.busy.has(member)) return
    const { counters } = this.#resources.heap
    if (Atomics.exchange(counters, askCell(member.index), ASK.none) !== ASK.none) {
      Atomics.sub(counters, TEAM_CELL.asking, 1)
    }
    this.#lost = true
    this.stop(
      new LakebookError('internal', `A compute worker stopped in the middle of a query: ${reason}`, {
        hint: 'Run it again: another worker has taken its place.',
      }),
    )
    this.#leave(task, member)
  }
}
