import { nodePlatform } from '../node-platform.ts'
import type { JoinType, LogicalPlan } from '../plan/plan.ts'
import type { BuiltInPolicy } from '../memory/tracked-pool.ts'
import { Session } from '../session.ts'
import { cellsOf } from './arrow-cells.ts'
import { heldByQueries } from './held-by-queries.ts'
import { makeLargeFiles } from './large-file.ts'

/** Every operator, each reduced to one row of checksums that do not depend on order among equals. */
export const GRID_QUERIES: Readonly<Record<string, string>> = {
  sort: `SELECT sum(place * (id % 1009)) FROM (SELECT id, row_number() OVER (ORDER BY note, id) AS place FROM events) t`,
  'top n': `SELECT sum(id), min(note), max(note) FROM (SELECT * FROM events ORDER BY note DESC, id LIMIT 20000 OFFSET 100) t`,
  'group by': `SELECT count(*), sum(n), sum(total), max(first) FROM (
    SELECT person, kind, count(*) AS n, sum(amount) AS total, min(note) AS first FROM events GROUP BY person, kind) t`,
  distinct: `SELECT count(*), min(note) FROM (SELECT DISTINCT note FROM events) t`,
  'count distinct': `SELECT count(DISTINCT note), count(DISTINCT person) FROM events`,
  'distinct states': `SELECT count(*), sum(d), sum(s) FROM (
    SELECT kind, count(DISTINCT person) AS d, sum(DISTINCT amount) AS s FROM events GROUP BY kind) t`,
  'collecting states': `SELECT count(*), sum(length(notes)), min(notes) FROM (
    SELECT person, string_agg(note, ',' ORDER BY id) AS notes FROM events GROUP BY person) t`,
  median: `SELECT count(*), sum(m) FROM (SELECT person, median(id) AS m FROM events GROUP BY person) t`,
  'states of one group': `SELECT median(id), quantile_disc(note, 0.25), mode(person), mad(id), sum(amount) FROM events`,
  'states of few groups': `SELECT count(*), sum(m), sum(q), min(o), sum(h) FROM (SELECT kind, median(id) AS m, quantile_cont(amount, 0.25) AS q,
    mode(person) AS o, cardinality(histogram(person % 100)) AS h FROM events GROUP BY kind) t`,
  join: `SELECT count(*), sum(e.id * p.team), max(p.name) FROM events e JOIN people p ON e.person = p.person WHERE p.active`,
  'join on text': `SELECT count(*), sum(a.id) FROM events a JOIN events b ON a.note = b.note`,
  'join on one key': `SELECT count(*), sum(e.id) FROM events e
    JOIN (SELECT 7 AS k, id FROM events WHERE id % 8 = 0) b ON b.k = e.person`,
  'left join': `SELECT count(*), count(p.name), sum(e.id) FROM people p LEFT JOIN events e ON p.person = e.person AND e.id % 10 = 0`,
  'right join': `SELECT count(*), count(e.id), sum(p.person) FROM events e RIGHT JOIN people p ON e.person = p.person AND e.id % 50 = 0`,
  'full join': `SELECT count(*), count(a.id), count(b.id), sum(a.id) FROM (SELECT * FROM events WHERE id % 3 = 0) a
    FULL JOIN (SELECT * FROM events WHERE id % 2 = 0) b ON a.id = b.id`,
  'nested loop join': `SELECT count(*), sum(e.id) FROM (SELECT * FROM events WHERE id % 400 = 0) e
    JOIN people p ON e.person < p.person AND p.person % 50 = 0`,
  'semi and anti join': `SELECT (SELECT count(*) FROM people WHERE person IN (SELECT person FROM events WHERE id % 7 = 0)),
    (SELECT count(*) FROM people p WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.person = p.person AND e.id % 7 = 0))`,
  window: `SELECT sum(r), sum(s * 1.0), sum(prev), max(total) FROM (SELECT
    rank() OVER w AS r, count(*) OVER w AS s, lag(id, 1, 0) OVER w AS prev, sum(amount) OVER (PARTITION BY person) AS total
    FROM events WINDOW w AS (PARTITION BY person ORDER BY moment, id)) t`,
  'window of one partition': `SELECT max(total), sum(place) FROM (SELECT
    sum(id) OVER (ORDER BY moment, id) AS total, row_number() OVER (ORDER BY moment, id) AS place FROM events) t`,
  'window over a whole partition': `SELECT max(total), max(latest), sum(tile * (id % 1009)), sum(ahead), sum(near), max(best) FROM (
    SELECT id, sum(amount) OVER () AS total, ntile(7) OVER w AS tile, lead(id, 100000) OVER w AS ahead,
      last_value(note) OVER (w ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS latest,
      sum(id) OVER (w ROWS BETWEEN 60000 PRECEDING AND 30000 FOLLOWING) AS near,
      max(note) OVER (w ROWS BETWEEN 20000 PRECEDING AND 10000 PRECEDING) AS best
    FROM events WINDOW w AS (ORDER BY moment, id)) t`,
  'window of one tie': `SELECT max(place), sum(n), sum(share) FROM (SELECT rank() OVER w AS place, count(*) OVER w AS n,
    cume_dist() OVER w AS share FROM events WINDOW w AS (ORDER BY id // 300000)) t`,
  'window of gathered values': `SELECT count(*), sum(m), max(q), min(o), sum(k), sum(place) FROM (SELECT
    median(id) OVER () AS m, quantile_disc(note, 0.25) OVER () AS q, mode(person) OVER () AS o,
    median(amount) OVER (PARTITION BY kind) AS k, row_number() OVER (PARTITION BY kind ORDER BY id) AS place FROM events) t`,
  'weighted window': `SELECT count(*), sum(floor(m * 16)::BIGINT) FROM (SELECT
    ewm_mean(id % 1000, 0.25, true, false, 1, false) OVER (ORDER BY moment, id) AS m FROM events) t`,
  union: `SELECT count(*), sum(n) FROM (SELECT person, count(*) AS n FROM (
    SELECT person FROM events UNION ALL SELECT person FROM people) u GROUP BY person) t`,
  intersect: `SELECT count(*), sum(person) FROM (SELECT person FROM events INTERSECT SELECT person FROM people WHERE active) t`,
  'except all': `SELECT count(*), sum(person) FROM (SELECT person FROM events EXCEPT ALL SELECT person FROM people) t`,
  'common table': `WITH c AS (SELECT id, note FROM events WHERE id % 2 = 0)
    SELECT count(*), sum(a.id), min(a.note) FROM c a JOIN c b ON a.id = b.id + 2`,
  unnest: `SELECT count(*), sum(x) FROM (SELECT unnest([id, person]) AS x FROM events) t`,
  'asof join': `SELECT count(*), sum(e.id), sum(b.id) FROM events e
    ASOF LEFT JOIN (SELECT id, person, moment FROM events WHERE id % 3 = 0) b ON e.person = b.person AND e.moment > b.moment`,
  'positional join': `SELECT count(*), count(b.id), sum(a.person) FROM (SELECT person, name FROM people) a
    POSITIONAL JOIN (SELECT id, note FROM events WHERE id % 4 = 0) b`,
  'cross join': `SELECT count(*), sum(e.id * p.person), max(e.note) FROM (SELECT id, note FROM events WHERE id % 8 = 0) e,
    (SELECT person FROM people WHERE person % 6000 = 1) p`,
  'single join': `SELECT count(*), sum(team), max(name) FROM (SELECT e.id,
    (SELECT p.team FROM people p WHERE p.person = e.person) AS team,
    (SELECT p.name FROM people p WHERE p.person = e.id) AS name FROM events e) t`,
  'mark join': `SELECT count(*), sum(id) FROM events e
    WHERE e.id % 5 = 0 OR e.note IN (SELECT note FROM events WHERE id % 3 = 1)`,
  recursion: `WITH RECURSIVE r(id, step, note) AS (SELECT id, 0, note FROM events WHERE id < 60000
    UNION ALL SELECT id, step + 1, note FROM r WHERE step < 3) SELECT count(*), sum(id), sum(step), max(note) FROM r`,
  'recursion of distinct rows': `WITH RECURSIVE r(id, note) AS (SELECT id, note FROM events WHERE id < 30000
    UNION SELECT (id * 7) % 400000, note FROM r WHERE id < 60000) SELECT count(*), sum(id), max(note) FROM r`,
}

