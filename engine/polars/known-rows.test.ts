import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Lakebook } from '../lakebook.ts'
import { knownCells, openKnownFrames } from '../testing/known-cells.ts'

let lake: Lakebook

beforeAll(async () => {
  lake = await openKnownFrames()
})
afterAll(() => lake.close())

// the answers are those of Polars 1.44
describe('cells whose answers are known', () => {
  it.each<[string, unknown[][]]>([
    [
      'g.select(pl.col("x").sort(), pl.col("y").sort(descending=True))',
      [
        [null, null],
        [1, 8],
        [2, 4],
        [3, 3],
        [4, 2],
        [5, 1],
      ],
    ],
    [
      'g.select(pl.col("x").head(2), pl.col("y").tail(2), n=pl.len())',
      [
        [1, 4, 6],
        [5, 3, 6],
      ],
    ],
    [
      'g.with_columns(pl.col("x").sort(nulls_last=True).alias("s"), pl.col("k").reverse().alias("r")).select("s", "r")',
      [
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
        [4, 'a'],
        [5, 'b'],
        [null, 'a'],
      ],
    ],
    [
      'g.select(pl.col("x") - pl.col("x").sort(), pl.col("k"))',
      [
        [null, 'a'],
        [4, 'b'],
        [0, 'a'],
        [1, 'c'],
        [null, 'b'],
        [-2, 'a'],
      ],
    ],
    ['g.head(-4).select("x")', [[1], [5]]],
    ['g.tail(-5).select("x")', [[3]]],
    [
      'l.select(pl.col("l").explode().sum(), pl.col("m").explode().drop_nulls().n_unique().alias("n"))',
      [[9, 4]],
    ],
    ['l.select(pl.col("m").explode().unique().sort(descending=True))', [[null], [9], [3], [2], [1]]],
    [
      'l.select("u", "l").explode("l", empty_as_null=False)',
      [
        [1, 3],
        [1, 1],
        [1, null],
        [3, null],
        [4, 5],
      ],
    ],
    ['l.select("u", "l").explode("l", keep_nulls=False).select("u")', [[1], [1], [1], [2], [4]]],
    [
      'l.select(pl.col("l") * 2 + pl.col("u"), (10 - pl.col("m")).alias("m"), (pl.col("m") * pl.col("m")).alias("q"))',
      [
        ['[7, 3, NULL]', '[7, 1]', '[9, 81]'],
        ['[]', '[9]', '[1]'],
        [null, '[8]', '[4]'],
        ['[14]', null, null],
      ],
    ],
    [
      'g.select(pl.col("k").sort_by("y").over("k", mapping_strategy="explode"), pl.col("x").sort().over("k", mapping_strategy="explode"))',
      [
        ['a', 1],
        ['a', 2],
        ['a', 3],
        ['b', null],
        ['b', 5],
        ['c', 4],
      ],
    ],
    [
      'g.select(pl.col("y").drop_nulls().head(2).over("k", mapping_strategy="join"))',
      [['[2, 3]'], ['[1, 4]'], ['[2, 3]'], ['[8]'], ['[1, 4]'], ['[2, 3]']],
    ],
    [
      'g.select(pl.int_range(1, pl.len() + 1).over("k").alias("n"), pl.int_range(10, 10 + 2 * pl.len(), 2).alias("m"), pl.repeat("z", pl.len()))',
      [
        [1, 10, 'z'],
        [1, 12, 'z'],
        [2, 14, 'z'],
        [1, 16, 'z'],
        [2, 18, 'z'],
        [3, 20, 'z'],
      ],
    ],
    [
      'g.group_by("k", maintain_order=True).agg(pl.col("y").drop_nulls(), pl.col("x").filter(pl.col("x") > 9).alias("e"))',
      [
        ['a', '[2, 3]', '[]'],
        ['b', '[1, 4]', '[]'],
        ['c', '[8]', '[]'],
      ],
    ],
    [
      'g.group_by("k", maintain_order=True).agg(pl.col("k").first().alias("f"), pl.col("x").get(pl.col("y").arg_max()).alias("top"))',
      [
        ['a', 'a', 3],
        ['b', 'b', null],
        ['c', 'c', 4],
      ],
    ],
    [
      'g.group_by("k", maintain_order=True).count()',
      [
        ['a', 3],
        ['b', 2],
        ['c', 1],
      ],
    ],
    ['g.select(pl.col("x").gather([5, 0, 0, -1]))', [[3], [1], [1], [3]]],
    ['g.select(pl.col("x").interpolate("nearest"))', [[1], [5], [2], [4], [3], [3]]],
    [
      'g.filter(pl.col("x").is_not_null()).select(pl.col("y").interpolate_by("x"))',
      [[2], [1], [2.5], [8], [3]],
    ],
    [
      'g.select(pl.col("y").fill_null(0).rolling_sum(3, weights=[0.5, 1, 2], min_samples=2), pl.col("y").fill_null(0).rolling_mean(2, weights=[1, 3]).alias("m"))',
      [
        [null, null],
        [4, 1.25],
        [2, 0.25],
        [16.5, 6],
        [16, 5],
        [14, 3.25],
      ],
    ],
    [
      'g.drop_nulls().sort("x").rolling("x", period="2i").agg(pl.col("y"), pl.col("y").first().alias("f"), pl.col("y").last().alias("l"))',
      [
        [1, '[2]', 2, 2],
        [3, '[3]', 3, 3],
        [4, '[3, 8]', 3, 8],
        [5, '[8, 1]', 8, 1],
      ],
    ],
    [
      'g.drop_nulls().sort("x").group_by_dynamic("x", every="2i", include_boundaries=True).agg(pl.col("y").sum())',
      [
        [0, 2, 0, 2],
        [2, 4, 2, 3],
        [4, 6, 4, 9],
      ],
    ],
    [
      'g.drop_nulls().sort("x").select(pl.col("y").rolling_max_by("x", "3i"), pl.col("y").rolling_sum_by("x", "1i", closed="left").alias("s"))',
      [
        [2, 0],
        [3, 0],
        [8, 3],
        [8, 8],
      ],
    ],
    [
      'pl.DataFrame({"x": [10, 20, 30]}).join_asof(pl.DataFrame({"x": [5, 15, 26], "v": ["a", "b", "c"]}), on="x", strategy="nearest")',
      [
        [10, 'b'],
        [20, 'b'],
        [30, 'c'],
      ],
    ],
    [
      'g.join(pl.DataFrame({"K": ["A", "B"], "w": [1, 2]}), left_on=pl.col("k").str.to_uppercase(), right_on="K").select("k", "K", "w")',
      [
        ['a', 'A', 1],
        ['b', 'B', 2],
        ['a', 'A', 1],
        ['b', 'B', 2],
        ['a', 'A', 1],
      ],
    ],
    [
      'g["k"].value_counts(sort=True, normalize=True).select("k", pl.col("proportion").round(3))',
      [
        ['a', 0.5],
        ['b', 0.333],
        ['c', 0.167],
      ],
    ],
    ['g.filter(g.select("k").is_duplicated()).select("x")', [[1], [5], [2], [null], [3]]],
    ['g.select(pl.nth(2, 0)).head(1)', [[2, 'a']]],
  ])('%s', async (cell, wanted) => {
    expect(await knownCells(lake, cell)).toEqual(wanted)
  })
})
