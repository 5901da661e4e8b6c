import { describe, expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { evaluatePlan } from '../testing/reference.ts'
import type { Row } from '../testing/reference-value.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'
import {
  col,
  concat,
  dtype,
  duration,
  intRanges,
  len,
  lit,
  table,
  when,
  type FrameBuilder,
} from './builder.ts'

const rows: Row[] = [
  ['a', 0n, 10],
  ['a', 60_000_000n, 12],
  ['b', 0n, null],
  ['a', 240_000_000n, 20],
  ['b', 120_000_000n, 7],
]

function catalog(): TestCatalog {
  return new TestCatalog().add(
    'readings',
    new RowTable(
      [
        { name: 'user', type: types.utf8 },
        { name: 'at', type: types.timestamp },
        { name: 'g', type: types.float64 },
      ],
      rows,
    ),
  )
}

function built(frame: FrameBuilder) {
  return evaluatePlan(frame.plan(catalog())!).rows
}

function written(text: string) {
  return evaluatePlan(bindPolarsCell(text, catalog()).result!).rows
}

const readings = table('readings')

describe('the typed builder says what a cell says', () => {
  const pairs: readonly (readonly [FrameBuilder, string])[] = [
    [
      readings.withColumns(col('g').shift(1).over('user').alias('before')),
      'readings.with_columns(pl.col("g").shift(1).over("user").alias("before"))',
    ],
    [
      readings
        .filter(
          col('g')
            .gt(8)
            .and(col('user').eq(lit('a'))),
        )
        .sort('g', { descending: true }),
      'readings.filter((pl.col("g") > 8) & (pl.col("user") == pl.lit("a"))).sort("g", descending=True)',
    ],
    [
      readings
        .groupBy(['user'], { maintain_order: true })
        .agg(len().alias('n'), col('g').mean(), col('g').nullCount().alias('nulls')),
      'readings.group_by("user", maintain_order=True).agg(pl.len().alias("n"), pl.col("g").mean(), pl.col("g").null_count().alias("nulls"))',
    ],
    [
      readings.select(
        when(col('g').isNull())
          .then(lit('none'))
          .when(col('g').lt(11))
          .then(lit('low'))
          .otherwise(lit('high'))
          .alias('band'),
      ),
      'readings.select(pl.when(pl.col("g").is_null()).then(pl.lit("none")).when(pl.col("g") < 11).then(pl.lit("low")).otherwise(pl.lit("high")).alias("band"))',
    ],
    [
      readings.select(
        'user',
        col('at')
          .add(duration({ minutes: col('g').cast(dtype('Int64')) }))
          .call('dt.minute'),
      ),
      'readings.select("user", (pl.col("at") + pl.duration(minutes=pl.col("g").cast(pl.Int64))).dt.minute())',
    ],
    [
      concat([readings.select('g'), readings.select(col('g').mul(-1))]).tail(6),
      'pl.concat([readings.select("g"), readings.select(-pl.col("g"))]).tail(6)',
    ],
    [
      readings.withColumns(intRanges(0, col('g').floordiv(5).cast(dtype('Int64'))).alias('n')).explode('n'),
      'readings.with_columns(pl.int_ranges(0, (pl.col("g") // 5).cast(pl.Int64)).alias("n")).explode("n")',
    ],
    [
      readings.join(readings.groupBy(['user']).agg(col('g').max().alias('top')), { on: 'user', how: 'left' }),
      'readings.join(readings.group_by("user").agg(pl.col("g").max().alias("top")), on="user", how="left")',
    ],
  ]

  it.each(pairs)('%#', (frame, text) => {
    expect(built(frame)).toEqual(written(text))
  })
})
