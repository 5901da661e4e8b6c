import { describe, expect, it } from 'vitest'
import { decimal, listOf, types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { evaluatePlan } from '../testing/reference.ts'
import type { Row } from '../testing/reference-value.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'
import { polarsTypeName } from './dtypes.ts'

const trips = new RowTable(
  [
    { name: 'city', type: types.utf8 },
    { name: 'km', type: types.int64 },
    { name: 'fare', type: decimal(9, 2) },
    { name: 'left_at', type: types.timestamp },
    { name: 'stops', type: listOf(types.int64) },
    { name: 'small', type: types.int8 },
  ],
  [
    ['oslo', 12n, 1250n, 0n, [1n, 2n], 1n],
    ['rome', 3n, 430n, 60_000_000n, [], 2n],
    ['oslo', null, 990n, 120_000_000n, null, 3n],
    ['lima', 7n, 700n, 180_000_000n, [5n], null],
  ],
)

function catalog(): TestCatalog {
  return new TestCatalog().add('trips', trips).add('cities.parquet', trips)
}

function plans(text: string) {
  return bindPolarsCell(text, catalog())
}

function result(text: string): LogicalPlan {
  const bound = plans(text).result
  if (bound === null) throw new Error('the cell has no result')
  return bound
}

function rows(text: string): readonly Row[] {
  return evaluatePlan(result(text)).rows
}

function schema(text: string): string[] {
  return outputColumns(result(text)).map((column) => `${column.name}: ${polarsTypeName(column.type)}`)
}

function failure(text: string): LakebookError {
  try {
    plans(text)
  } catch (error) {
    if (error instanceof LakebookError) return error
    throw error
  }
  throw new Error(`expected a refusal of ${text}`)
}

/** The piece of the text that the error points at. */
function pointedAt(text: string): string {
  const { span } = failure(text)
  return span === undefined ? 'nowhere' : text.slice(span.start, span.end)
}

describe('a Polars cell', () => {
  it('ends with its last expression, and keeps every frame that got a name', () => {
    const { assignments, result: last } = plans(
      'a = trips.head(2)\nb = a.select("km")\nLIMIT = 1\nb.head(LIMIT)',
    )
    expect(assignments.map(({ name }) => name)).toEqual(['a', 'b'])
    expect(evaluatePlan(last!).rows).toEqual([[12n]])
  })

  it('shows the frame of a last assignment, and nothing for a constant that got a name', () => {
    const { assignments, result: last } = plans('a = trips.select(pl.len())')
    expect(last).toBe(assignments[0]?.plan)
    expect(plans('LIMIT = 3').result).toBeNull()
    expect(plans('').result).toBeNull()
  })

  it('shares the plan of a frame that is named twice', () => {
    const { assignments, result: last } = plans(
      'a = trips.filter(pl.col("km") > 3)\npl.concat([a.select("km"), a.select("km")])',
    )
    expect(last?.kind).toBe('union')
    const inputs = (last as Extract<LogicalPlan, { kind: 'union' }>).inputs.map((input) =>
      JSON.stringify(input.kind),
    )
    expect(inputs).toEqual(['"project"', '"project"'])
    expect(assignments).toHaveLength(1)
    expect(evaluatePlan(last!).rows).toEqual([[12n], [7n], [12n], [7n]])
  })

  it('finds a file by its name, whatever folder the text puts it in', () => {
    expect(rows('pl.read_parquet("data/cities.parquet").select(pl.len())')).toEqual([[4n]])
    expect(rows('pl.scan_parquet("trips.parquet").select(pl.len()).collect()')).toEqual([[4n]])
  })

  it('uses frames of earlier cells, in their order', () => {
    const earlier = plans('far = trips.sort("km", descending=True, nulls_last=True)').assignments[0]!
    const both = catalog().set({ kind: 'frame', name: 'far', plan: earlier.plan })
    const plan = bindPolarsCell('far.select("city").head(3)', both).result!
    expect(evaluatePlan(plan).rows).toEqual([['oslo'], ['lima'], ['rome']])
    const joined = bindPolarsCell('far.join(far, on="city").select(pl.len())', both).result!
    expect(evaluatePlan(joined).rows).toEqual([[6n]])
  })

  it('works constants out, and reads them inside expressions', () => {
    expect(rows('N = 2 * 3 - 2 ** 2\ntrips.head(N // 2).select(pl.col("km") * N)')).toEqual([[24n]])
  })
})

describe('types', () => {
  it.each([
    ['pl.len()', 'len: UInt32'],
    ['pl.col("km") / 2', 'km: Float64'],
    ['pl.col("km") // 2', 'km: Int64'],
    ['pl.col("km") + 1.5', 'km: Float64'],
    ['pl.col("small") + 1', 'small: Int8'],
    ['pl.col("small") + 300', 'small: Int16'],
    ['pl.col("small").sum()', 'small: Int64'],
    ['pl.col("km").mean()', 'km: Float64'],
    ['pl.col("fare").sum()', 'fare: Decimal(precision=38, scale=2)'],
    ['pl.col("left_at") - pl.col("left_at").min()', "left_at: Duration(time_unit='us')"],
    ['pl.col("left_at") + pl.duration(minutes=1)', "left_at: Datetime(time_unit='us', time_zone=None)"],
    ['pl.col("left_at").dt.date()', 'left_at: Date'],
    ['pl.when(pl.col("km") > 3).then(1).otherwise(None)', 'literal: Int32'],
    ['pl.lit("x").alias("y")', 'y: String'],
    ['pl.int_ranges(0, pl.col("km"))', 'literal: List(Int64)'],
    ['pl.col("km").is_null()', 'km: Boolean'],
    ['pl.col("km").rank()', 'km: Float64'],
    ['pl.col("km").n_unique()', 'km: UInt32'],
    ['pl.col("km").cast(pl.Float32)', 'km: Float32'],
    ['pl.col("city").name.suffix("_2")', 'city_2: String'],
  ])('%s is %s', (expression, expected) => {
    expect(schema(`trips.select(${expression})`)).toEqual([expected])
  })

  it('expands several columns, patterns and types', () => {
    expect(schema('trips.select(pl.col("km", "small") * 2)')).toEqual(['km: Int64', 'small: Int8'])
    expect(schema('trips.select(pl.col("^.*m.*$"))')).toEqual(['km: Int64', 'small: Int8'])
    expect(schema('trips.select(pl.col(pl.Int64, pl.Int8))')).toEqual(['km: Int64', 'small: Int8'])
    expect(schema('trips.select(pl.all().exclude("stops", "left_at", "fare").is_null().sum())')).toEqual([
      'city: UInt32',
      'km: UInt32',
      'small: UInt32',
    ])
    expect(schema('import polars.selectors as cs\ntrips.select(cs.integer() - cs.by_name("km"))')).toEqual([
      'small: Int8',
    ])
  })
})

describe('refusals', () => {
  it.each([
    ['trips.select("kn")', 'unknown_column', '"kn"', 'Did you mean "km"?'],
    ['tripz.head()', 'unknown_table', 'tripz', 'Did you mean "trips"?'],
    [
      'pl.read_parquet("citties.parquet")',
      'unknown_table',
      'pl.read_parquet("citties.parquet")',
      'Did you mean "cities.parquet"?',
    ],
    [
      'trips.with_colums(pl.len())',
      'unsupported',
      'with_colums',
      'The nearest that is supported: `with_columns`.',
    ],
    ['trips.select(pl.col("km").summ())', 'unsupported', 'summ', 'The nearest that is supported: `sum`.'],
    ['trips.select(pl.coll("km"))', 'unsupported', 'coll', 'The nearest that is supported: `pl.col`.'],
    [
      'trips.sort("km", decending=True)',
      'unsupported',
      'decending',
      'The nearest that is supported: `descending`.',
    ],
    ['trips.filter(pl.col("city") > 3)', 'type', 'pl.col("city") > 3', 'Cast one of them with .cast(...).'],
    [
      'trips.filter(pl.col("km"))',
      'type',
      'pl.col("km")',
      'Compare it with something, e.g. pl.col("x") > 0.',
    ],
    [
      'trips.select(pl.col("km").str.contains("a"))',
      'type',
      'pl.col("km").str.contains("a")',
      'Cast it with .cast(pl.String).',
    ],
    [
      'trips.filter(pl.col("left_at") > "2024-01-01")',
      'type',
      'pl.col("left_at") > "2024-01-01"',
      'Write a date as',
    ],
    ['trips.filter(pl.col("km") > 1 & pl.col("km") < 3)', 'unsupported', '<', 'Use pl.col("x").is_between'],
    [
      'trips.select(pl.col("km"), pl.col("km") + 1)',
      'invalid_argument',
      'pl.col("km") + 1',
      'Give one of them another name',
    ],
    ['trips.group_by("city")', 'type', 'trips.group_by("city")', 'Add .agg(...).'],
    ['trips[1.5]', 'unsupported', 'trips[1.5]', 'Use names for columns'],
    [
      'pl.concat([trips, trips.select("km")])',
      'schema_mismatch',
      'pl.concat([trips, trips.select("km")])',
      'Select the same columns',
    ],
  ])('%s', (text, code, place, hint) => {
    const error = failure(text)
    expect(error.code).toBe(code)
    expect(pointedAt(text)).toBe(place)
    expect(error.hint).toContain(hint)
  })

  it.each([
    ['trips.to_dicts()', 'to_dicts'],
    ['trips.iter_rows()', 'iter_rows'],
    ['trips.rows()', 'rows'],
    ['trips.to_pandas()', 'to_pandas'],
    ['for row in trips.iter_rows(named=True):\n    pass', 'iter_rows'],
    ['trips.select(pl.col("km").map_elements(pl.len()))', 'map_elements'],
  ])('%s says what to write instead', (text, place) => {
    const error = failure(text)
    expect(error.code).toBe('forbidden')
    expect(pointedAt(text)).toBe(place)
    expect(error.hint).toBeTruthy()
  })

  it('says what turning a frame into objects would have cost', () => {
    const error = failure('a = trips.select("km", "city")\na.to_dicts()')
    expect(error.message).toBe(
      '`to_dicts` would turn columns into objects: 4 rows × 2 columns = 8 objects, about 352 bytes where Arrow takes 96 bytes',
    )
    expect(failure('for row in trips:\n    pass').message).toContain('4 rows × 6 columns = 24 objects')
  })
})

describe('order', () => {
  it('survives windows, joins and groups', () => {
    expect(rows('trips.with_columns(n=pl.len().over("city")).select("city", "n")')).toEqual([
      ['oslo', 2n],
      ['rome', 1n],
      ['oslo', 2n],
      ['lima', 1n],
    ])
    expect(
      rows('trips.reverse().group_by("city", maintain_order=True).agg(pl.col("small").first())'),
    ).toEqual([
      ['lima', null],
      ['oslo', 3n],
      ['rome', 2n],
    ])
    expect(rows('trips.select("city").tail(2)')).toEqual([['oslo'], ['lima']])
    expect(rows('trips.select("city").slice(-3, 2)')).toEqual([['rome'], ['oslo']])
    expect(
      rows('trips.with_row_index("i", offset=1).select("i", "km").sort("km", maintain_order=True).head(2)'),
    ).toEqual([
      [3n, null],
      [2n, 3n],
    ])
  })

  it('keeps a row whose list is empty or null when it explodes', () => {
    expect(rows('trips.select("city", "stops").explode("stops")')).toEqual([
      ['oslo', 1n],
      ['oslo', 2n],
      ['rome', null],
      ['oslo', null],
      ['lima', 5n],
    ])
  })
})
