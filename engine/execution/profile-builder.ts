import type {
  MemoryEvent,
  MemorySnapshot,
  OperatorProfile,
  QueryProfile,
  QueryProgress,
  ScanPruning,
  SpillProfile,
} from '../lakebook.ts'
import type { TrackedPool } from '../memory/tracked-pool.ts'
import type { QueryRun } from './query-run.ts'
import { SpillAccount } from '../spill/spill-account.ts'
import { Thinned } from './thinned.ts'

/** What spilled, and what it cost. */
interface SpillRecord {
  peakBytes: number
  spilledBytes: number
  spillCount: number
  readonly account: SpillAccount
  mergePasses: number
}

interface PartitionRecord extends SpillRecord {
  readonly consumer: string
}

interface OperatorRecord extends SpillRecord {
  readonly id: number
  readonly name: string
  readonly detail: string
  readonly inputs: number[]
  rowsOut: number
  elapsedMs: number
  readonly partitions: PartitionRecord[]
  /** Threads that its pipelines ran on. */
  threads: number
}

/** How often a query was begun, and how long it waited. */
export interface AttemptsSoFar {
  readonly startedMs: number
  readonly count: number
  readonly waitedMs: number
}

/** Samples of one query, and events: a profile stays small however long the query takes. */
const MOST_KEPT = 1000
/** A pause between two reports takes this part of the time so far, unless that is too long. */
const PAUSE_PART = 50
const MOST_PAUSE_MS = 60

/** Gathers what a query did while it runs. Events are on the clock of the memory samples. */
export class ProfileBuilder {
  readonly #pool: TrackedPool
  readonly #run: QueryRun
  readonly #attempts: AttemptsSoFar
  readonly #operators: OperatorRecord[] = []
  readonly #pruning: ScanPruning[] = []
  readonly #events = new Thinned<MemoryEvent>(MOST_KEPT, ({ bytes }) => bytes)
  readonly #memory = new Thinned<MemorySnapshot>(MOST_KEPT, ({ reservedBytes }) => reservedBytes)
  readonly #onProgress: ((progress: QueryProgress) => void) | undefined
  readonly #onMemory: ((sample: MemorySnapshot) => void) | undefined
  #rowsRead = 0
  #rowsExpected = 0
  #stage = 'Starting'
  readonly #stages = new Set<string>()
  #lastReportMs = 0
  bytesRead = 0
  diskCacheReadBytes = 0
  /** Set while something runs again and again: reports are then never forced. */
  quiet = false
  planningMs = 0
  rules: QueryProfile['rules'] = []

  constructor(
    pool: TrackedPool,
    run: QueryRun,
    listeners: {
      readonly onProgress?: ((progress: QueryProgress) => void) | undefined
      readonly onMemory?: ((sample: MemorySnapshot) => void) | undefined
    },
    attempts: AttemptsSoFar = { startedMs: performance.now(), count: 1, waitedMs: 0 },
  ) {
    this.#attempts = attempts
    this.#pool = pool
    this.#run = run
    this.#onProgress = listeners.onProgress
    this.#onMemory = listeners.onMemory
  }

  get elapsedMs(): number {
    return performance.now() - this.#attempts.startedMs
  }

  /** Adds an operator; `inputs` are ids of operators that feed it, `account` pays for its spills. Returns its id. */
  operator(name: string, detail: string, inputs: readonly number[], account?: SpillAccount): number {
    const id = this.#operators.length
    this.#operators.push({
      id,
      name,
      detail,
      inputs: [...inputs],
      rowsOut: 0,
      elapsedMs: 0,
      ...newSpillRecord(account ?? new SpillAccount(`${name} #${id}`, this.#run.manner)),
      partitions: [],
      threads: 1,
    })
    return id
  }

