import { afterAll, beforeAll, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import { SqlTestbed, smallTables } from '../testing/sql-testbed.ts'

let testbed: SqlTestbed

beforeAll(async () => {
  testbed = await SqlTestbed.open(smallTables)
})
afterAll(() => {
  testbed.close()
})

/** Code, message, the text that the span covers, and the hint. */
const cases: readonly (readonly [
  sql: string,
  code: string,
  message: string | RegExp,
  at: string,
  hint: string | RegExp | undefined,
])[] = [
  ['SELECT * FROM tt', 'unknown_table', 'There is no table "tt"', 'tt', 'Did you mean "t"?'],
  ['SELECT flg FROM t', 'unknown_column', 'There is no column "flg"', 'flg', 'Did you mean "flag"?'],
  [
    'SELECT t.nam FROM t, u',
    'unknown_column',
    'There is no column "nam" in "t"',
    't.nam',
    /There are a, b, d/,
  ],
  ['SELECT x.a FROM t', 'unknown_table', 'There is no table "x" in this FROM', 'x.a', /"t"|is t/],
  ['SELECT a FROM t, u', 'ambiguous', '"a" is in more than one table: t, u', 'a', 'Write t.a.'],
  [
    'SELECT lenght(s) FROM t',
    'unknown_function',
    'There is no function "lenght"',
    'lenght(s',
    'Did you mean "length"?',
  ],
  ['SELECT a FROM t WHERE s > a', 'type', 'Cannot compare VARCHAR and INTEGER', 's > a', /CAST/],
  ["SELECT a FROM t WHERE a = 'x'", 'cast', /Could not convert string 'x' to INTEGER/, "'x'", undefined],
  [
    'SELECT b, count(*) FROM t',
    'type',
    'The column "b" must be in GROUP BY or inside an aggregate',
    'b',
    /any_value/,
  ],
  ['SELECT a FROM t WHERE sum(a) > 1', 'type', 'The aggregate sum has no place in WHERE', 'sum(a', /HAVING/],
  [
    'SELECT a FROM t WHERE rank() OVER () = 1',
    'type',
    /window function rank has no place in WHERE/,
    'rank',
    /QUALIFY/,
  ],
  ['SELECT row_number() FROM t', 'syntax', 'row_number is a window function', 'row_number', /OVER/],
  ['SELECT sum(s) FROM t', 'type', 'sum does not take VARCHAR', 'sum(s', /Cast/],
  ['SELECT a FROM t ORDER BY 3', 'invalid_argument', /ORDER BY 3 is out of range/, '3', undefined],
  [
    'SELECT a FROM t UNION SELECT a, b FROM t',
    'type',
    /same number of columns: 1 and 2/,
    'SELECT',
    undefined,
  ],
  ['SELECT (SELECT a, b FROM t)', 'type', /has one column; this one has 2/, 'SELECT a, b FROM t', undefined],
  ['SELECT * EXCLUDE (zz) FROM t', 'unknown_column', 'There is no column "zz"', 'zz', undefined],
  ['SELECT t.a FROM t JOIN t ON true', 'ambiguous', 'Two tables of this FROM are called "t"', 't', /alias/],
  [
    "SELECT DATE '2024-02-29' < '2024-02-30'",
    'cast',
    /Could not convert string '2024-02-30' to DATE/,
    "'2024-02-30'",
    undefined,
  ],
  ['SELECT a LIMIT -1 FROM t', 'syntax', /./, 'FROM', undefined],
  [
    'WITH RECURSIVE r AS (SELECT n + 1 FROM r) SELECT * FROM r',
    'unsupported',
    'A recursive WITH that is no UNION is not supported yet',
    'r',
    'Write it as anchor UNION ALL step.',
  ],
  [
    'SELECT b, GROUPING(a) FROM t GROUP BY ROLLUP (b)',
    'type',
    'GROUPING takes expressions of GROUP BY',
    'a',
    undefined,
  ],
  ['INSERT INTO t (a, nope) VALUES (1, 2)', 'unknown_column', 'There is no column "nope"', 'nope', undefined],
  ['INSERT INTO t (a, b) VALUES (1)', 'type', /takes 2 values here, not 1/, 't', undefined],
  ['CREATE TABLE x (a INT, A INT)', 'ambiguous', 'The column "A" is there twice', 'A', undefined],
]

it.each(cases)('%s', (sql, code, message, at, hint) => {
  let caught: unknown
  try {
    testbed.bind(sql)
  } catch (error) {
    caught = error
  }
  if (!(caught instanceof LakebookError)) throw new Error(`expected a LakebookError, got ${String(caught)}`)
  expect(caught.code).toBe(code)
  if (typeof message === 'string') expect(caught.message).toBe(message)
  else expect(caught.message).toMatch(message)
  expect(sql.slice(caught.span?.start, caught.span?.end)).toBe(at)
  if (typeof hint === 'string') expect(caught.hint).toBe(hint)
  else if (hint) expect(caught.hint).toMatch(hint)
})
