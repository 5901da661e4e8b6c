import pl from 'nodejs-polars'
import { describe, expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { evaluatePlan } from '../testing/reference.ts'
import type { Row, Value } from '../testing/reference-value.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'

const fields = [
  { name: 'k', type: types.utf8, nullable: true },
  { name: 'i', type: types.int64, nullable: true },
  { name: 'j', type: types.int64, nullable: true },
  { name: 'f', type: types.float64, nullable: true },
  { name: 's', type: types.utf8, nullable: true },
]

/** Rows with nulls, ties and repeated keys, the same for the same seed. */
function randomRows(seed: number, count: number): Row[] {
  let state = seed * 7919 + 1
  const random = (below: number) => (state = (state * 48_271) % 2_147_483_647) % below
  const maybe = (value: Value) => (random(6) === 0 ? null : value)
  return Array.from({ length: count }, () => [
    maybe(['a', 'b', 'c'][random(3)]!),
    maybe(BigInt(random(21) - 10)),
    maybe(BigInt(random(5) - 2)),
    maybe((random(41) - 20) / 4),
    maybe(['Ab c', '', 'xyz', 'Ünï 12', 'a,b'][random(5)]!),
  ])
}

function judgeFrame(rows: readonly Row[]): pl.DataFrame {
  const column = (index: number) =>
    rows.map((row) => (typeof row[index] === 'bigint' ? Number(row[index]) : row[index]) as never)
  return pl.DataFrame({
    k: pl.Series('k', column(0), pl.Utf8),
    i: pl.Series('i', column(1), pl.Int64),
    j: pl.Series('j', column(2), pl.Int64),
    f: pl.Series('f', column(3), pl.Float64),
    s: pl.Series('s', column(4), pl.Utf8),
  })
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint' || value === 0) return Number(value) + 0
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(12))
  return value ?? null
}

function ours(text: string, rows: readonly Row[]): { names: string[]; rows: unknown[][] } {
  const catalog = new TestCatalog().add('t', new RowTable(fields, rows))
  const { columns, rows: got } = evaluatePlan(bindPolarsCell(text, catalog).result!)
  return { names: columns.map((column) => column.name), rows: got.map((row) => row.map(plain)) }
}

function theirs(frame: pl.DataFrame): { names: string[]; rows: unknown[][] } {
  return { names: frame.columns, rows: frame.rows().map((row: unknown[]) => row.map(plain)) }
}

const c = pl.col

/** The judge takes the interpolation too; its types leave it out. */
function quantile(expression: pl.Expr, share: number, how: string): pl.Expr {
  return (expression as unknown as { quantile(share: number, how: string): pl.Expr }).quantile(share, how)
}

