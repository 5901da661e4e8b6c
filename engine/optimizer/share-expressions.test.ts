import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { compileExpression } from '../codegen/expression.ts'
import { loadValue, declareValue } from '../codegen/value.ts'
import { ConstantArea } from '../execution/constant-area.ts'
import { PipelineCompiler } from '../execution/pipeline-compiler.ts'
import type { Lakebook } from '../lakebook.ts'
import { openLakebook } from '../node.ts'
import { someExpression } from '../plan/expression-tree.ts'
import { nodeExpressions } from '../plan/plan-tree.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import { cellsOf } from '../testing/arrow-cells.ts'
import { openHeap } from '../testing/open-heap.ts'
import { planNodes } from '../testing/reference.ts'
import { smallTables, SqlTestbed } from '../testing/sql-testbed.ts'
import { optimize } from './optimize.ts'
import { shareExpressions } from './share-expressions.ts'

let lake: Lakebook
let testbed: SqlTestbed

beforeAll(async () => {
  testbed = await SqlTestbed.open(smallTables)
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.sql(`CREATE TABLE t AS SELECT i, CASE WHEN i % 3 = 0 THEN NULL ELSE i % 7 END AS a,
    CASE WHEN i % 5 = 0 THEN 'no number' ELSE ' ' || i END AS s FROM range(500) r(i)`)
})
afterAll(async () => {
  testbed.close()
  await lake.close()
})

const rows = async (sql: string): Promise<readonly string[]> =>
  cellsOf((await lake.sql(sql)).table).map((row) => row.map(String).join('|'))

describe('answers are as without it', () => {
  it.each([
    ['a projection', 'SELECT i, (a + 1) * 2 AS x, (a + 1) * 3 AS y, upper(s) || upper(s) AS z FROM t'],
    [
      'a filter and a projection',
      "SELECT i, upper(s) FROM t WHERE upper(s) LIKE ' 1%' AND length(upper(s)) < 4",
    ],
    [
      'aggregates',
      'SELECT a % 3, sum(a * i), avg(a * i), max(a * i) FILTER (WHERE a * i > 9) FROM t GROUP BY a % 3',
    ],
    [
      'errors under CASE, first in a branch and then in another',
      `SELECT CASE WHEN i % 5 <> 0 THEN CAST(s AS INTEGER) END AS x,
         CASE WHEN i % 5 <> 0 THEN CAST(s AS INTEGER) + 1 ELSE 0 END AS y FROM t`,
    ],
    [
      'errors behind AND',
      'SELECT i FROM t WHERE i % 5 <> 0 AND CAST(s AS INTEGER) > 3 AND CAST(s AS INTEGER) < 99',
    ],
    ['in a branch, and then always', 'SELECT CASE WHEN i % 2 = 0 THEN upper(s) END, upper(s), a + i FROM t'],
    ['coalesce', 'SELECT coalesce(a, i * i), coalesce(a + 1, i * i + 1), i * i FROM t'],
    [
      'what a left join makes NULL',
      `SELECT t.i, u.a + 1, coalesce(u.a + 1, 0) FROM t LEFT JOIN t u ON t.i = u.i + 400`,
    ],
    ['lambdas', 'SELECT list_transform([a, i], x -> x + 1), list_transform([a, i], y -> (y + 1) * 2) FROM t'],
    [
      'windows',
      'SELECT i, sum(a + 1) OVER (PARTITION BY a % 2 ORDER BY i), rank() OVER (PARTITION BY a % 2 ORDER BY a + 1, i) FROM t',
    ],
    ['a union', 'SELECT a + i, (a + i) * 2 FROM t UNION ALL SELECT i - a, (i - a) * 2 FROM t'],
    ['unnest', 'SELECT unnest([a + 1, i]), a + 1, i * 2, i * 2 + 1 FROM t'],
  ])('%s', async (_, sql) => {
    const shared = await rows(sql)
    await lake.sql('SET optimizer.share_expressions = false')
    const plain = await rows(sql)
    await lake.sql('RESET optimizer.share_expressions')
    expect(shared.length).toBeGreaterThan(0)
    expect(shared.toSorted()).toEqual(plain.toSorted())
  })

  it('for functions that give another value each time', async () => {
    const [line] = await rows(
      'SELECT count(*) FILTER (WHERE x = y), count(DISTINCT x) FROM (SELECT random() AS x, random() AS y FROM t)',
    )
    expect(line).toBe('0|500')
  })
})

const repeated = (plan: LogicalPlan): readonly Expression[] => {
  const found = new Set<Expression>()
  for (const node of planNodes(plan))
    for (const expression of nodeExpressions(node))
      someExpression(expression, (each) => {
        if (each.repeats === true) found.add(each)
        return false
      })
  return [...found]
}

it.each([
  ['SELECT a + b, (a + b) * 2 FROM t', 1],
  ['SELECT sum(a * b), sum(a * b * 2) FROM t WHERE a * b > 3', 1],
  ['SELECT a + b, b + a FROM t', 0],
  ['SELECT a + 1, a + 2 FROM t', 0],
  ['SELECT random() * 2, random() * 2 FROM t', 0],
])('one object stands for what is equal: %s', (sql, count) => {
  expect(repeated(optimize(testbed.plan(sql), { disabled: new Set() }).plan)).toHaveLength(count)
  expect(
    repeated(optimize(testbed.plan(sql), { disabled: new Set(['share_expressions']) }).plan),
  ).toHaveLength(0)
})

describe('code', () => {
  const column: Expression = { kind: 'column', id: 1, name: 'x', type: types.int64, nullable: false }
  const product = (): Expression => ({
    kind: 'call',
    fn: '*',
    args: [column, column],
    type: types.int64,
    nullable: false,
  })
  const codeOf = async (expressions: readonly Expression[], redefine = false): Promise<number> => {
    const { heap, pagesOf } = await openHeap()
    const compiler = new PipelineCompiler({
      shared: heap.shared,
      constants: new ConstantArea(pagesOf('code')),
    })
    const define = (): void =>
      compiler.define(1, () => {
        const value = declareValue(compiler.f, types.int64, false)
        loadValue(compiler.f, value, compiler.thread, 0)
        return value
      })
    const program = compiler.compile({ emit: (_compiler, _index, next) => next() }, [], {
      emit: () => {
        define()
        for (const expression of expressions) {
          compileExpression(compiler, expression)
          if (redefine) define()
        }
      },
    })
    return program.bytes.length
  }
  const shared = (): readonly Expression[] => {
    const items = [product(), product(), product(), product()].map((expression, id) => ({
      output: { id: 10 + id, name: 'y', type: types.int64, nullable: false },
      expression,
    }))
    const input: LogicalPlan = {
      kind: 'values',
      columns: [{ id: 1, name: 'x', type: types.int64, nullable: false }],
      rows: [],
    }
    return nodeExpressions(shareExpressions({ kind: 'project', input, items }))
  }

  it('of equal expressions is there once', async () => {
    const plain = await codeOf([product(), product(), product(), product()])
    const once = await codeOf([product()])
    expect(plain).toBeGreaterThan(1.5 * once)
    expect(await codeOf(shared())).toBe(once)
  })

  it('is made again for a column that is defined anew', async () => {
    const plain = await codeOf([product(), product(), product(), product()], true)
    expect(await codeOf(shared(), true)).toBe(plain)
  })
})
