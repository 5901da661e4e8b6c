import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars(`
t = pl.DataFrame({"t": [datetime(2024, 1, 31, 20), datetime(2024, 3, 30, 12)], "k": ["a", "b"], "x": [None, 1]})
u = pl.DataFrame({"t": [datetime(2024, 1, 31), datetime(2024, 3, 30)], "k": ["b", "a"], "z": [1, 2]})
l = pl.DataFrame({"s": ["1,2,2,", "4"]}).select(pl.col("s").str.split(",").list.eval(pl.element().cast(pl.Int64, strict=False)).alias("l"))
l`)
})
afterAll(() => lake.close())

async function run(cell: string): Promise<string[]> {
  const { table } = await lake.polars(cell)
  return cellsOf(table).map((row) => row.map(String).join(' | '))
}

// worked out by hand from the zones' rules: Berlin is at +01:00, at +02:00 from 31 March 2024 on
describe('points in time in time zones', () => {
  it.each([
    [
      'pl.col("t").dt.replace_time_zone("Europe/Berlin")',
      ['2024-01-31 19:00:00+00', '2024-03-30 11:00:00+00'],
    ],
    ['pl.col("t").dt.convert_time_zone("Asia/Tokyo").dt.hour()', ['5', '21']],
    ['pl.col("t").dt.convert_time_zone("Asia/Tokyo").dt.date()', ['2024-02-01', '2024-03-30']],
    [
      'pl.col("t").dt.convert_time_zone("Asia/Tokyo").dt.truncate("1mo").dt.datetime()',
      ['2024-02-01 00:00:00', '2024-03-01 00:00:00'],
    ],
    [
      'pl.col("t").dt.replace_time_zone("Europe/Berlin").dt.offset_by("1d")',
      ['2024-02-01 19:00:00+00', '2024-03-31 10:00:00+00'],
    ],
    [
      'pl.col("t").dt.replace_time_zone("Europe/Berlin").dt.offset_by("24h")',
      ['2024-02-01 19:00:00+00', '2024-03-31 11:00:00+00'],
    ],
    [
      'pl.col("t").dt.replace_time_zone("Europe/Berlin").dt.replace_time_zone(None)',
      ['2024-01-31 20:00:00', '2024-03-30 12:00:00'],
    ],
    ['pl.col("t").dt.month_end()', ['2024-01-31 20:00:00', '2024-03-31 12:00:00']],
  ])('%s', async (expression, wanted) => {
    expect(await run(`t.select(${expression})`)).toEqual(wanted)
  })
})

describe('items of lists and parts of texts', () => {
  it.each([
    ['l.select(pl.col("l").list.drop_nulls())', ['[1, 2, 2]', '[4]']],
    ['l.select(pl.col("l").list.filter(pl.element() > 1))', ['[2, 2]', '[4]']],
    ['l.select(pl.col("l").list.median())', ['2', '4']],
    ['l.select(pl.col("l").list.unique())', ['[1, 2, NULL]', '[4]']],
    ['l.select(pl.col("l").list.diff())', ['[NULL, 1, 0, NULL]', '[NULL]']],
    ['l.select(pl.col("l").list.eval(pl.element().sum()))', ['[5]', '[4]']],
    ['l.select(pl.col("l").list.shift(-1))', ['[2, 2, NULL, NULL]', '[NULL]']],
    ['l.select(pl.col("l").list.set_difference([1, 4]))', ['[2, NULL]', '[]']],
    ['pl.select(pl.lit("a-b-c").str.splitn("-", 2).alias("p")).unnest("p")', ['a | b-c']],
    ['pl.select(pl.lit("a-b-c").str.split_exact("-", 1).alias("p")).unnest("p")', ['a | b']],
    ['pl.select(pl.lit("ab1").str.extract_groups(r"(?<w>[a-z]+)(\\d)").alias("p")).unnest("p")', ['ab | 1']],
    ['pl.select(pl.lit("2024-02-03 04:05").str.to_datetime("%F %R"))', ['2024-02-03 04:05:00']],
    ['t.select(pl.col("k").value_counts()).unnest("k")', ['a | 1', 'b | 1']],
    ['t.select(pl.col("x").arg_sort(nulls_last=True))', ['1', '0']],
    ['t.join(u, on="k", maintain_order="right").select("k")', ['b', 'a']],
    ['t.rolling("t", period="60d", offset="-1d").agg(pl.len()).select("len")', ['2', '1']],
    ['t.rolling("t", period="60d", offset="0d", closed="both").agg(pl.len()).select("len")', ['2', '1']],
    ['t.rolling("t", period="60d", closed="left").agg(pl.len()).select("len")', ['0', '1']],
    ['t.select("x").join_where(u, pl.col("x") < pl.col("z")).select("z")', ['2']],
    ['t.join_asof(u, on="t", tolerance=timedelta(hours=13)).select("z")', ['null', '2']],
  ])('%s', async (cell, wanted) => {
    expect(await run(cell)).toEqual(wanted)
  })

  it.each([
    ['t.reverse().join_asof(u, on="t")', /join_asof.*sorted/],
    ['l.select(pl.col("l").list.eval(pl.element().rle_id()))', /looks at several items/],
  ])('refuses %s', async (cell, message) => {
    await expect(lake.polars(cell)).rejects.toMatchObject({ message: expect.stringMatching(message) })
  })
})