/** The same expression in a cell and for the judge. */
const expressions: readonly (readonly [string, () => pl.Expr])[] = [
  ['pl.col("i") + pl.col("j") * 2 - 1', () => c('i').add(c('j').mul(2)).sub(1)],
  // the judge's own `/` on whole numbers is a whole number
  ['pl.col("i") / pl.col("j")', () => c('i').cast(pl.Float64).div(c('j').cast(pl.Float64))],
  ['pl.col("f") / pl.col("i")', () => c('f').div(c('i'))],
  ['-pl.col("i")', () => pl.lit(0).sub(c('i')).alias('i')],
  [
    '(pl.col("i") > 0) & (pl.col("j") <= 1) | pl.col("f").is_null()',
    () => c('i').gt(0).and(c('j').ltEq(1)).or(c('f').isNull()),
  ],
  ['~(pl.col("i") == pl.col("j"))', () => c('i').eq(c('j')).not()],
  ['pl.col("i").is_in([1, 2, -3])', () => c('i').isIn([1, 2, -3])],
  ['pl.col("i").fill_null(0)', () => c('i').fillNull(0)],
  ['pl.col("f").fill_null(strategy="forward")', () => c('f').forwardFill()],
  ['pl.col("f").backward_fill()', () => c('f').backwardFill()],
  ['pl.col("i").shift(2)', () => c('i').shift(2)],
  ['pl.col("i").shift(-1).over("k")', () => c('i').shift(-1).over('k')],
  ['pl.col("i").sum().over("k")', () => c('i').sum().over('k')],
  ['pl.col("f").mean().over("k", "j")', () => c('f').mean().over('k', 'j')],
  ['pl.col("f") - pl.col("f").mean()', () => c('f').sub(c('f').mean())],
  ['pl.col("i").cum_sum()', () => c('i').cumSum()],
  ['pl.col("i").cum_max()', () => c('i').cumMax()],
  ['pl.col("i").cum_sum().over("k")', () => c('i').cumSum().over('k')],
  ['pl.col("i").diff()', () => c('i').diff(1, 'ignore')],
  ['pl.col("i").rank("dense")', () => c('i').rank('dense')],
  ['pl.col("i").rank("min")', () => c('i').rank('min')],
  ['pl.col("i").rank("max")', () => c('i').rank('max')],
  ['pl.col("i").rank()', () => c('i').rank('average')],
  ['pl.col("i").clip(-3, 4)', () => c('i').clip(-3, 4)],
  ['pl.col("f").round(1)', () => c('f').round(1)],
  ['pl.col("f").floor()', () => c('f').floor()],
  ['pl.col("i").abs()', () => c('i').abs()],
  ['pl.col("f").rolling_mean(3)', () => c('f').rollingMean(3)],
  ['pl.col("i").rolling_sum(4, min_samples=2)', () => c('i').rollingSum({ windowSize: 4, minPeriods: 2 })],
  ['pl.col("i").is_first_distinct()', () => c('i').isFirstDistinct()],
  ['pl.col("i").is_duplicated()', () => c('i').isDuplicated()],
  ['pl.col("s").str.to_uppercase()', () => c('s').str.toUpperCase()],
  ['pl.col("s").str.len_chars()', () => c('s').str.lengths()],
  ['pl.col("s").str.contains("[a-c]")', () => c('s').str.contains('[a-c]')],
  ['pl.col("s").str.replace("[a-z]", "_")', () => c('s').str.replace('[a-z]', '_')],
  ['pl.col("s").str.slice(1, 2)', () => c('s').str.slice(1, 2)],
  [
    'pl.when(pl.col("i") > 3).then(pl.lit("high")).when(pl.col("i") > 0).then(pl.lit("low")).otherwise(pl.lit(None)).alias("literal")',
    () =>
      pl
        .when(c('i').gt(3))
        .then(pl.lit('high'))
        .when(c('i').gt(0))
        .then(pl.lit('low'))
        .otherwise(pl.lit(null))
        .alias('literal'),
  ],
]

const aggregates: readonly (readonly [string, () => pl.Expr])[] = [
  ['pl.col("i").sum()', () => c('i').sum()],
  ['pl.col("f").mean()', () => c('f').mean()],
  ['pl.col("i").min()', () => c('i').min()],
  ['pl.col("s").max()', () => c('s').max()],
  ['pl.col("f").std()', () => c('f').std()],
  ['pl.col("i").first()', () => c('i').first()],
  ['pl.col("i").last()', () => c('i').last()],
  ['pl.col("i").count()', () => c('i').count()],
  ['pl.col("i").n_unique()', () => c('i').nUnique()],
  ['pl.col("i").null_count()', () => c('i').nullCount()],
  ['pl.col("f").median()', () => c('f').median()],
  ['pl.col("f").quantile(0.3, interpolation="linear")', () => quantile(c('f'), 0.3, 'linear')],
  ['pl.col("f").quantile(0.7, interpolation="higher")', () => quantile(c('f'), 0.7, 'higher')],
  ['pl.col("f").quantile(0.25, interpolation="midpoint")', () => quantile(c('f'), 0.25, 'midpoint')],
  ['pl.col("i").filter(pl.col("j") > 0).sum()', () => c('i').filter(c('j').gt(0)).sum()],
  ['pl.col("i").sort().last()', () => c('i').sort(false).last()],
  ['pl.col("f").max() - pl.col("f").min()', () => c('f').max().sub(c('f').min())],
  ['(pl.col("i") - pl.col("i").mean()).abs().sum()', () => c('i').sub(c('i').mean()).abs().sum()],
]