  /** Adds a partition to the operator. Returns its index. */
  partition(id: number, consumer: string): number {
    const account = new SpillAccount(consumer, this.#run.manner)
    return this.#operators[id]!.partitions.push({ consumer, ...newSpillRecord(account) }) - 1
  }

  /** An operator that feeds it was opened later. */
  addInput(id: number, input: number, place: 'first' | 'last'): void {
    const inputs = this.#operators[id]?.inputs
    if (place === 'first') inputs?.unshift(input)
    else inputs?.push(input)
  }

  get operatorCount(): number {
    return this.#operators.length
  }

  /** Lets the operators from `first` on go, and adds what they spilled and the time they took to another. */
  foldOperators(first: number, into: number | null): void {
    const target = into === null ? undefined : this.#operators[into]
    for (const operator of this.#operators.splice(first)) {
      if (target === undefined) continue
      const { spilledBytes, spillCount, peakBytes } = spillProfile([operator, ...operator.partitions])
      target.elapsedMs += operator.elapsedMs
      target.spilledBytes += spilledBytes
      target.spillCount += spillCount
      target.peakBytes = Math.max(target.peakBytes, peakBytes)
    }
  }

  addRows(id: number, rows: number): void {
    const operator = this.#operators[id]
    if (operator !== undefined) operator.rowsOut += rows
  }

  /** The operator's pipelines ran on so many threads at the most. */
  ranOn(id: number, threads: number): void {
    const operator = this.#operators[id]
    if (operator !== undefined) operator.threads = Math.max(operator.threads, threads)
  }

  addTime(id: number, elapsedMs: number): void {
    const operator = this.#operators[id]
    if (operator !== undefined) operator.elapsedMs += elapsedMs
  }

  /** Bytes that the operator, or one of its partitions, holds now; keeps the greatest. */
  observeBytes(id: number, bytes: number, partition?: number): void {
    const record = this.#recordOf(id, partition)
    if (record !== undefined) record.peakBytes = Math.max(record.peakBytes, bytes)
  }

  /** The operator has spilled, or one of its partitions has. */
  spilled(id: number, consumer: string, bytes: number, partition?: number): void {
    const record = this.#recordOf(id, partition)
    if (record !== undefined) {
      record.spilledBytes += bytes
      record.spillCount++
    }
    this.#event('spill', consumer, bytes)
  }

  /** Who pays for what the operator, or one of its partitions, writes to the spill file and reads from it. */
  accountOf(id: number, partition?: number): SpillAccount {
    return this.#recordOf(id, partition)?.account ?? new SpillAccount('', this.#run.manner)
  }

  /** What the operator spilled is merged for the `pass`-th time, or cut again; `bytes` were written by that. */
  merged(id: number, consumer: string, pass: number, bytes = 0): void {
    const operator = this.#operators[id]
    if (operator !== undefined) {
      const spilled = operator.partitions.filter(({ spillCount }) => spillCount > 0)
      for (const record of [operator, ...spilled]) record.mergePasses = Math.max(record.mergePasses, pass)
    }
    this.#event('merge', consumer, bytes)
  }

  prunedBy(pruning: ScanPruning): void {
    this.#pruning.push(pruning)
  }

  expectRows(rows: number): void {
    this.#rowsExpected += rows
  }

  stage(stage: string): void {
    this.#stage = stage
    if (!this.#stages.has(stage)) this.#lastReportMs = 0
    this.#stages.add(stage)
    this.report(true)
  }

  rowsRead(rows: number): void {
    this.#rowsRead += rows
    this.report(false)
  }

  /**
   * Tells the listeners how far the query is: at most every 20 ms, where something new begins every 10 ms, and at once
   * where a stage begins for the first time. A query that takes long tells it less often.
   */
  report(force: boolean): void {
    const now = performance.now()
    const leastMs = force && !this.quiet ? 10 : 20
    const pauseMs = Math.min(MOST_PAUSE_MS, Math.max(leastMs, this.elapsedMs / PAUSE_PART))
    if (now - this.#lastReportMs < pauseMs) return
    this.#lastReportMs = now
    const sample = this.#pool.snapshot()
    this.#memory.push(sample)
    this.#onMemory?.(sample)
    this.#onProgress?.({
      stage: this.#stage,
      fraction: this.#rowsExpected === 0 ? 0 : Math.min(1, this.#rowsRead / this.#rowsExpected),
      rows: this.#rowsRead,
      elapsedMs: this.elapsedMs,
    })
  }

  build(rowsOut: number): QueryProfile {
    this.#lastReportMs = 0
    this.report(true)
    const rowsOf = (id: number): number => this.#operators[id]?.rowsOut ?? 0
    const operators = this.#operators.map((operator): OperatorProfile => {
      const { id, name, detail, inputs, rowsOut, elapsedMs, threads } = operator
      return {
        id,
        name,
        detail: threads === 1 ? detail : `${detail} (${threads} threads)`.trimStart(),
        inputs,
        rowsIn: inputs.reduce((sum, input) => sum + rowsOf(input), 0),
        rowsOut,
        elapsedMs,
        ...spillProfile([operator, ...operator.partitions]),
        partitions: operator.partitions.map((partition) => ({
          consumer: partition.consumer,
          ...spillProfile([partition]),
        })),
      }
    })
    return {
      run: this.#run.number,
      elapsedMs: this.elapsedMs,
      planningMs: this.planningMs,
      attempts: this.#attempts.count,
      waitedMs: this.#attempts.waitedMs,
      rowsOut,
      peakReservedBytes: this.#pool.peakOf(this.#run.cell.index),
      spilledBytes: operators.reduce((sum, operator) => sum + operator.spilledBytes, 0),
      spillCount: operators.reduce((sum, operator) => sum + operator.spillCount, 0),
      bytesRead: this.bytesRead,
      diskCacheReadBytes: this.diskCacheReadBytes,
      operators,
      pruning: this.#pruning,
      events: this.#events.items,
      memory: this.#memory.items,
      rules: this.rules,
    }
  }

  #recordOf(id: number, partition: number | undefined): SpillRecord | undefined {
    const operator = this.#operators[id]
    return partition === undefined ? operator : operator?.partitions[partition]
  }

  #event(kind: MemoryEvent['kind'], consumer: string, bytes: number): void {
    this.#events.push({ atMs: this.#pool.nowMs, kind, consumer, bytes })
    this.report(true)
  }
}

function newSpillRecord(account: SpillAccount): SpillRecord {
  return { peakBytes: 0, spilledBytes: 0, spillCount: 0, account, mergePasses: 0 }
}

/** What these spilled together; the peak is that of the first, which knows what all of them held. */
function spillProfile(records: readonly SpillRecord[]): SpillProfile {
  const sum = (figure: (record: SpillRecord) => number): number =>
    records.reduce((total, record) => total + figure(record), 0)
  const written = sum(({ account }) => account.bytesWritten)
  return {
    peakBytes: records[0]!.peakBytes,
    spilledBytes: sum(({ spilledBytes }) => spilledBytes),
    spillCount: sum(({ spillCount }) => spillCount),
    spillWrittenBytes: written,
    spillReadBytes: sum(({ account }) => account.bytesRead),
    mergePasses: Math.max(...records.map(({ mergePasses }) => mergePasses)),
    compressionRatio: written === 0 ? null : sum(({ account }) => account.plainBytes) / written,
    spillMs: sum(({ account }) => account.writeMs + account.readMs),
  }
}
