import { afterAll, beforeAll, expect, it } from 'vitest'
import { RandomQueries } from '../testing/random-query.ts'
import { SqlTestbed, smallTables } from '../testing/sql-testbed.ts'
import { optimize } from './optimize.ts'
import { ruleNames } from './rules.ts'

let testbed: SqlTestbed

beforeAll(async () => {
  testbed = await SqlTestbed.open(smallTables)
})
afterAll(() => {
  testbed.close()
})

const seeds = Array.from({ length: 8 }, (_, index) => Number(process.env['LAKEBOOK_SEED'] ?? 1) + index)

it.each(seeds)(
  'random queries of seed %i have DuckDB’s answer, as bound and as optimised, with any rule off',
  async (seed) => {
    const queries = new RandomQueries(seed)
    for (let count = 0; count < 40; count += 1) {
      const sql = queries.query()
      const off = ruleNames[count % ruleNames.length]!
      const { ours, theirs } = await testbed.both(sql)
      expect(ours, sql).toEqual(theirs)
      const all = await testbed.both(sql, (plan) => optimize(plan, { disabled: new Set() }).plan)
      expect(all.ours, `optimised: ${sql}`).toEqual(theirs)
      const some = await testbed.both(sql, (plan) => optimize(plan, { disabled: new Set([off]) }).plan)
      expect(some.ours, `without ${off}: ${sql}`).toEqual(theirs)
    }
  },
  60_000,
)
