import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SqlTestbed, smallTables } from '../testing/sql-testbed.ts'
import { optimize } from './optimize.ts'
import { ruleNames } from './rules.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { planNodes } from '../testing/reference.ts'
import { nodeExpressions } from '../plan/plan-tree.ts'
import { hasSubquery } from '../plan/expression-tree.ts'

let testbed: SqlTestbed

beforeAll(async () => {
  testbed = await SqlTestbed.open(smallTables)
})
afterAll(() => testbed.close())

const queries = [
  'SELECT * FROM t WHERE a = (SELECT max(a) FROM u)',
  'SELECT a, (SELECT count(*) FROM u WHERE u.a = t.a), (SELECT sum(big) + 1 FROM u WHERE u.a = t.a) FROM t',
  'SELECT a, (SELECT count(*) FROM u WHERE u.a < t.a) FROM t',
  'SELECT a, (SELECT count(*) * 2 + coalesce(sum(big), 7) FROM u WHERE u.a = t.a) FROM t',
  'SELECT a, (SELECT name FROM u WHERE u.big = t.a * 100) FROM t',
  'SELECT a, (SELECT name FROM u WHERE u.a = t.a ORDER BY big DESC LIMIT 1) FROM t',
  'SELECT a, (SELECT max(big) FROM u WHERE u.a = t.a HAVING count(*) > 1) FROM t',
  'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND u.big > t.a * 10)',
  'SELECT a FROM t WHERE NOT EXISTS (SELECT * FROM u WHERE u.a = t.a)',
  'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a > 100)',
  'SELECT a FROM t WHERE NOT EXISTS (SELECT 1 FROM u WHERE u.a > 100)',
  'SELECT a, EXISTS (SELECT 1 FROM u WHERE u.a = t.a) AS e FROM t',
  'SELECT a FROM t WHERE EXISTS (SELECT count(*) FROM u WHERE u.a = t.a)',
  'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a <> t.a LIMIT 1)',
  'SELECT a FROM t WHERE a IN (SELECT a FROM u)',
  'SELECT a FROM t WHERE a NOT IN (SELECT a FROM u)',
  'SELECT a FROM t WHERE b NOT IN (SELECT big FROM u WHERE u.a = t.a)',
  'SELECT a FROM t WHERE a NOT IN (SELECT a FROM u WHERE a IS NOT NULL)',
  'SELECT a, b IN (SELECT u.a * 10 FROM u WHERE u.big > t.a) FROM t',
  'SELECT a, 2 IN (SELECT u.a FROM u WHERE u.big > t.a * 60) FROM t',
  'SELECT a FROM t WHERE a IN (SELECT u.a FROM u JOIN o ON o.id = u.a WHERE o.n > t.a) OR b = 30',
  'SELECT a FROM t WHERE b > (SELECT avg(x.b) FROM t x WHERE x.flag = t.flag)',
  'SELECT a FROM t WHERE b > (SELECT avg(x.b) FROM t x WHERE x.flag = t.flag AND x.a <> t.a)',
  'SELECT b, (SELECT max(u.big) FROM u WHERE u.a = t.b) FROM t GROUP BY b',
  'SELECT b, count(*) FROM t GROUP BY b HAVING count(*) > (SELECT count(*) FROM o WHERE o.id = t.b)',
  'SELECT a FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.a = t.a AND EXISTS (SELECT 1 FROM o WHERE o.id = u.a AND o.n > t.a))',
  'SELECT a FROM t WHERE a = (SELECT max(u.a) FROM u WHERE u.big < (SELECT sum(o.n) * t.a * 10 FROM o WHERE o.id <= u.a))',
  'SELECT t.a, z.m FROM t, LATERAL (SELECT max(big) AS m FROM u WHERE u.a <= t.a) z',
  'SELECT t.a, z.big FROM t, LATERAL (SELECT big FROM u WHERE u.a <= t.a ORDER BY big DESC LIMIT 2) z',
  'SELECT sum((SELECT count(*) FROM u WHERE u.a = t.a)) FROM t',
  'SELECT a FROM t ORDER BY (SELECT count(*) FROM u WHERE u.a = t.a) DESC, a',
  'SELECT a, (SELECT x FROM (SELECT u.a AS x FROM u WHERE u.a = t.a UNION ALL SELECT o.id FROM o WHERE o.id = t.a + 100) q LIMIT 1) FROM t',
  'SELECT count(DISTINCT b), sum(a), count(*), min(s) FROM t',
  'SELECT flag, count(DISTINCT b), count(DISTINCT s), sum(DISTINCT b), avg(a), count(*) FROM t GROUP BY flag',
  'SELECT b, count(DISTINCT flag) FILTER (WHERE a > 1), sum(a) FROM t GROUP BY b',
  'SELECT count(DISTINCT a), count(*) FROM empty',
  'SELECT sum(a), sum(a + 1), sum(2 + a), sum(a - 3) FILTER (WHERE b > 10), sum(b + 1 + 2), sum(DISTINCT b + 1) FROM t',
  'SELECT flag, sum(b + 1), sum(7 - b), sum(b + a), sum(b + NULL) FROM t GROUP BY flag',
  'SELECT sum(a + 1) FROM empty',
  "SELECT x.a, y.name, z.k FROM t x, u y, o z WHERE x.a = y.a AND z.id = x.a AND (y.big = 100 AND z.k = 'x' OR y.big = 200 AND z.k = 'x')",
  'SELECT t.a FROM t LEFT JOIN u ON t.a = u.a WHERE u.big > 150',
  'SELECT t.a, u.big FROM t FULL JOIN u ON t.a = u.a WHERE t.a > 1',
  'SELECT t.a, u.big FROM t FULL JOIN u ON t.a = u.a WHERE t.a > 1 AND u.big > 1',
  'SELECT t.a, u.a FROM t RIGHT JOIN u ON t.a = u.a AND t.b = 10 WHERE u.a < 5',
  'SELECT t.a FROM t LEFT JOIN u ON t.a = u.a AND t.b = 10 AND u.big = 100 WHERE t.a < 5',
  'SELECT * FROM (SELECT a, b, row_number() OVER (PARTITION BY b ORDER BY a) AS r FROM t) WHERE b = 10 AND r = 1',
  'SELECT * FROM (SELECT b, sum(a) AS s FROM t GROUP BY b) WHERE b > 5 AND s > 3',
  'SELECT * FROM (SELECT a AS k FROM t UNION ALL SELECT a FROM u) WHERE k > 1',
  'SELECT a FROM (SELECT a, b FROM t ORDER BY a LIMIT 3) WHERE b = 10',
  'SELECT a, s FROM t ORDER BY d DESC NULLS LAST LIMIT 2 OFFSET 1',
  "SELECT a FROM t WHERE dt <= DATE '2024-03-01' - INTERVAL 1 DAY AND dt >= TIMESTAMP '2024-01-31 00:00:00'",
  'SELECT a FROM t WHERE 1 = 1 AND a > 1 + 1 AND NOT (a > 4 OR false)',
  'SELECT a FROM t WHERE 1 = 0',
  'SELECT count(*) FROM t, u, o, empty',
  'SELECT count(*) FROM t x1, t x2, t x3, u y1, u y2, o z WHERE x1.a = x2.a AND x2.b = x3.b AND y1.a = x3.a AND y2.a = y1.a AND z.id = y2.a',
  "SELECT t.a FROM t, u WHERE t.a IN (SELECT id FROM o) AND t.a = u.a AND u.a NOT IN (SELECT id FROM o WHERE k = 'y')",
  'SELECT b FROM t EXCEPT SELECT a * 10 FROM u',
]