/** How each node of a plan begins in EXPLAIN; a kind of node or of join that no query has makes a test fail. */
export const GRID_NODES: readonly string[] = [
  ...Object.values({
    scan: 'Scan',
    values: 'Values',
    filter: 'Filter',
    project: 'Project',
    aggregate: 'Aggregate',
    sort: 'Sort',
    limit: 'Limit',
    window: 'Window',
    union: 'Union',
    unnest: 'Unnest',
    row_number: 'RowNumber',
    shared: 'Shared',
    recursion: 'Recursion',
    working_table: 'WorkingTable',
  } satisfies Record<Exclude<LogicalPlan['kind'], 'join'>, string>),
  ...Object.keys({
    inner: 1,
    left: 1,
    right: 1,
    full: 1,
    semi: 1,
    anti: 1,
    mark: 1,
    single: 1,
  } satisfies Record<JoinType, 1>).map((type) => `Join ${type}`),
  'TopN',
]

/** How an engine is opened and set. */
export interface GridPoint {
  readonly budgetMiB: number
  readonly threads: number
  readonly pool: BuiltInPolicy
  readonly memory: 'shared' | 'unshared'
  readonly compression: 'none' | 'lz4'
  /** Of SET target_partitions; null where it is left alone. */
  readonly partitions: number | null
}

