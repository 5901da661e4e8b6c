import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openLakebook, type Lakebook } from '../node.ts'
import { cellsOf } from '../testing/arrow-cells.ts'

const SETUP = `
t = pl.DataFrame({
    "k": ["a", "b", "a", "b", "a"],
    "x": [3, 1, None, 4, 1],
    "y": [0.5, 2.0, 1.5, None, -1.0],
})
t`

let lake: Lakebook

beforeAll(async () => {
  lake = await openLakebook({ heapBudgetBytes: 32 * 2 ** 20, threads: 1 })
  await lake.polars(SETUP)
})
afterAll(() => lake.close())

async function run(cell: string): Promise<{ names: string[]; rows: unknown[][] }> {
  const { table } = await lake.polars(cell)
  const rows = cellsOf(table).map((row) =>
    row.map((one) =>
      typeof one === 'bigint' || typeof one === 'number' ? Number(Number(one).toPrecision(12)) : one,
    ),
  )
  return { names: table.schema.fields.map((field) => field.name), rows }
}

// the answers are those that the docs of Polars 1.x give for the same calls
describe('methods whose answers are known', () => {
  it.each<[string, string[], unknown[][]]>([
    [
      't.pivot("k", index="x", values="y", aggregate_function="first")',
      ['x', 'a', 'b'],
      [
        [3, 0.5, null],
        [1, -1, 2],
        [null, 1.5, null],
        [4, null, null],
      ],
    ],
    [
      't.head(2).pivot("k", index="x", values=["y", "x"])',
      ['x', 'y_a', 'y_b', 'x_a', 'x_b'],
      [
        [3, 0.5, null, 3, null],
        [1, null, 2, null, 1],
      ],
    ],
    [
      't.pivot("x", index="k", values="y", aggregate_function="len", sort_columns=True)',
      ['k', 'null', '1', '3', '4'],
      [
        ['a', 1, 1, 1, 0],
        ['b', 0, 1, 0, 1],
      ],
    ],
    [
      't.head(2).unpivot(["x", "y"], index="k", variable_name="what")',
      ['k', 'what', 'value'],
      [
        ['a', 'x', 3],
        ['b', 'x', 1],
        ['a', 'y', 0.5],
        ['b', 'y', 2],
      ],
    ],
    [
      't.select("x", "y").head(2).transpose(include_header=True, header_name="of", column_names=["p", "q"])',
      ['of', 'p', 'q'],
      [
        ['x', 3, 1],
        ['y', 0.5, 2],
      ],
    ],
    [
      't.head(2).transpose(column_names="k")',
      ['a', 'b'],
      [
        [3, 1],
        [0.5, 2],
      ],
    ],
    [
      'pl.concat([p.head(1) for p in t.partition_by("k")])',
      ['k', 'x', 'y'],
      [
        ['a', 3, 0.5],
        ['b', 1, 2],
      ],
    ],
    [
      'pl.select(pl.lit(t.height).alias("h"), pl.lit(t.shape[1]).alias("w"), pl.lit(t.n_unique(subset=["k"])).alias("n"))',
      ['h', 'w', 'n'],
      [[5, 3, 2]],
    ],
    [
      't.select("x", "k").describe()',
      ['statistic', 'x', 'k'],
      [
        ['count', 4, '5'],
        ['null_count', 1, '0'],
        ['mean', 2.25, null],
        ['std', 1.5, null],
        ['min', 1, 'a'],
        ['25%', 1, null],
        ['50%', 3, null],
        ['75%', 3, null],
        ['max', 4, 'b'],
      ],
    ],
    [
      't.select(pl.col("x").sort(descending=True, nulls_last=True).over("k"))',
      ['x'],
      [[3], [4], [1], [1], [null]],
    ],
    ['t.select(pl.col("x").reverse().over("k"))', ['x'], [[1], [4], [null], [1], [3]]],
    [
      't.select(pl.col("x").over("k", mapping_strategy="join"))',
      ['x'],
      [['[3, NULL, 1]'], ['[1, 4]'], ['[3, NULL, 1]'], ['[1, 4]'], ['[3, NULL, 1]']],
    ],
    ['t.select(pl.col("x").arg_max(), pl.col("y").arg_min())', ['x', 'y'], [[3, 4]]],
    [
      't.group_by("k", maintain_order=True).agg(pl.col("y").max_by("x"), pl.col("x").get(1).alias("g"))',
      ['k', 'y', 'g'],
      [
        ['a', 0.5, null],
        ['b', null, 4],
      ],
    ],
    ['t.select((pl.col("y") > 1).arg_true())', ['y'], [[1], [2]]],
    [
      't.select(pl.col("k").rle_id(), pl.col("x").cut([1, 3]))',
      ['k', 'x'],
      [
        [0, '(1, 3]'],
        [1, '(-inf, 1]'],
        [2, null],
        [3, '(3, inf]'],
        [4, '(-inf, 1]'],
      ],
    ],
    ['t.select(pl.col("k").top_k_by("x", 2))', ['k'], [['b'], ['a']]],
    ['t.top_k(2, by="x").select("x")', ['x'], [[4], [3]]],
    ['t.bottom_k(2, by="y").select("y")', ['y'], [[-1], [0.5]]],
    ['t.remove(pl.col("x") > 1).select("x")', ['x'], [[1], [null], [1]]],
    ['t.select(pl.col("k").str.join("-"))', ['k'], [['a-b-a-b-a']]],
    ['t.head(1).select(pl.struct("k", z=pl.col("x") + 1).alias("s")).unnest("s")', ['k', 'z'], [['a', 4]]],
    [
      'pl.select(pl.date_range(pl.date(2024, 1, 31), pl.date(2024, 2, 2), "1d").alias("d"))',
      ['d'],
      [['2024-01-31'], ['2024-02-01'], ['2024-02-02']],
    ],
    ['pl.select(pl.int_range(5, 0, -2))', ['literal'], [[5], [3], [1]]],
    [
      'pl.select(pl.date(2024, 1, 31).dt.replace(day=1).dt.combine(pl.time(12, 30)).alias("c"))',
      ['c'],
      [['2024-01-01 12:30:00']],
    ],
    [
      'u = t.group_by("k", maintain_order=True).agg(pl.len())\npl.sql("SELECT max(len) AS n FROM u")',
      ['n'],
      [[3]],
    ],
    [
      't.join(t.unique(subset="k", keep="first", maintain_order=True), on="k", validate="m:1").select(pl.len())',
      ['len'],
      [[5]],
    ],
    [
      't.sample(fraction=1.0, shuffle=True, seed=3).select(pl.col("x").sum(), pl.len())',
      ['x', 'len'],
      [[9, 5]],
    ],
    ['t.rolling_max if False else t.select(pl.col("x").sum())', ['x'], [[9]]],
  ])('%s', async (cell, names, rows) => {
    expect(await run(cell)).toEqual({ names, rows })
  })

  it.each([
    ['t.join(t, on="k", validate="1:m")', 'invalid_argument'],
    ['t.with_columns(o=pl.lit(1)).pivot("k", index="o", values="y")', 'invalid_argument'],
    ['t.select(pl.col("x").head(1).over("k"))', 'unsupported'],
    ['t.select(pl.lit(1).sum())', 'unsupported'],
    ['t.with_columns(pl.lit(1).cum_sum())', 'unsupported'],
    ['t.select(pl.lit(1).sort().last())', 'unsupported'],
    ['t.write_parquet("x.parquet")', 'unsupported'],
    ['t.pipe(t)', 'type'],
    ['t.select(pl.col("x").hash())', 'unsupported'],
    ['pl.sql("SELECT nothing FROM t")', 'unknown_column'],
  ])('refuses %s', async (cell, code) => {
    await expect(lake.polars(cell)).rejects.toMatchObject({ code })
  })
})
