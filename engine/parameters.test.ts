import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook, QueryParameters } from './lakebook.ts'
import { openLakebook } from './node.ts'
import { cellsOf } from './testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.sql('CREATE TABLE t AS SELECT range AS n, chr(97 + range::INTEGER) AS s FROM range(5)')
})
afterAll(() => lake.close())

async function rows(text: string, params: QueryParameters) {
  return cellsOf((await lake.sql(text, { params })).table)
}

describe('parameters', () => {
  it('takes values by place and by name', async () => {
    expect(await rows('SELECT n FROM t WHERE n > ? AND s <> ? ORDER BY n', [1, 'd'])).toEqual([[2n], [4n]])
    expect(await rows('SELECT $2 || $1, $1', ['a', 'b'])).toEqual([['ba', 'a']])
    expect(await rows('SELECT s FROM t WHERE n = $wanted LIMIT $most', { wanted: 3, most: 1 })).toEqual([
      ['d'],
    ])
  })

  it('types them by their JavaScript values', async () => {
    const types = 'SELECT typeof(?), typeof(?), typeof(?), typeof(?), typeof(?), typeof(?), typeof(?)'
    const values = [1, 2 ** 40, 1.5, true, new Date(0), 10n ** 30n, new Uint8Array([1])]
    expect(await rows(types, values)).toEqual([
      ['INTEGER', 'BIGINT', 'DOUBLE', 'BOOLEAN', 'TIMESTAMP', 'HUGEINT', 'BLOB'],
    ])
    expect(await rows("SELECT ?::DATE = DATE '2024-01-02', ? IS NULL", ['2024-01-02', null])).toEqual([
      [true, true],
    ])
    expect(await rows('SELECT n FROM t WHERE n IN (SELECT unnest(?)) ORDER BY n', [[1, 3]])).toEqual([
      [1n],
      [3n],
    ])
  })

  it('gives every run its own values', async () => {
    const text = 'SELECT count(*) FROM t WHERE n < ?'
    expect(await rows(text, [2])).toEqual([[2n]])
    expect(await rows(text, [4])).toEqual([[4n]])
  })

  it('never reads text in a value as SQL', async () => {
    expect(await rows('SELECT ?', ["' OR 1 = 1 --"])).toEqual([["' OR 1 = 1 --"]])
  })

  it('says which one has no value', async () => {
    await expect(lake.sql('SELECT ?, ?', { params: [1] })).rejects.toMatchObject({
      code: 'invalid_argument',
      message: 'The parameter 2 has no value',
      span: { start: 10 },
    })
    await expect(lake.sql('SELECT $a')).rejects.toMatchObject({ message: 'The parameter $a has no value' })
  })

  it('counts them over all statements of a text', async () => {
    expect(await rows('SELECT ?; SELECT ?', ['first', 'second'])).toEqual([['second']])
  })
})

describe('SET integer_division', () => {
  it('makes / between whole numbers whole, and forgets plans made before', async () => {
    const text = 'SELECT 7 / 2, 7.0 / 2'
    expect(cellsOf((await lake.sql(text)).table)).toEqual([[3.5, 3.5]])
    await lake.sql('SET integer_division = true')
    expect(cellsOf((await lake.sql(text)).table)).toEqual([[3, 3.5]])
    await lake.sql('RESET integer_division')
    expect(cellsOf((await lake.sql(text)).table)).toEqual([[3.5, 3.5]])
  })
})