const AXES: { readonly [Axis in keyof GridPoint]: readonly GridPoint[Axis][] } = {
  budgetMiB: [16, 24, 32, 64, 256, 1024],
  threads: [1, 2, 4],
  pool: ['fair', 'greedy'],
  memory: ['shared', 'unshared'],
  compression: ['none', 'lz4'],
  partitions: [null, 4, 16],
}

/** Every point; numbers of partitions take turns, each value meeting every two of the other axes. */
export function wholeGrid(): readonly GridPoint[] {
  return everyPoint().filter(
    ({ partitions }, index) => partitions === AXES.partitions[Math.floor(index / 3) % AXES.partitions.length],
  )
}

function everyPoint(): readonly GridPoint[] {
  return AXES.budgetMiB.flatMap((budgetMiB) =>
    AXES.threads.flatMap((threads) =>
      AXES.pool.flatMap((pool) =>
        AXES.memory.flatMap((memory) =>
          AXES.compression.flatMap((compression) =>
            AXES.partitions.map((partitions) => ({
              budgetMiB,
              threads,
              pool,
              memory,
              compression,
              partitions,
            })),
          ),
        ),
      ),
    ),
  )
}

/** Some points of the grid, among which every two values of two axes meet. */
export function pairwiseGrid(): readonly GridPoint[] {
  const all = everyPoint()
  const open = new Set(all.flatMap(pairsOf))
  const chosen: GridPoint[] = []
  while (open.size > 0) {
    const gain = (point: GridPoint): number => pairsOf(point).filter((pair) => open.has(pair)).length
    const best = all.reduce((most, point) => (gain(point) > gain(most) ? point : most))
    chosen.push(best)
    for (const pair of pairsOf(best)) open.delete(pair)
  }
  return chosen
}

function pairsOf(point: GridPoint): readonly string[] {
  const values = Object.entries(point).map(([axis, value]) => `${axis} ${value}`)
  return values.flatMap((value, index) => values.slice(index + 1).map((other) => `${value}, ${other}`))
}

/** Native DuckDB lacks a function of these: their judge is the engine in a heap where nothing spills. */
const NOT_IN_DUCKDB: ReadonlySet<string> = new Set(['weighted window'])

async function askInLargeHeap(
  paths: Readonly<Record<string, string>>,
  sql: string,
): Promise<readonly (string | null)[]> {
  const session = await Session.open(nodePlatform, {
    heapBudgetBytes: 2 ** 30,
    memoryPool: 'fair',
    threads: 1,
  })
  try {
    for (const [name, path] of Object.entries(paths)) await session.registerFile(name, [path])
    const result = await session.run('sql', sql)
    const [row = []] = cellsOf(result.toArrow())
    result.close()
    return row.map((cell) => (cell === null ? null : String(cell)))
  } finally {
    await session.close()
  }
}

