import { describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import { evaluatePlan } from '../testing/reference.ts'
import { TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'

const SETUP = 'df = pl.DataFrame({"a": [1, 2, None], "b": [0.5, 1.5, 4], "s": ["x", "y", "x"]})\n'

function run(cell: string): { names: string[]; rows: unknown[][] } {
  const { columns, rows } = evaluatePlan(bindPolarsCell(SETUP + cell, new TestCatalog()).result!)
  return { names: columns.map((column) => column.name), rows: rows.map((row) => [...row]) }
}

describe('Python around expressions', () => {
  it.each([
    ['df.select([pl.col(c).max() for c in ["a", "b"]])', ['a', 'b'], [[2n, 4]]],
    [
      'df.select(pl.col(c).max().alias(f"{c}_max") for c in df.columns if c != "s")',
      ['a_max', 'b_max'],
      [[2n, 4]],
    ],
    [
      'cols = {"a": "first", "b": "second"}\ndf.rename({k: v.upper() for k, v in cols.items()}).head(1)',
      ['FIRST', 'SECOND', 's'],
      [[1n, 0.5, 'x']],
    ],
    ['opts = {"descending": True}\ndf.sort("b", **opts).select("b").head(1)', ['b'], [[4]]],
    ['names = ["a", "b"]\ndf.select(*names, "s").head(1)', ['a', 'b', 's'], [[1n, 0.5, 'x']]],
    ['n = 1\nn += 1\ndf[["a"]].head(n)', ['a'], [[1n], [2n]]],
    ['df.select("a")[1:2]', ['a'], [[2n]]],
    ['df.select("b")[-1:]', ['b'], [[4]]],
    ['which = "a" if "a" in df.columns else "b"\ndf.select(which).head(1)', ['a'], [[1n]]],
    ['pl.lit(", ".join(["x", "y"]))', ['literal'], [['x, y']]],
    ['pl.lit(f"{1 + 1} {2.0} {None}")', ['literal'], [['2 2.0 None']]],
    ['pl.lit(sum([i * j for i in range(1, 4) for j in (1, 10)]))', ['literal'], [[66n]]],
    ['[a, b], c = [1, 2], 3\nc', [], 'unsupported'],
    ['print(df)', [], 'forbidden'],
    ['df.columns', ['value'], [['a'], ['b'], ['s']]],
    [
      'df.schema',
      ['name', 'value'],
      [
        ['a', 'Int64'],
        ['b', 'Float64'],
        ['s', 'String'],
      ],
    ],
    ['df.schema["b"]', ['value'], [['Float64']]],
    ['[1, 2.5]', ['value'], [[1], [2.5]]],
    ['[1, "x"]', [], 'type'],
    ['[df, df]', [], 'type'],
    ['df.filter(pl.col("a") == [n for n, _ in zip([2, 3], "ab")][0]).select("s")', ['s'], [['y']]],
    [
      'pl.DataFrame([{"a": 1}, {"b": "x", "a": 2}])',
      ['a', 'b'],
      [
        [1n, null],
        [2n, 'x'],
      ],
    ],
    ['pl.DataFrame({"a": [1, "x"]})', [], 'type'],
    ['pl.DataFrame({"a": [1, 2], "b": [1, 2, 3]})', [], 'invalid_argument'],
    ['pl.DataFrame({"a": [1, 2]}, schema={"a": pl.Float64}).select(pl.col("a") / 4)', ['a'], [[0.25], [0.5]]],
    [
      'from datetime import date, datetime, timedelta\npl.DataFrame({"d": [date(1970, 1, 2)], "t": [datetime(1970, 1, 1, 0, 0, 1)], "x": [timedelta(milliseconds=2)]})',
      ['d', 't', 'x'],
      [[1n, 1_000_000n, 2000n]],
    ],
    [
      'import datetime as dt\npl.select(pl.lit(dt.datetime(2024, 1, 31)) + dt.timedelta(days=1) == pl.datetime(2024, 2, 1))',
      ['literal'],
      [[true]],
    ],
    ['date(2024, 2, 30)', [], 'invalid_argument'],
    ['"a" + 1', [], 'type'],
    ['pl.col("a") if pl.col("b") else 1', [], 'unsupported'],
    ['[x for x in df]', [], 'forbidden'],
    ['len(df)', [], 'unsupported'],
    [
      'exprs = []\nfor c, n in [("a", 1), ("a", 2)]:\n    exprs.append((pl.col(c) + n).alias(f"{c}{n:02d}"))\ndf.select(exprs).head(1)',
      ['a01', 'a02'],
      [[2n, 3n]],
    ],
    [
      'def scaled(c, by=10):\n    \'By so much\'\n    if by == 1:\n        return pl.col(c)\n    return (pl.col(c) * by).alias(f"{c}_{by}")\ndf.select(scaled("a"), scaled("a", by=1)).head(1)',
      ['a_10', 'a'],
      [[10n, 1n]],
    ],
    [
      'def top(frame, n):\n    return frame.sort("b").head(n), n\nbest, n = top(df, 1)\nbest.select("a", pl.lit(n).alias("n"))',
      ['a', 'n'],
      [[1n, 1n]],
    ],
    [
      'out = df\nfor n in range(3):\n    out = out.with_columns(pl.col("a") * 2)\nout.select("a").head(1)',
      ['a'],
      [[8n]],
    ],
    [
      'wanted = "a"\nif wanted in df.columns and len(wanted) == 1:\n    r = df.select(wanted).head(1)\nelse:\n    r = df.select("s")',
      ['a'],
      [[1n]],
    ],
    [
      'limit = None\ndf.filter(pl.col("a") > (limit if limit is not None and limit > 1 else 1)).select("a")',
      ['a'],
      [[2n]],
    ],
    [
      'names = {}\nnames["a"] = "c"\nnames.update({"s": "t"})\ndf.rename(names).select("c", "t").head(1)',
      ['c', 't'],
      [[1n, 'x']],
    ],
    ['df.select((pl.col("a") + (k := 3)).alias(f"plus{k}")).head(1)', ['plus3'], [[4n]]],
    [
      'lo, hi = (1, 2)\nlo, hi = hi, lo\ndf.filter(pl.col("a").is_between(hi, lo)).select("a")',
      ['a'],
      [[1n], [2n]],
    ],
    ['pl.Config.set_tbl_rows(20)\ndf.select(pl.col("a").is_in({1, 3}))', ['a'], [[true], [false], [null]]],
    ['pl.lit(f"{1234567:,}|{2/3:.1%}|{7:>3}|{\'x\':<3}|")', ['literal'], [['1,234,567|66.7%|  7|x  |']]],
    ['pl.lit(str([1, 2, 3, 4][::-2][1]) + "abc"[::-1])', ['literal'], [['2cba']]],
    ['def f():\n    exprs.append(1)\nexprs = []\nf()', [], 'unsupported'],
    ['def f(a):\n    return a\nf(1, 2)', [], 'type'],
    ['def f(n):\n    return f(n + 1)\nf(0)', [], 'unsupported'],
    ['df["b"] = 1', [], 'unsupported'],
    ['a, b = [1, 2, 3]', [], 'type'],
    ['return 1', [], 'forbidden'],
    ['for row in df:\n    pass', [], 'forbidden'],
    ['if df:\n    pass', [], 'unsupported'],
    ['pl.col("a") in [1]', [], 'unsupported'],
    ['max(pl.col("a"), 1)', [], 'unsupported'],
    ['df.select(x=pl.when(pl.col("a") > 1).then(pl.col("s")))', ['x'], [[null], ['y'], [null]]],
    [
      'df.select(pl.when(pl.col("a") == 1).then(10).when(pl.col("a") == 2).then(20) + 1)',
      ['literal'],
      [[11n], [21n], [null]],
    ],
    ['w = pl.when(pl.col("a") > 1).then(1)\ndf.select(w.otherwise(0))', ['literal'], [[0n], [1n], [0n]]],
    ['df.select(pl.when(pl.col("a") > 1))', [], 'type'],
    ['df.select(pl.col("a").otherwise(1))', [], 'unsupported'],
    ['df.select(pl.when(pl.col("a") > 1).then(1).then(2))', [], 'unsupported'],
  ] as const)('%s', (cell, names, rows) => {
    if (typeof rows === 'string') {
      expect(() => run(cell)).toThrow(LakebookError)
      try {
        run(cell)
      } catch (error) {
        expect((error as LakebookError).code).toBe(rows)
      }
    } else expect(run(cell)).toEqual({ names: [...names], rows })
  })
})
