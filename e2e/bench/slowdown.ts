import { PAGE_BYTES } from '../../engine/memory/control-block.ts'
import { openLakebook } from '../../engine/node.ts'
import { decoderShareBytes } from '../../engine/resources.ts'
import type { Lakebook, QueryProfile } from '../../engine/lakebook.ts'

const MIB = 2 ** 20
const LARGE_BYTES = 1024 * MIB
const LEAST_BUDGET_BYTES = 16 * MIB
const ROUNDS = 4

/** `rows` numbered rows with a key that has no order, and a text. */
function rows(count: number, more = ''): string {
  return `(SELECT i, (i * 7919) % ${count} AS k, 'note ' || ((i * 104729) % ${count}) AS note${more}
    FROM range(${count}) t(i))`
}

/** Queries by window, each over one partition or a few large ones. */
function windowCalls(): Readonly<Record<string, string>> {
  const calls = {
    'RANGE with offsets': 'sum(i) OVER (ORDER BY k RANGE BETWEEN 100 PRECEDING AND 100 FOLLOWING)',
    'GROUPS with offsets': 'sum(i) OVER (ORDER BY k // 3 GROUPS BETWEEN 5 PRECEDING AND 5 FOLLOWING)',
    'ROWS to the end': 'sum(i) OVER (ORDER BY k ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)',
    ntile: 'ntile(7) OVER (ORDER BY k)',
    'ntile of 3 parts': 'ntile(7) OVER (PARTITION BY i % 3 ORDER BY k)',
    percent_rank: 'percent_rank() OVER (ORDER BY k)',
    'whole partitions': 'sum(i) OVER (PARTITION BY i % 10)',
    'share of a whole': 'i / sum(i) OVER (PARTITION BY k % 3) + rank() OVER (PARTITION BY k % 3 ORDER BY i)',
    'text of a whole': 'max(note) OVER (PARTITION BY i % 2)',
    'distinct values': 'count(DISTINCT i % 100) OVER (PARTITION BY i % 2)',
    'IGNORE NULLS': 'lag(nullif(i % 3, 0)) IGNORE NULLS OVER (ORDER BY k)',
  }
  const queries = Object.entries(calls).map(([name, call]) => [
    `window: ${name}`,
    `SELECT max(r), max(note) FROM (SELECT ${call} AS r, note FROM ${rows(2_000_000)} e) t`,
  ])
  return Object.fromEntries(queries) as Record<string, string>
}

/** Over rows that are made as they are read, so that nothing but the operator needs memory. */
const OPERATORS: Readonly<Record<string, string>> = {
  sort: `SELECT first(i), last(i), count(*) FROM (SELECT * FROM ${rows(2_000_000)} e ORDER BY note) t`,
  aggregate: `SELECT count(*), sum(n), max(least) FROM (
    SELECT note, count(*) AS n, min(k) AS least FROM ${rows(2_000_000)} e GROUP BY note) t`,
  distinct: `SELECT count(*), max(note) FROM (SELECT DISTINCT note, k FROM ${rows(2_000_000)} e) t`,
  'count distinct': `SELECT count(DISTINCT note), count(DISTINCT k) FROM ${rows(2_000_000)} e`,
  join: `SELECT count(*), sum(a.i), max(b.note) FROM ${rows(2_000_000)} a JOIN ${rows(2_000_000)} b ON a.k = b.k`,
  'nested loop': `SELECT count(*), sum(strlen(a.pad)), sum(strlen(b.pad)) FROM ${rows(4_000, ", repeat('x', 20000) AS pad")} a
    JOIN ${rows(4_000, ", repeat('y', 20000) AS pad")} b ON a.k * 17 % 1009 < b.k % 7`,
  asof: `SELECT count(*), sum(a.i), sum(b.i) FROM ${rows(1_000_000)} a ASOF JOIN ${rows(1_000_000)} b
    ON a.k % 1000 = b.k % 1000 AND a.i >= b.i`,
  window: `SELECT sum(r), max(total) FROM (SELECT rank() OVER w AS r, sum(i) OVER w AS total, note
    FROM ${rows(2_000_000)} e WINDOW w AS (PARTITION BY k % 1000 ORDER BY i)) t`,
  'window of one partition': `SELECT sum(near), max(total) FROM (SELECT sum(i) OVER () AS total,
    sum(i) OVER (ORDER BY k ROWS BETWEEN 5000 PRECEDING AND 5000 FOLLOWING) AS near FROM ${rows(2_000_000)} e) t`,
  ...windowCalls(),
  union: `SELECT count(*), max(note) FROM (SELECT note FROM ${rows(1_500_000)} a UNION SELECT note FROM ${rows(2_000_000)} b) t`,
  intersect: `SELECT count(*), max(note) FROM (SELECT note, k FROM ${rows(2_000_000)} a INTERSECT SELECT note, k FROM ${rows(2_000_000)} b) t`,
  except: `SELECT count(*), max(note) FROM (SELECT note, k FROM ${rows(2_000_000)} a EXCEPT SELECT note, k FROM ${rows(1_500_000)} b) t`,
  'recursive CTE': `WITH RECURSIVE r AS (SELECT i, 0 AS step, note FROM ${rows(700_000)} e
    UNION ALL SELECT i, step + 1, note FROM r WHERE step < 3) SELECT count(*), sum(step), max(note) FROM r`,
  CTAS: `CREATE OR REPLACE TABLE made AS SELECT * FROM ${rows(4_000_000)} e`,
}

