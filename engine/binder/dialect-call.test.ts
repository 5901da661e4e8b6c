import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook, type NodeLakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

describe('functions of PostgreSQL and DataFusion', () => {
  let lake: NodeLakebook

  beforeAll(async () => {
    lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  })

  afterAll(async () => {
    await lake.close()
  })

  it.each([
    ["to_char(TIMESTAMP '2024-02-29 15:04:05', 'DD Mon YYYY HH24:MI:SS')", '29 Feb 2024 15:04:05'],
    ["to_char(TIMESTAMP '2024-02-29 15:04:05', '%d.%m.%Y')", '29.02.2024'],
    ["CAST(to_timestamp('29/02/2024 15:04', 'DD/MM/YYYY HH24:MI') AS VARCHAR)", '2024-02-29 15:04:00'],
    ["CAST(to_date('29 02 2024', 'DD MM YYYY') AS VARCHAR)", '2024-02-29'],
    ['pg_typeof(1.5)', 'numeric'],
    ['arrow_typeof(1)', 'Int32'],
    ["arrow_typeof(arrow_cast('1.5', 'Decimal128(10, 2)'))", 'Decimal128(10, 2)'],
    ["CAST(regexp_match('foobarbequebaz', '(bar)(beque)') AS VARCHAR)", '[bar, beque]'],
    ["CAST(regexp_match('abc', 'd') AS VARCHAR)", null],
    ["regexp_count('ABCABCAXYaxy', 'a.', 1, 'i')", 4n],
    ["encode(encode('abc'), 'hex')", '616263'],
    ["convert_from(decode('YWJj', 'base64'), 'UTF8')", 'abc'],
    [
      "CAST(timezone('UTC', date_trunc('day', TIMESTAMPTZ '2024-03-01 03:00:00+00', 'America/New_York')) AS VARCHAR)",
      '2024-02-29 05:00:00',
    ],
  ])('%s', async (expression, expected) => {
    expect(cellsOf((await lake.sql(`SELECT ${expression}`)).table)).toEqual([[expected]])
  })

  it('refuse what a literal must decide and does not', async () => {
    await expect(lake.sql("SELECT to_char(now(), 'Q')")).rejects.toThrow(/date format 'Q'/)
  })
})
