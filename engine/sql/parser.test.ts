import { beforeAll, describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import type { Select, SqlExpression } from './ast.ts'
import { loadSqlParser, parseSql } from './parser.ts'

beforeAll(() => loadSqlParser())

function select(text: string): Select {
  const statement = parseSql(text)[0]!.statement
  if (statement.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error('not a SELECT')
  return statement.query.body
}

function expression(text: string): SqlExpression {
  const item = select(`SELECT ${text}`).items[0]!
  if (item.kind !== 'expression') throw new Error('not an expression')
  return item.expression
}

function failure(text: string): LakebookError {
  try {
    parseSql(text)
  } catch (error) {
    if (error instanceof LakebookError) return error
    throw error
  }
  throw new Error(`no error for ${text}`)
}

describe('statements', () => {
  it('splits at semicolons outside strings and comments, with spans', () => {
    const text = "SELECT ';' -- a;b\n;\n /* ; */ SELECT 2;;"
    expect(parseSql(text).map(({ span }) => text.slice(span.start, span.end))).toEqual([
      "SELECT ';'",
      'SELECT 2',
    ])
    expect(parseSql(text)[1]!.span).toMatchObject({ line: 3, column: 10 })
  })

  it('reads what the general parser lacks', () => {
    const kinds = (text: string) => parseSql(text).map(({ statement }) => statement.kind)
    expect(kinds('SUMMARIZE t; SUMMARIZE SELECT 1; TABLE t; DESCRIBE TABLE t; EXPLAIN SUMMARIZE t')).toEqual([
      'summarize',
      'summarize',
      'query',
      'describe',
      'explain',
    ])
    expect(
      kinds("SET memory_limit = '64MB'; SET target_partitions = 4; RESET memory_pool; SET x = DEFAULT"),
    ).toEqual(['set', 'set', 'reset', 'reset'])
    expect(parseSql('SET optimizer.push_filters = false')[0]!.statement).toMatchObject({
      name: 'optimizer.push_filters',
      value: { kind: 'boolean', value: false },
    })
    expect(
      parseSql("COPY (SELECT 1) TO 'a.csv' (FORMAT csv, HEADER, row_group_size 100)")[0]!.statement,
    ).toMatchObject({
      kind: 'copy',
      target: 'a.csv',
      options: [
        { name: 'format', value: { value: 'csv' } },
        { name: 'header', value: null },
        { name: 'row_group_size', value: { text: '100' } },
      ],
    })
  })

  it('keeps the text of a view', () => {
    expect(parseSql('CREATE VIEW v (a) AS\n SELECT 1 AS b')[0]!.statement).toMatchObject({
      kind: 'create_view',
      text: 'SELECT 1 AS b',
      columns: [{ name: 'a' }],
    })
  })

  it('reads FROM first and file names', () => {
    expect(select('FROM t').items).toMatchObject([{ kind: 'star' }])
    expect(select('FROM t SELECT a').items).toHaveLength(1)
    const { from } = select("SELECT * FROM 'part-*.parquet'")
    expect(from).toMatchObject({
      kind: 'table',
      name: [{ name: 'part-*.parquet' }],
      span: { start: 14, end: 30 },
    })
  })
})

describe('expressions', () => {
  it('carry spans in UTF-16 units', () => {
    const text = "SELECT '😀', abc +\n  def FROM t"
    const item = select(text).items[1]!
    if (item.kind !== 'expression') throw new Error('not an expression')
    expect(text.slice(item.expression.span!.start, item.expression.span!.end)).toBe('abc +\n  def')
    expect(item.expression.span).toMatchObject({ line: 1, column: 14 })
  })

  it('reads types, also those without a size', () => {
    expect(expression('a::int')).toMatchObject({ type: { kind: 'int32' } })
    expect(expression('a::varchar')).toMatchObject({ type: { kind: 'utf8' } })
    expect(expression('a::numeric(10,2)')).toMatchObject({
      type: { kind: 'decimal', precision: 10, scale: 2 },
    })
    expect(expression('a::double')).toMatchObject({ type: { kind: 'float64' } })
    expect(expression('a::timestamptz')).toMatchObject({ type: { kind: 'timestamp', zone: 'UTC' } })
    expect(expression('a::int[]')).toMatchObject({ type: { kind: 'list', item: { kind: 'int32' } } })
    expect(expression('a::uinteger')).toMatchObject({ type: { kind: 'uint32' } })
    expect(expression('try_cast(a as date)')).toMatchObject({ try: true })
  })

  it('take long chains', () => {
    const sum = (terms: number) => Array.from({ length: terms }, (_, i) => String(i)).join(' + ')
    expect(() => expression(sum(500))).not.toThrow()
    expect(failure(`SELECT ${sum(5000)}`)).toMatchObject({ code: 'unsupported' })
    expect(() => expression('1')).not.toThrow()
  })
})

describe('errors', () => {
  it('say line and column in words', () => {
    const error = failure('SELECT a\nFROM t\nWHERE')
    expect(error).toMatchObject({ code: 'syntax', span: { line: 3, column: 6 } })
    expect(error.message).toBe('Line 3, column 6: expected an expression but found the end of the statement')
  })

  it('are placed in the whole text, also in a later statement', () => {
    expect(failure('SELECT 1;\n  SELECT a FORM t b').span).toMatchObject({ line: 2 })
    expect(failure('seelct 1')).toMatchObject({ hint: 'Did you mean SELECT?', span: { start: 0, end: 6 } })
    expect(failure("SELECT 'abc").message).toBe('Line 1, column 8: this string does not end')
    expect(failure('SELECT (1').hint).toBe('A parenthesis is not closed.')
  })

  it('say that something is nested too deep', () => {
    const deep = [
      `SELECT ${'('.repeat(200)}1${')'.repeat(200)}`,
      `SELECT ${'CASE WHEN x THEN 1 ELSE '.repeat(200)}2${' END'.repeat(200)} FROM t`,
      `SELECT ${'NOT '.repeat(200)}true`,
    ]
    for (const text of deep)
      expect(failure(text)).toMatchObject({
        code: 'unsupported',
        message: 'An expression with 200 levels is nested too deep',
      })
  })

  it('count operators by expression, not those of all branches of a CASE', () => {
    const branches = Array.from({ length: 1000 }, (_, i) => `WHEN x = ${i} AND y = 1 THEN ${i} + 1`)
    expect(expression(`CASE ${branches.join(' ')} END`)).toMatchObject({ kind: 'case' })
    expect(failure(`SELECT ${'x + '.repeat(600)}x FROM t`).code).toBe('unsupported')
  })

  it('name what is not supported', () => {
    expect(failure('SELECT * FROM t FOR UPDATE')).toMatchObject({
      code: 'unsupported',
      message: 'FOR UPDATE is not supported yet',
    })
    expect(failure('CREATE ROLE r')).toMatchObject({ code: 'unsupported' })
  })
})