/** One heap. */
interface HeapRun {
  readonly budgetBytes: number
  readonly fastestMs: number
  readonly profile: QueryProfile
  readonly answer: string
}

/** An operator in a large heap, and in heaps of a half and of a tenth of what it needs. */
export interface SlowdownRow {
  readonly operator: string
  /** What was reserved at the peak, without what was reserved before. */
  readonly needBytes: number
  readonly large: HeapRun
  readonly half: HeapRun
  readonly tenth: HeapRun
}

/** What is measured: how long one waits, or what all threads of the process spend, which others on the machine change less. */
export type Clock = 'wall' | 'cpu'

/** An engine with a heap of its own, and the times of a query in it. */
class TimedHeap {
  readonly #budgetBytes: number
  readonly #sql: string
  readonly #lake: Lakebook
  readonly #clock: Clock
  #fastestMs = Number.POSITIVE_INFINITY

  private constructor(budgetBytes: number, sql: string, lake: Lakebook, clock: Clock) {
    this.#budgetBytes = budgetBytes
    this.#sql = sql
    this.#lake = lake
    this.#clock = clock
  }

  static async open(budgetBytes: number, sql: string, { threads, clock }: TimedRuns): Promise<TimedHeap> {
    const lake = await openLakebook({ heapBudgetBytes: budgetBytes, threads })
    return new TimedHeap(budgetBytes, sql, lake, clock)
  }

  get reservedBytes(): number {
    return this.#lake.memory().reservedBytes
  }

  async run(): Promise<HeapRun> {
    const startedMs = performance.now()
    const before = process.cpuUsage()
    const { profile, table } = await this.#lake.sql(this.#sql)
    const { user, system } = process.cpuUsage(before)
    const elapsedMs = this.#clock === 'cpu' ? (user + system) / 1000 : performance.now() - startedMs
    this.#fastestMs = Math.min(this.#fastestMs, elapsedMs)
    const answer = table.toArray().map(String).join()
    return { budgetBytes: this.#budgetBytes, fastestMs: this.#fastestMs, profile, answer }
  }

  close(): Promise<void> {
    return this.#lake.close()
  }
}

/** The budget of which so much is left for queries. */
function budgetFor(bytes: number, threads: number): number {
  let budget = LEAST_BUDGET_BYTES
  while (budget - decoderShareBytes(budget, threads) < bytes) budget += PAGE_BYTES
  return budget
}

export interface TimedRuns {
  readonly threads: number
  readonly clock: Clock
}

/** Each operator, or those of `only`, in three heaps. */
export async function timeSlowdown(
  runs: TimedRuns,
  only: ReadonlySet<string> | null,
  onRow: (row: SlowdownRow) => void,
): Promise<void> {
  for (const [operator, sql] of Object.entries(OPERATORS)) {
    if (only !== null && !only.has(operator)) continue
    onRow({ operator, ...(await timeOperator(sql, runs)) })
  }
}

/** The heaps take turns, so that what else the machine does meets all of them. */
async function timeOperator(sql: string, how: TimedRuns): Promise<Omit<SlowdownRow, 'operator'>> {
  const large = await TimedHeap.open(LARGE_BYTES, sql, how)
  const { reservedBytes } = large
  const first = await large.run()
  const needBytes = first.profile.peakReservedBytes - reservedBytes
  const half = await TimedHeap.open(budgetFor(needBytes / 2, how.threads), sql, how)
  const tenth = await TimedHeap.open(budgetFor(needBytes / 10, how.threads), sql, how)
  const heaps = [large, half, tenth]
  try {
    let runs: HeapRun[] = []
    for (let round = 0; round < ROUNDS; round++) {
      runs = []
      for (const heap of heaps) runs.push(await heap.run())
    }
    return { needBytes, large: runs[0]!, half: runs[1]!, tenth: runs[2]! }
  } finally {
    for (const heap of heaps) await heap.close()
  }
}

export function printSlowdownTitle({ threads, clock }: TimedRuns): void {
  console.log(
    `\nSlow-down in a heap of a half and of a tenth of the need, ${threads} thread${threads > 1 ? 's' : ''}, fastest of ${ROUNDS} runs in ms${clock === 'cpu' ? ' of CPU time' : ''}`,
  )
  console.log(
    `  ${'operator'.padEnd(27)} ${'need'.padStart(7)} ${'large'.padStart(7)} ${'half'.padStart(13)} ${'tenth'.padStart(13)}   spilled at a half and at a tenth`,
  )
}

export function printSlowdown({ operator, needBytes, large, half, tenth }: SlowdownRow): void {
  const mib = (bytes: number): string => `${Math.round(bytes / MIB)}`
  const against = ({ fastestMs }: HeapRun): string =>
    `${fastestMs.toFixed(0).padStart(6)} ${(fastestMs / large.fastestMs).toFixed(2).padStart(6)}`
  const spilled = ({ profile }: HeapRun): string =>
    `${mib(profile.spilledBytes)} MiB in ${profile.spillCount}`
  const agree = [half, tenth].every(({ answer }) => answer === large.answer) ? '' : '   THE ANSWERS DIFFER'
  console.log(
    `  ${operator.padEnd(27)} ${mib(needBytes).padStart(7)} ${large.fastestMs.toFixed(0).padStart(7)} ${against(half)} ${against(tenth)}   ${spilled(half)}, ${spilled(tenth)}${agree}`,
  )
}