describe('the answer is the same with and without rules', () => {
  it.each(queries)('%s', async (query) => {
    const { ours, theirs } = await testbed.both(query)
    expect(ours, 'bound').toEqual(theirs)
    const optimized = await testbed.both(query, (plan) => optimize(plan, { disabled: new Set() }).plan)
    expect(optimized.ours, 'optimised').toEqual(theirs)
    const bare = await testbed.both(query, (plan) => optimize(plan, { disabled: new Set(ruleNames) }).plan)
    expect(bare.ours, 'required rules only').toEqual(theirs)
  })

  it.each(ruleNames)('also without %s', async (name) => {
    for (const query of queries) {
      const { ours, theirs } = await testbed.both(
        query,
        (plan) => optimize(plan, { disabled: new Set([name]) }).plan,
      )
      expect(ours, query).toEqual(theirs)
    }
  })

  it('leaves no subquery and no DISTINCT aggregate', () => {
    for (const query of queries) {
      const plan: LogicalPlan = optimize(testbed.plan(query), { disabled: new Set() }).plan
      for (const node of planNodes(plan)) {
        expect(nodeExpressions(node).some(hasSubquery)).toBe(false)
        expect(node.kind === 'aggregate' && node.aggregates.some((call) => call.distinct)).toBe(false)
      }
    }
  })
})