/** The queries with the answers of native DuckDB, over files that a small heap cannot hold. */
export class BudgetGrid {
  readonly paths: Readonly<Record<string, string>>
  readonly #answers: ReadonlyMap<string, readonly (string | null)[]>
  readonly #close: () => Promise<void>

  private constructor(
    paths: Readonly<Record<string, string>>,
    answers: ReadonlyMap<string, readonly (string | null)[]>,
    close: () => Promise<void>,
  ) {
    this.paths = paths
    this.#answers = answers
    this.#close = close
  }

  static async open(names: readonly string[] = Object.keys(GRID_QUERIES)): Promise<BudgetGrid> {
    const files = await makeLargeFiles()
    const answers = new Map<string, readonly (string | null)[]>()
    for (const name of names) {
      const sql = GRID_QUERIES[name]!
      answers.set(
        name,
        NOT_IN_DUCKDB.has(name) ? await askInLargeHeap(files.paths, sql) : await files.ask(sql),
      )
    }
    return new BudgetGrid(files.paths, answers, () => files.close())
  }

  close(): Promise<void> {
    return this.#close()
  }

  /** Nodes of `GRID_NODES` that the plan of no query has. */
  async uncovered(): Promise<readonly string[]> {
    const session = await Session.open(nodePlatform, {
      heapBudgetBytes: 64 * 2 ** 20,
      memoryPool: 'fair',
      threads: 1,
    })
    try {
      for (const [name, file] of Object.entries(this.paths)) await session.registerFile(name, [file])
      const lines: string[] = []
      for (const sql of Object.values(GRID_QUERIES)) {
        const explained = await session.run('sql', `EXPLAIN ${sql}`)
        lines.push(...(explained.message ?? '').split('\n').map((line) => line.trim()))
        explained.close()
      }
      return GRID_NODES.filter((node) => !lines.some((line) => line === node || line.startsWith(`${node} `)))
    } finally {
      await session.close()
    }
  }

  /** Runs queries at one point. Returns what was wrong: answers, peaks above the budget, things that were left. */
  async problemsAt(point: GridPoint, names: readonly string[]): Promise<readonly string[]> {
    const problems: string[] = []
    const budgetBytes = point.budgetMiB * 2 ** 20
    const platform = { ...nodePlatform, canShare: point.memory === 'shared' }
    const session = await Session.open(platform, {
      heapBudgetBytes: budgetBytes,
      memoryPool: point.pool,
      threads: point.threads,
    })
    try {
      for (const [name, file] of Object.entries(this.paths)) await session.registerFile(name, [file])
      const set = await session.run('sql', `SET spill_compression = '${point.compression}'`)
      set.close()
      if (point.partitions !== null) {
        const dealt = await session.run('sql', `SET target_partitions = ${point.partitions}`)
        dealt.close()
      }
      for (const name of names) {
        try {
          problems.push(...(await this.#problemsOf(session, name, budgetBytes)))
        } catch (error) {
          problems.push(`${name}: ${String(error)}`)
        }
        problems.push(...heldByQueries(session.resources.runtime).map((held) => `${name} left ${held}`))
      }
    } finally {
      await session.close()
    }
    return problems
  }

  async #problemsOf(session: Session, name: string, budgetBytes: number): Promise<readonly string[]> {
    const problems: string[] = []
    const result = await session.run('sql', GRID_QUERIES[name]!)
    const found = cellsOf(result.toArrow())[0]?.map((cell) => (cell === null ? null : String(cell)))
    const wanted = this.#answers.get(name)
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      problems.push(`${name}: ${JSON.stringify(found)} where it should be ${JSON.stringify(wanted)}`)
    }
    const { peakReservedBytes } = result.profile
    if (peakReservedBytes > budgetBytes) problems.push(`${name}: ${peakReservedBytes} bytes at its peak`)
    result.close()
    return problems
  }
}
