import {
  DateDay,
  Decimal,
  Field,
  Int32,
  List,
  makeData,
  makeVector,
  Table,
  tableFromArrays,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from 'apache-arrow'
import { describe, expect, test } from 'vitest'
import { cellsOf, type Cell } from './arrow-cells.ts'
import { parseSlt } from './slt-records.ts'
import { completeSlt, runSlt } from './slt-run.ts'

function engineOf(answers: Record<string, Cell[][] | Error>) {
  return {
    name: 'lakebook',
    run(sql: string): Promise<Cell[][]> {
      const answer = answers[sql]
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? [])
    },
  }
}

describe('sqllogictest files', () => {
  test('a record passes when rows, types and errors are as written', async () => {
    const records = parseSlt(`
# a comment
statement ok
CREATE TABLE t

query ITR
SELECT 1
----
1 "two words" 0.5
NULL three 2

query I rowsort
SELECT 2
----
1
10
9

statement error no such \\w+
SELECT 3
`)
    const outcome = await runSlt(
      records,
      engineOf({
        'SELECT 1': [
          [1, 'two words', 0.5],
          [null, 'three', 2],
        ],
        'SELECT 2': [[9n], [10n], [1n]],
        'SELECT 3': new Error('no such table'),
      }),
    )
    expect(outcome.failures).toEqual([])
    expect(outcome.passed).toBe(4)
  })

  test('what is wrong is said with the line of its record', async () => {
    const records = parseSlt(
      'query I\nSELECT 1\n----\n1\n\nstatement ok\nSELECT 2\n\nstatement error x\nSELECT 3\n\nquery II\nSELECT 1\n----\n',
    )
    const { failures } = await runSlt(records, engineOf({ 'SELECT 1': [[2]], 'SELECT 2': new Error('boom') }))
    expect(failures.map(({ line, reason }) => `${line}: ${reason}`)).toEqual([
      '1: line 1 of the result is “2” instead of “1”',
      '6: boom',
      '9: succeeded, but must fail with /x/',
      '12: 1 columns, but 2 types',
    ])
  })

  test('conditions, labels, hashes and halt', async () => {
    const records = parseSlt(`
skipif lakebook
statement ok
SELECT fails

onlyif duckdb
statement ok
SELECT fails

hash-threshold 2

query I nosort same
SELECT 1
----
3 values hashing to bfb77520994c313d1abff83000f19dc3

query I nosort same
SELECT 2
----
9

halt

statement ok
SELECT fails
`)
    const outcome = await runSlt(
      records,
      engineOf({ 'SELECT fails': new Error('no'), 'SELECT 1': [[1], [2], [3]], 'SELECT 2': [[9]] }),
    )
    expect(outcome.skipped).toBe(2)
    expect(outcome.failures.map(({ reason }) => reason)).toEqual(['differs from the earlier result of same'])
  })

  test('completing writes the found results and nothing else', async () => {
    const text = 'query I\nSELECT 1\n----\n7\n8\n\nquery I\nSELECT 2\n\nstatement ok\nSELECT 3\n'
    const { actual } = await runSlt(parseSlt(text), engineOf({ 'SELECT 1': [[1]], 'SELECT 2': [[2], [3]] }))
    expect(completeSlt(text, actual)).toBe(
      'query I\nSELECT 1\n----\n1\n\nquery I\nSELECT 2\n----\n2\n3\n\nstatement ok\nSELECT 3\n',
    )
  })

  test('a malformed file names its line', () => {
    expect(() => parseSlt('\nquery\nSELECT 1\n')).toThrow('line 2: query needs column types')
    expect(() => parseSlt('frobnicate\n')).toThrow('line 1: unknown record frobnicate')
  })
})

test('cells of Arrow columns read as DuckDB prints them', () => {
  const table = new Table({
    decimal: makeVector(
      makeData({
        type: new Decimal(2, 15, 128),
        length: 3,
        nullCount: 1,
        nullBitmap: Uint8Array.of(0b011),
        data: new Uint32Array(BigInt64Array.of(12345n, 0n, -5n, -1n, 0n, 0n).buffer),
      }),
    ),
    date: vectorFromArray([new Date(0), new Date('1998-09-02'), new Date('1969-12-31')], new DateDay()),
    at: makeVector(
      makeData({
        type: new TimestampMicrosecond(),
        length: 3,
        data: BigInt64Array.of(0n, 1_500_500n, -1000n),
      }),
    ),
    text: vectorFromArray(['a', null, 'ü'], new Utf8()),
    flag: vectorFromArray([true, false, null]),
    list: vectorFromArray([[1, 2], [], [3]], new List(new Field('item', new Int32()))),
  })
  expect(cellsOf(table).map((row) => row.map(String).join('|'))).toEqual([
    '123.45|1970-01-01|1970-01-01 00:00:00|a|true|[1, 2]',
    '-0.05|1998-09-02|1970-01-01 00:00:01.5005|null|false|[]',
    'null|1969-12-31|1969-12-31 23:59:59.999|ü|null|[3]',
  ])
  expect(cellsOf(tableFromArrays({ n: Int32Array.of(1, 2) }).slice(1))).toEqual([[2]])
})
