import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodePlatform } from './node-platform.ts'
import type { CellAccess } from './access-order.ts'
import { accessOf } from './session-access.ts'
import { Session } from './session.ts'

let session: Session

beforeAll(async () => {
  session = await Session.open(nodePlatform, {
    heapBudgetBytes: 32 * 2 ** 20,
    memoryPool: 'fair',
    threads: 1,
  })
  const file = new File(['id,amount\n1,2\n'], 'Orders of May.csv')
  await session.registerFile('may', [file])
  const texts = [
    'CREATE TABLE parent (id BIGINT PRIMARY KEY)',
    'CREATE TABLE child (id BIGINT, parent BIGINT REFERENCES parent (id))',
    'CREATE SEQUENCE steps',
    "CREATE TABLE numbered (id BIGINT DEFAULT nextval('steps'), label VARCHAR)",
    'CREATE VIEW seen AS SELECT id FROM parent',
    'CREATE VIEW seen_twice AS SELECT id FROM seen',
    'CREATE MACRO parents() AS TABLE SELECT * FROM parent',
  ]
  for (const text of texts) (await session.run('sql', text)).close()
  ;(await session.run('polars', 'top = seen.head(1)\ntop')).close()
})

afterAll(() => session.close())

const sql = (text: string): CellAccess => accessOf(session, 'sql', text)
const polars = (text: string): CellAccess => accessOf(session, 'polars', text)

describe('what a SQL cell reads', () => {
  it.each([
    ['a table, in whatever case', 'SELECT * FROM Orders', 'orders'],
    ['a quoted name', 'SELECT * FROM "my orders"', 'orders'],
    [
      'in a subquery of a subquery',
      'SELECT (SELECT max(x) FROM (SELECT x FROM inner_table)) AS m',
      'inner_table',
    ],
    ['a file by its name', "SELECT * FROM read_csv('part.csv')", 'part'],
    ['a table by the name of its file', "SELECT * FROM 'Orders of May.csv'", 'may'],
    ['a variable', "SELECT getvariable('limit_of_rows')", 'limit_of_rows'],
    ['what a view stands for', 'SELECT * FROM seen_twice', 'parent'],
    ['what a macro stands for', 'SELECT * FROM parents()', 'parent'],
    ['what a frame stands for', 'SELECT * FROM top', 'parent'],
    ['what its constraints look at', 'INSERT INTO child VALUES (1, 1)', 'parent'],
    ['those that refer to it', 'DELETE FROM parent', 'child'],
    ['in EXPLAIN', 'EXPLAIN SELECT * FROM orders', 'orders'],
    ['in its second statement', 'SELECT 1; SELECT * FROM orders', 'orders'],
  ])('%s', (_, text, word) => {
    const { reads, alone } = sql(text)
    expect(reads).toContain(word)
    expect(alone).toBe(false)
  })

  it.each([
    ['SHOW TABLES'],
    ['SELECT table_name FROM information_schema.tables'],
    ['SELECT * FROM duckdb_tables()'],
    ["SELECT * FROM 'part-*.parquet'"],
    ["SELECT * FROM read_csv(['a.csv', 'b?.csv'])"],
    ["SELECT getvariable('a' || 'b')"],
  ])('anything, as %s does', (text) => {
    expect(sql(text)).toMatchObject({ readsAny: true, changes: [], alone: false })
  })

  it('but not anything where all is named', () => {
    expect(sql("SELECT a * 2, b LIKE '%?%' FROM t JOIN read_csv('part.csv') USING (a)").readsAny).toBe(false)
  })
})

