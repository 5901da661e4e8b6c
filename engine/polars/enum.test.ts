import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf, plainCells } from '../testing/arrow-cells.ts'

const FRAME = `levels = pl.Enum(["low", "mid", "high"])
df = pl.DataFrame({"k": ["low", "high", "mid", "low", None], "v": [1, 2, 3, 4, 5]}).with_columns(pl.col("k").cast(levels))
df`

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars(FRAME)
})
afterAll(() => lake.close())

async function run(cell: string): Promise<unknown[][]> {
  return plainCells((await lake.polars(cell)).table)
}

// what Polars says of pl.Enum: values are compared by their places among the categories
it.each<[string, unknown[][]]>([
  ['df.sort("k", "v").select("v")', [[5], [1], [4], [3], [2]]],
  ['df.sort("k", descending=True, nulls_last=True).select("k").head(2)', [['high'], ['mid']]],
  ['df.select(pl.col("k").max(), low=pl.col("k").min(), n=pl.col("k").n_unique())', [['high', 'low', 4]]],
  ['df.filter(pl.col("k") >= "mid").select("v")', [[2], [3]]],
  ['df.filter(pl.col("k").is_in(["low", "high"])).select("v")', [[1], [2], [4]]],
  [
    'df.group_by("k").agg(pl.col("v").sum()).sort("k", nulls_last=True)',
    [
      ['low', 5],
      ['mid', 3],
      ['high', 2],
      [null, 5],
    ],
  ],
  [
    'df.select(pl.col("k").fill_null("mid").to_physical().sum(), pl.col("k").cast(pl.Int8).max().alias("n"))',
    [[4, 2]],
  ],
  [
    'df.select(pl.col("k").cat.starts_with("l").sum(), n=(pl.col("k").cast(pl.String) + "!").first())',
    [[2, 'low!']],
  ],
  ['df.join(df.select("k", w="v"), on="k").select(pl.len())', [[6]]],
  [
    'df.select(pl.when(pl.col("v") > 2).then(pl.lit("low")).otherwise("k").alias("w")).sort("w").tail(1)',
    [['high']],
  ],
  ['df.select(pl.col("k").cast(pl.Enum(["low"]), strict=False).count())', [[2]]],
  ['df.select(cs.enum()).tail(1)', [[null]]],
  [
    'pl.DataFrame({"k": ["low", "high", "mid", "low"], "t": ["low", "mid", "mid", "high"]}).with_columns(pl.col("k").cast(pl.Enum(["low", "mid", "high"]))).select(pl.col("k") > pl.col("t"), x=pl.col("t") <= pl.col("k"))',
    [
      [false, true],
      [true, true],
      [false, true],
      [false, false],
    ],
  ],
  [
    'pl.concat([df.select("k").head(2), pl.DataFrame({"k": ["?"]})], how="vertical_relaxed").sort("k")',
    [['?'], ['high'], ['low']],
  ],
  ['df.head(1).with_columns(t=pl.lit("?")).unpivot(["k", "t"]).select("value")', [['low'], ['?']]],
  ['pl.DataFrame({"k": ["b", "a"]}, schema={"k": pl.Enum(["b", "a"])}).sort("k")', [['b'], ['a']]],
])('%s', async (cell, wanted) => {
  expect(await run(cell)).toEqual(wanted)
})

it.each([
  ['df.select(pl.col("k").cast(pl.Enum(["low"])))', 'cast'],
  ['df.filter(pl.col("k") == "nope")', 'cast'],
  ['df.filter(pl.col("k").is_in(["low", "nope"]))', 'cast'],
  ['df.with_columns(t=pl.col("k").cast(pl.String) + "?").filter(pl.col("k") < pl.col("t"))', 'cast'],
  ['pl.concat([df.select("k"), pl.DataFrame({"k": ["low"]})])', 'schema_mismatch'],
  ['df.select(pl.col("k").str.to_uppercase())', 'type'],
  ['pl.Enum(["a", "a"])', 'invalid_argument'],
  ['pl.Enum([1])', 'invalid_argument'],
])('refused: %s', async (cell, code) => {
  await expect(lake.polars(cell)).rejects.toMatchObject({ code })
})

it('SQL reads the frame as an enum', async () => {
  const { table } = await lake.sql('SELECT k FROM df WHERE k IS NOT NULL ORDER BY k DESC LIMIT 1')
  expect(cellsOf(table)).toEqual([['high']])
})
