import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeResult } from '../testing/compare-results.ts'
import { evaluatePlan } from '../testing/reference.ts'
import { SqlTestbed, smallTables } from '../testing/sql-testbed.ts'
import { types } from '../arrow/types.ts'

let testbed: SqlTestbed

beforeAll(async () => {
  testbed = await SqlTestbed.open(smallTables)
})
afterAll(() => {
  testbed.close()
})

function rows(sql: string): readonly string[] {
  return describeResult(evaluatePlan(testbed.plan(sql)), true).slice(1)
}

describe('statements that are queries', () => {
  it('SHOW TABLES and DESCRIBE', () => {
    expect(rows('SHOW TABLES')).toEqual(['empty', 'o', 't', 'u'])
    expect(rows('DESCRIBE u')).toEqual([
      'a | INTEGER | YES | NULL | NULL | NULL',
      'name | VARCHAR | NO | NULL | NULL | NULL',
      'big | BIGINT | YES | NULL | NULL | NULL',
    ])
    expect(rows('DESCRIBE SELECT sum(a) AS s, avg(d) FROM t')).toEqual([
      's | HUGEINT | YES | NULL | NULL | NULL',
      'avg(d) | DOUBLE | YES | NULL | NULL | NULL',
    ])
  })

  it('SUMMARIZE', () => {
    expect(rows('SUMMARIZE SELECT a, name FROM u')).toEqual([
      'a | INTEGER | 1 | 7 | 3 | 3.0 | 2.70801280154532 | 2 | 2 | 3 | 5 | 20.00',
      'name | VARCHAR | none | zwei | 5 | NULL | NULL | NULL | NULL | NULL | 5 | 0.00',
    ])
  })
})

describe('statements that change something', () => {
  it('CREATE TABLE', () => {
    expect(testbed.bind('CREATE TABLE x (a INT NOT NULL, b DECIMAL(5,1))')).toMatchObject({
      kind: 'create_table',
      name: 'x',
      fields: [
        { name: 'a', type: types.int32, nullable: false },
        { name: 'b', type: { kind: 'decimal', precision: 5, scale: 1 }, nullable: true },
      ],
      plan: null,
    })
    const created = testbed.bind('CREATE OR REPLACE TABLE main.x AS SELECT a, NULL AS n FROM t')
    expect(created).toMatchObject({
      name: 'x',
      orReplace: true,
      fields: [{ name: 'a' }, { name: 'n', type: types.int32 }],
    })
    expect(testbed.bind('CREATE TABLE x (p BIGINT) AS SELECT a FROM t')).toMatchObject({
      fields: [{ name: 'p', type: types.int64 }],
    })
  })

  it('CREATE VIEW keeps the text, and a view reads like a table', () => {
    const view = testbed.bind('CREATE VIEW v (k, n) AS SELECT b, count(*) FROM t GROUP BY b')
    if (view.kind !== 'create_view') throw new Error(view.kind)
    testbed.catalog.set({
      kind: 'view',
      name: view.name,
      text: view.text,
      manner: view.manner,
      columns: view.columns,
    })
    expect(rows('SELECT x.k, y.n FROM v x JOIN v y USING (k) ORDER BY k')).toEqual([
      '10 | 2',
      '20 | 2',
      '30 | 1',
    ])
    const { manner } = view
    testbed.catalog.set({ kind: 'view', name: 'loop', text: 'SELECT * FROM loop', manner, columns: [] })
    expect(() => testbed.bind('SELECT * FROM loop')).toThrow('The view "loop" reads itself')
  })

  it('a frame reads like a table, also twice', () => {
    testbed.catalog.set({ kind: 'frame', name: 'f', plan: testbed.plan('SELECT a, b FROM t WHERE a < 3') })
    expect(rows('SELECT x.a, y.b FROM f x, f y ORDER BY 1, 2')).toEqual([
      '1 | 10',
      '1 | 20',
      '2 | 10',
      '2 | 20',
    ])
  })

  it('INSERT casts to the columns and fills what is left out', () => {
    const statement = testbed.bind("INSERT INTO u (name, a) VALUES ('x', '5'), ('y', DEFAULT)")
    if (statement.kind !== 'change') throw new Error(statement.kind)
    expect(describeResult(evaluatePlan(statement.plan), true)).toEqual([
      'INTEGER | VARCHAR | BIGINT',
      '5 | x | NULL',
      'NULL | y | NULL',
    ])
  })

  it('SET, RESET, DROP, COPY and EXPLAIN', () => {
    expect(testbed.bind("SET memory_limit = '64MB'")).toMatchObject({
      kind: 'set',
      name: 'memory_limit',
      value: '64MB',
    })
    expect(testbed.bind('SET memory_pool = fair')).toMatchObject({ value: 'fair' })
    expect(testbed.bind('SET target_partitions = 4')).toMatchObject({ value: 4 })
    expect(testbed.bind('SET optimizer.push_filters TO false')).toMatchObject({
      name: 'optimizer.push_filters',
      value: false,
    })
    expect(testbed.bind('RESET ALL')).toMatchObject({ kind: 'reset', name: null })
    expect(testbed.bind('DROP TABLE IF EXISTS x, y')).toMatchObject({
      kind: 'drop',
      names: ['x', 'y'],
      ifExists: true,
    })
    expect(testbed.bind("COPY t TO 'x.parquet' (FORMAT parquet, ROW_GROUP_SIZE 1000)")).toMatchObject({
      kind: 'copy',
      target: 'x.parquet',
      options: [
        { name: 'format', value: 'parquet' },
        { name: 'row_group_size', value: 1000 },
      ],
    })
    expect(testbed.bind('EXPLAIN ANALYZE SELECT 1')).toMatchObject({
      kind: 'explain',
      analyze: true,
      statement: { kind: 'query' },
    })
  })
})