describe('what a SQL cell changes', () => {
  it.each([
    ['SELECT * FROM orders', []],
    ['EXPLAIN ANALYZE SELECT * FROM orders', []],
    ['CREATE OR REPLACE TABLE Totals AS SELECT 1 AS a', ['totals']],
    ['CREATE TABLE main.totals (a INT)', ['totals']],
    ['CREATE VIEW "our view" AS SELECT 1 AS a', ['view']],
    ['CREATE MACRO twice(x) AS 2 * x', ['twice']],
    ['SET VARIABLE least = 3', ['least']],
    ["CREATE TYPE mood AS ENUM ('good', 'bad')", ['mood']],
    ["COPY (SELECT 1 AS a) TO 'out/monthly totals.parquet'", ['monthly']],
    ['SELECT 1; CREATE TABLE a AS SELECT 1 AS x; CREATE TABLE b AS SELECT 1 AS x', ['a', 'b']],
  ])('%s', (text, changes) => {
    expect(sql(text)).toMatchObject({ changes, changesRows: false, alone: false })
  })

  it.each([
    ['INSERT INTO orders VALUES (1)', ['orders']],
    ['UPDATE orders SET a = 1', ['orders']],
    ['EXPLAIN ANALYZE DELETE FROM orders', ['orders']],
    ['MERGE INTO orders USING late ON orders.a = late.a WHEN MATCHED THEN DELETE', ['orders']],
    ['ALTER TABLE orders RENAME TO late', ['orders', 'late']],
    ['DROP TABLE IF EXISTS orders', ['orders']],
    ['CREATE UNIQUE INDEX by_id ON orders (id)', ['orders', 'by_id']],
    ['DROP INDEX by_id', ['by_id']],
  ])('%s, in turn with other changes of rows', (text, changes) => {
    expect(sql(text)).toMatchObject({ changes, changesRows: true, alone: false })
  })

  it.each([["SELECT nextval('steps')"], ["INSERT INTO numbered (label) VALUES ('a')"]])(
    'numbers of a sequence: %s',
    (text) => {
      expect(sql(text).takesNumbers).toBe(true)
    },
  )

  it.each([
    ["SET memory_limit = '32MB'"],
    ['RESET ALL'],
    ['BEGIN'],
    ['EXECUTE p'],
    ['DROP SCHEMA s CASCADE'],
    ['SELEC 1'],
    ["SELECT 'never closed"],
    ['CREATE TABLE "€" AS SELECT 1 AS a'],
  ])('everything: %s', (text) => {
    expect(sql(text).alone).toBe(true)
  })

  it('also where the text cannot be read, its words are known', () => {
    expect(sql('SELEC * FROM seen').reads).toContain('parent')
  })
})

describe('a Polars cell', () => {
  it('changes the names that it assigns, and reads those that it names', () => {
    const access = polars('a = orders.head(3)\nb = a.join(late, on="id")\nb')
    expect(access).toMatchObject({ changes: ['a', 'b'], changesRows: false, alone: false, readsAny: false })
    expect(access.reads).toEqual(expect.arrayContaining(['orders', 'late']))
  })

  it.each([
    ['a file', 'pl.scan_parquet("orders.parquet").head()', 'orders'],
    ['a file whose name is kept first', 'path = "orders.parquet"\npl.read_parquet(path)', 'orders'],
    ['a text with escapes', 'pl.read_parquet("\\x6frders.parquet")', 'orders'],
    ['a SQL text', 'small.sql("SELECT *\\nFROM orders JOIN self USING (id)")', 'orders'],
  ])('reads %s', (_, text, word) => {
    expect(polars(text)).toMatchObject({ readsAny: false, alone: false })
    expect(polars(text).reads).toContain(word)
  })

  it.each([
    ['pl.read_parquet("ord" + "ers.parquet")'],
    ['name = "ord"\npl.read_parquet(f"{name}ers.parquet")'],
    ['pl.concat([pl.read_csv(file) for file in ["a", "b"]])'],
    ['pl.scan_parquet("part-*.parquet")'],
    ['read = pl.read_parquet\nread("ord" + "ers")'],
  ])('may read anything: %s', (text) => {
    expect(polars(text).readsAny).toBe(true)
  })

  it('that cannot be read changes everything', () => {
    expect(polars('import os').alone).toBe(true)
    expect(polars('a = (').alone).toBe(true)
  })
})
