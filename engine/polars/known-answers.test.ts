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
      'n.select(pl.col("f").clip(0.0, 2.0), i=pl.col("i").clip(-1.9, 5.5))',
      [
        [1.5, 3],
        ['NaN', null],
        [null, -1],
        [0, 5],
        [2, 3],
      ],
    ],
    [
      'n.select(pl.max_horizontal("i", "f"), pl.min_horizontal("i", "f").alias("m"))',
      [
        [3, 1.5],
        ['NaN', 'NaN'],
        [-2, -2],
        [7, -4],
        [9.25, 3],
      ],
    ],
    [
      'n.select(pl.sum_horizontal("i", "j", ignore_nulls=False), pl.mean_horizontal("i", "j", ignore_nulls=False).alias("m"))',
      [
        [5, 2.5],
        [null, null],
        [null, null],
        [14, 7],
        [4, 2],
      ],
    ],
    [
      'n.select(pl.col("b") + pl.col("b"), pl.col("b").or_(pl.col("i") > 2, pl.col("j") > 0).alias("o"))',
      [
        [2, true],
        [null, null],
        [0, null],
        [2, true],
        [2, true],
      ],
    ],
    ['n.select(pl.col("i").is_in([3, None], nulls_equal=True))', [[true], [true], [false], [false], [true]]],
    [
      'n.select(pl.col("i").fill_null(strategy="mean"), pl.col("f").fill_null(strategy="mean").alias("f"))',
      [
        [3, 1.5],
        [2, 'NaN'],
        [-2, 'NaN'],
        [7, -4],
        [3, 9.25],
      ],
    ],
    [
      'n.select(pl.col("i").std(ddof=2), pl.col("f").std().alias("f"), pl.col("f").var(ddof=0).alias("v"))',
      [[4.51386752, 'NaN', 'NaN']],
    ],
    [
      'n.select(pl.col("f").nan_min(), pl.col("i").first(ignore_nulls=True).alias("a"), pl.col("j").last(ignore_nulls=True).alias("z"))',
      [['NaN', 3, 1]],
    ],
    [
      'n.select(pl.corr("i", "j", method="spearman"), pl.corr("i", "f").alias("p"), pl.cov("i", "f").alias("c"))',
      [[0.866025404, -0.813106668, -12.5]],
    ],
    [
      'n.select(pl.col("i").quantile([0.25, 0.75]), pl.col("i").quantile(0.4, "equiprobable").alias("e"))',
      [['[3, 3]', 3]],
    ],
    [
      'g.select(pl.col("x").skew(bias=False), pl.col("x").kurtosis(bias=False).alias("k"), pl.col("y").kurtosis(fisher=False).alias("p"))',
      [[0, -1.2, 2.50525427]],
    ],
    [
      'n.select(pl.col("f").cum_max(), pl.col("f").cum_min(reverse=True).alias("m"), pl.col("i").cum_prod().alias("p"))',
      [
        [1.5, -4, 3],
        [1.5, -4, null],
        [null, null, -6],
        [1.5, -4, -42],
        [9.25, 9.25, -126],
      ],
    ],
    [
      'n.select(pl.col("i").pct_change(), pl.col("i").shift(2, fill_value=pl.col("j").max()).alias("s"))',
      [
        [null, 7],
        [null, 7],
        [null, 3],
        [-4.5, null],
        [-0.571428571, -2],
      ],
    ],
    ['g.select(pl.col("x").diff(2, null_behavior="drop"))', [[1], [-1], [null], [-1]]],
    ['g.select(pl.col("y").drop_nulls().sort().search_sorted([0.0, 3.0, 3.5, 99.0]))', [[0], [2], [3], [5]]],
    [
      'g.select(pl.col("y").ewm_var(alpha=0.4), pl.col("y").ewm_std(alpha=0.4, bias=True).alias("b"))',
      [
        [null, 0],
        [0.5, 0.484122918],
        [null, null],
        [19.4977974, 3.2037656],
        [8.99279768, 2.36878295],
        [5.60206542, 1.9489388],
      ],
    ],
    [
      'n.select(pl.col("i").replace({3: 8.75, -2: None}), pl.col("j").replace_strict({2: "two"}, default="other").alias("s"))',
      [
        [8, 'two'],
        [null, 'other'],
        [null, 'other'],
        [7, 'other'],
        [8, 'other'],
      ],
    ],
    [
      'g.select(pl.col("y").cut([2.5, 5], labels=["lots", "more", "all"]).alias("c")).sort("c")',
      [[null], ['lots'], ['lots'], ['more'], ['more'], ['all']],
    ],
    [
      's.select(pl.col("s").str.to_titlecase(), pl.col("s").str.zfill(9).alias("z"))',
      [
        ['Say Hello-2You', 'say hello-2you'],
        ['', '000000000'],
        [null, null],
        ['Łódź X1É', 'łódź x1é'],
        ['A,B,,C', '000a,b,,c'],
      ],
    ],
    [
      's.select(pl.col("n").str.to_integer(strict=False), pl.col("n").str.to_decimal(scale=1).alias("d"))',
      [
        [7, '7.0'],
        [null, null],
        [null, '-2.5'],
        [null, null],
        [null, null],
      ],
    ],
    [
      's.select(pl.col("s").str.replace("l", "_", n=2), pl.col("s").str.replace("l", "L", n=-1).alias("m"))',
      [
        ['say he__o-2you', 'say heLLo-2you'],
        ['', ''],
        [null, null],
        ['łódź x1é', 'łódź x1é'],
        ['a,b,,c', 'a,b,,c'],
      ],
    ],
    [
      's.select(pl.col("s").str.find_many(["l", "é", ","]), pl.col("s").str.split("[ ,]", literal=False).alias("p"))',
      [
        ['[6, 7]', '[say, hello-2you]'],
        ['[]', '[]'],
        [null, null],
        ['[10]', '[łódź, x1é]'],
        ['[1, 3, 4]', '[a, b, , c]'],
      ],
    ],
    [
      's.select(pl.col("s").str.split_exact(",", 1, inclusive=True), pl.col("s").str.extract_groups("(?<w>[a-z]+)[ ,-](.)").alias("g"))',
      [
        ["{'field_0': say hello-2you, 'field_1': NULL}", "{'w': say, '2': h}"],
        ["{'field_0': NULL, 'field_1': NULL}", "{'w': NULL, '2': NULL}"],
        ["{'field_0': NULL, 'field_1': NULL}", null],
        ["{'field_0': łódź x1é, 'field_1': NULL}", "{'w': NULL, '2': NULL}"],
        ["{'field_0': a,, 'field_1': b,}", "{'w': a, '2': b}"],
      ],
    ],
    [
      's.select(pl.col("s").str.join("|", ignore_nulls=False), pl.col("n").str.join().alias("n"))',
      [[null, '7 8-2.50x1f']],
    ],
    [
      's.select(pl.col("s").str.escape_regex(), pl.col("s").str.contains("(", strict=False).alias("c"))',
      [
        ['say hello\\-2you', null],
        ['', null],
        [null, null],
        ['łódź x1é', null],
        ['a,b,,c', null],
      ],
    ],
    [
      's.select(pl.col("s").str.json_path_match("$.a"), pl.col("s").cast(pl.Binary).bin.encode("base64").alias("b"))',
      [
        [null, 'c2F5IGhlbGxvLTJ5b3U='],
        [null, ''],
        [null, null],
        [null, 'xYLDs2TFuiB4McOp'],
        [null, 'YSxiLCxj'],
      ],
    ],
    [
      'd.select(pl.col("t").cast(pl.String), pl.col("d").dt.to_string().alias("d"), pl.col("t").dt.to_string("%e|%k|%P|%.3f|%.f|%s|%D|%f").alias("f"))',
      [
        ['2024-02-29 22:59:59.250000', '2024-02-29', '29|22|pm|.250|.250|1709247599|02/29/24|250000000'],
        ['1970-01-01 00:00:00.000000', null, ' 1| 0|am|.000||0|01/01/70|000000000'],
        [null, '1969-12-31', null],
      ],
    ],
    [
      'd.select(pl.col("t").dt.truncate("14d"), pl.col("t").dt.truncate("2w").alias("w"), pl.col("t").dt.month_start().alias("s"))',
      [
        ['2024-02-29 00:00:00', '2024-02-19 00:00:00', '2024-02-01 22:59:59.25'],
        ['1970-01-01 00:00:00', '1969-12-22 00:00:00', '1970-01-01 00:00:00'],
        [null, null, null],
      ],
    ],
    [
      'd.select(pl.col("t").dt.round("1mo"), pl.col("t").dt.round("1q").alias("q"), pl.col("d").dt.round("1y").alias("y"))',
      [
        ['2024-03-01 00:00:00', '2024-04-01 00:00:00', '2024-01-01'],
        ['1970-01-01 00:00:00', '1970-01-01 00:00:00', null],
        [null, null, '1970-01-01'],
      ],
    ],
    [
      'd.select(pl.col("t").dt.second(fractional=True), pl.col("t").diff().dt.total_hours(fractional=True).alias("h"))',
      [
        [59.25, null],
        [0, -474791],
        [null, null],
      ],
    ],
    [
      'd.select(pl.col("d").mean(), pl.col("t").median().alias("m"), pl.col("t").dt.time().mean().alias("c"))',
      [['1997-01-29 12:00:00', '1997-01-30 11:29:59.625', '11:29:59.625']],
    ],
    [
      'pl.select(pl.date_range(date(2023, 12, 31), date(2024, 4, 30), "1mo"))',
      [['2023-12-31'], ['2024-01-31'], ['2024-02-29'], ['2024-03-31'], ['2024-04-30']],
    ],
    [
      'd.select(pl.duration(weeks=pl.col("d").dt.day()).dt.total_days(), pl.business_day_count(date(2024, 2, 1), "d").alias("n"))',
      [
        [203, 20],
        [null, null],
        [217, -14111],
      ],
    ],
    [
      'l.select(pl.col("l").list.concat("m"), pl.col("l").list.set_union(pl.col("m")).alias("u"), pl.col("l").list.contains(None).alias("n"))',
      [
        ['[3, 1, NULL, 3, 9]', '[3, 1, NULL, 9]', true],
        ['[1]', '[1]', false],
        [null, null, null],
        [null, null, false],
      ],
    ],
    [
      'l.select(pl.col("l").list.get(0, null_on_oob=True), pl.col("m").list.gather([0]).alias("g"), pl.col("m").list.concat([9]).alias("c"))',
      [
        [3, '[3]', '[3, 9, 9]'],
        [null, '[1]', '[1, 9]'],
        [null, '[2]', '[2, 9]'],
        [5, null, null],
      ],
    ],
    [
      'l.select(pl.concat_list("u", "m", 0), pl.col("l").fill_null([]).alias("f"))',
      [
        ['[1, 3, 9, 0]', '[3, 1, NULL]'],
        ['[2, 1, 0]', '[]'],
        ['[3, 2, 0]', '[]'],
        [null, '[5]'],
      ],
    ],
    [
      'l.select(pl.col("l").list.eval(pl.element().rank("min")), pl.col("m").list.eval(pl.element().cum_sum() * 2).alias("c"))',
      [
        ['[2, 1, NULL]', '[6, 24]'],
        ['[]', '[2]'],
        [null, '[4]'],
        ['[1]', null],
      ],
    ],
    [
      'n.select(pl.col("i").cast(float), pl.col("f").cast(str).alias("s"), (pl.col("f") * 1e-9).cast(pl.String).alias("e"))',
      [
        [3, '1.5', '1.5000000000000002e-9'],
        [null, 'NaN', 'NaN'],
        [-2, null, null],
        [7, '-4.0', '-4e-9'],
        [3, '9.25', '9.25e-9'],
      ],
    ],
    [
      'n.select("i", "j", "f").cast({pl.Int64: pl.String}).select("j", pl.col("f").is_nan())',
      [
        ['2', false],
        ['0', true],
        [null, null],
        ['7', false],
        ['1', false],
      ],
    ],
    [
      'g.select("x", "y").shift(-1, fill_value=0)',
      [
        [5, 1],
        [2, null],
        [4, 8],
        [null, 4],
        [3, 3],
        [0, 0],
      ],
    ],
  ])('%s', async (cell, wanted) => {
    expect(await knownCells(lake, cell)).toEqual(wanted)
  })
})