const samples = [1, 2, 3].map((seed) => randomRows(seed, seed * 9))

describe('expressions against the judge', () => {
  it.each(expressions)('%s', (text, judge) => {
    for (const rows of samples) {
      expect(ours(`t.select(${text})`, rows)).toEqual(theirs(judgeFrame(rows).select(judge())))
    }
  })

  it.each(aggregates)('%s', (text, judge) => {
    for (const rows of samples) {
      expect(ours(`t.select(${text})`, rows)).toEqual(theirs(judgeFrame(rows).select(judge())))
      const grouped = ours(`t.group_by("k").agg((${text}).alias("value")).sort("k")`, rows)
      expect(grouped).toEqual(theirs(judgeFrame(rows).groupBy('k').agg(judge().alias('value')).sort('k')))
    }
  })
})

describe('frames against the judge', () => {
  const frames: readonly (readonly [string, (frame: pl.DataFrame) => pl.DataFrame])[] = [
    ['t.filter(pl.col("i") > pl.col("j"))', (t) => t.filter(c('i').gt(c('j')))],
    [
      't.sort("i", nulls_last=True, maintain_order=True).head(4)',
      (t) => t.sort({ by: 'i', nullsLast: true, maintainOrder: true }).head(4),
    ],
    ['t.tail(3)', (t) => t.tail(3)],
    ['t.slice(2, 4)', (t) => t.slice(2, 4)],
    ['t.with_row_index("n")', (t) => t.withRowIndex('n')],
    ['t.rename({"i": "ii"}).drop("s")', (t) => t.rename({ i: 'ii' }).drop('s')],
    [
      't.unique(subset=["k"], keep="first", maintain_order=True)',
      (t) => t.unique({ subset: ['k'], keep: 'first', maintainOrder: true }),
    ],
    [
      't.unique(subset=["k", "j"], keep="last", maintain_order=True)',
      (t) => t.unique({ subset: ['k', 'j'], keep: 'last', maintainOrder: true }),
    ],
    ['t.null_count()', (t) => t.nullCount()],
    ['t.drop_nulls()', (t) => t.dropNulls()],
    [
      'pl.concat([t.select("i"), t.select("i").head(2)])',
      (t) => pl.concat([t.select('i'), t.select('i').head(2)]),
    ],
    [
      't.with_columns(pl.col("i").sum().over("k").alias("x"), (pl.col("f") * 2).alias("f"))',
      (t) => t.withColumns(c('i').sum().over('k').alias('x'), c('f').mul(2).alias('f')),
    ],
    [
      't.group_by("k").agg(pl.len().alias("n"), pl.col("f").max()).sort("k")',
      (t) => t.groupBy('k').agg(pl.len().alias('n'), c('f').max()).sort('k'),
    ],
  ]
  it.each(frames)('%s', (text, judge) => {
    for (const rows of samples) expect(ours(text, rows)).toEqual(theirs(judge(judgeFrame(rows))))
  })

  it.each(['inner', 'left', 'semi', 'anti'] as const)('%s join, as bags of rows', (how) => {
    for (const rows of samples) {
      const got = ours(`t.join(t.select("k", pl.col("j").alias("m")), on="k", how="${how}")`, rows)
      const frame = judgeFrame(rows)
      const wanted = theirs(frame.join(frame.select(c('k'), c('j').alias('m')), { on: 'k', how }))
      expect(got.names).toEqual(wanted.names)
      expect(got.rows.map((row) => JSON.stringify(row)).toSorted()).toEqual(
        wanted.rows.map((row) => JSON.stringify(row)).toSorted(),
      )
    }
  })
})
