import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { types, type DataType } from '../../arrow/types.ts'
import type { ColumnPredicate, Comparison, StatisticValue } from '../../catalog/table-provider.ts'
import { heapCells, type HeapCell } from '../../testing/heap-cells.ts'
import { openParquetEngine } from '../../testing/parquet-engine.ts'
import { BytesSource } from '../byte-source.ts'
import { ParquetTable } from './parquet-table.ts'
import { pruneUnits, type PruningUnit } from './pruning.ts'
import { comparable, compareValues, mergeBounds, type ChunkBounds } from './statistics.ts'

/** The truth of `cell op value` as SQL has it: NULL is not true, NaN equals itself and is greater than any number. */
function holds(cell: HeapCell, op: Comparison, value: StatisticValue): boolean {
  if (cell === null) return false
  const order = compareWithNaN(comparable(cell as StatisticValue), comparable(value))
  switch (op) {
    case '=':
      return order === 0
    case '<>':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function compareWithNaN(a: StatisticValue, b: StatisticValue): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return compareValues(a, b)
}

function satisfies(cell: HeapCell, predicate: ColumnPredicate): boolean {
  switch (predicate.kind) {
    case 'compare':
      return holds(cell, predicate.op, predicate.value)
    case 'in':
      return predicate.values.some((value) => holds(cell, '=', value))
    case 'is_null':
      return cell === null
    case 'is_not_null':
      return cell !== null
  }
}

const operators = fc.constantFrom<Comparison>('=', '<>', '<', '<=', '>', '>=')

function predicates(value: fc.Arbitrary<StatisticValue>): fc.Arbitrary<ColumnPredicate> {
  return fc.oneof(
    fc.record({
      kind: fc.constant('compare' as const),
      column: fc.constant(0),
      op: operators,
      value,
      text: fc.constant(''),
    }),
    fc.record({
      kind: fc.constant('in' as const),
      column: fc.constant(0),
      values: fc.array(value, { minLength: 1, maxLength: 3 }),
      text: fc.constant(''),
    }),
    fc.record({
      kind: fc.constantFrom('is_null' as const, 'is_not_null' as const),
      column: fc.constant(0),
      text: fc.constant(''),
    }),
  )
}

/** Bounds as a careful writer gives them: NaN left out, maybe wider than the values, maybe missing. */
function boundsOf(values: readonly HeapCell[], give: 'exact' | 'loose' | 'none'): ChunkBounds {
  const nullCount = values.filter((value) => value === null).length
  const known = values
    .filter((value) => value !== null && !Number.isNaN(value))
    .map((value) => comparable(value as StatisticValue))
    .sort(compareValues)
  if (give === 'none') return { min: null, max: null, exact: false, nullCount: null }
  return { min: known[0] ?? null, max: known[known.length - 1] ?? null, exact: give === 'exact', nullCount }
}

function unitOf(
  values: readonly HeapCell[],
  give: 'exact' | 'loose' | 'none',
): PruningUnit & { values: readonly HeapCell[] } {
  const bounds = boundsOf(values, give)
  return { values, rows: values.length, bytes: 100, bounds: () => bounds }
}

const domains: readonly { readonly type: DataType; readonly value: fc.Arbitrary<StatisticValue> }[] = [
  { type: types.int64, value: fc.bigInt(-5n, 5n) },
  { type: types.float64, value: fc.constantFrom(-1, -0, 0, 1.5, 2, Number.NaN, Number.POSITIVE_INFINITY) },
  { type: types.utf8, value: fc.constantFrom('', 'a', 'ab', 'b', 'é', '𝄞', '\uffff') },
  { type: types.bool, value: fc.boolean() },
]

describe('pruning never changes an answer, and its counts add up', () => {
  test.each(domains)('$type.kind', ({ type, value }) => {
    const unit = fc
      .tuple(
        fc.array(fc.option(value), { maxLength: 4 }),
        fc.constantFrom<'exact' | 'loose' | 'none'>('exact', 'loose', 'none'),
      )
      .map(([values, give]) => unitOf(values as HeapCell[], give))
    fc.assert(
      fc.property(
        fc.array(unit, { maxLength: 5 }),
        fc.array(predicates(value), { maxLength: 3 }),
        (units, all) => {
          const { kept, step } = pruneUnits('row group', units, all, [{ name: 'x', type }])
          const matches = (from: readonly (typeof units)[number][]) =>
            from.flatMap(({ values }) =>
              values.filter((cell) => all.every((predicate) => satisfies(cell, predicate))),
            )
          expect(matches(kept)).toEqual(matches(units))
          const removed = step.removed.reduce((sum, { units: count }) => sum + count, 0)
          expect(step.unitsIn).toBe(units.length)
          expect(step.unitsKept).toBe(kept.length)
          expect(removed + kept.length).toBe(units.length)
          expect(step.kept.reduce((sum, { units: count }) => sum + count, 0)).toBe(kept.length)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('merged bounds cover every chunk', () => {
    const chunks = fc.array(fc.array(fc.option(fc.bigInt(-9n, 9n)), { maxLength: 4 }), { maxLength: 5 })
    fc.assert(
      fc.property(chunks, (all) => {
        const merged = mergeBounds(
          all.map((values) => ({ bounds: boundsOf(values, 'exact'), rows: values.length })),
        )
        const values = all.flat().filter((value) => value !== null)
        expect(merged.nullCount).toBe(all.flat().length - values.length)
        for (const value of values) {
          expect(merged.min === null ? 1 : compareValues(merged.min, value)).toBeLessThanOrEqual(0)
          expect(merged.max === null ? -1 : compareValues(merged.max, value)).toBeGreaterThanOrEqual(0)
        }
      }),
    )
  })
})

describe('on files', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lakebook-pruning-'))
  const duckdb = await (await DuckDBInstance.create()).connect()
  const engine = await openParquetEngine()
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  async function write(name: string, query: string): Promise<BytesSource> {
    const file = path.join(folder, name)
    await duckdb.run(`COPY (${query}) TO '${file}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
    return new BytesSource(name, new Uint8Array(readFileSync(file)))
  }

  const query = `SELECT i AS id, (i - 3000)::DOUBLE AS x, (i * 0.01)::DECIMAL(12, 2) AS amount,
    DATE '2024-01-01' + (i // 50)::INTEGER AS day, TIMESTAMP '2024-01-01' + INTERVAL (i) MINUTE AS at,
    'name ' || lpad(i::VARCHAR, 5, '0') AS name, i::UINTEGER + 3000000000 AS big,
    CASE WHEN i BETWEEN 3000 AND 5000 THEN i END AS maybe, i::SMALLINT AS small
    FROM range(10000) t(i)`

  const literals: Readonly<Record<string, fc.Arbitrary<StatisticValue>>> = {
    id: fc.bigInt(-100n, 10_100n),
    x: fc.integer({ min: -3100, max: 7100 }),
    amount: fc.bigInt(-100n, 10_100n),
    day: fc.bigInt(19_700n, 19_950n),
    at: fc.bigInt(0n, 10_100n).map((minutes) => 1_704_067_200_000_000n + minutes * 60_000_000n),
    name: fc.integer({ min: 0, max: 10_500 }).map((i) => `name ${String(i).padStart(5, '0')}`),
    big: fc.bigInt(2_999_999_900n, 3_000_010_100n),
    maybe: fc.bigInt(2900n, 5100n),
    small: fc.bigInt(-100n, 10_100n),
  }

  test('scans with predicates keep every row that satisfies them', { timeout: 60_000 }, async () => {
    const table = await ParquetTable.open([await write('rows.parquet', query)], engine.reader)
    for (const [name, literal] of Object.entries(literals)) {
      const column = table.schema.fields.findIndex((field) => field.name === name)
      const all = await cellsOf(table, column, [])
      await fc.assert(
        fc.asyncProperty(predicates(literal), async (predicate) => {
          const scoped = { ...predicate, column }
          const truth = all.filter((cell) => satisfies(widened(cell), scoped)).length
          const kept = (await cellsOf(table, column, [scoped])).filter((cell) =>
            satisfies(widened(cell), scoped),
          )
          expect([name, kept.length]).toEqual([name, truth])
        }),
        { numRuns: 25 },
      )
    }
    table.close()
  })

  async function cellsOf(
    table: ParquetTable,
    column: number,
    predicate: readonly ColumnPredicate[],
  ): Promise<HeapCell[]> {
    const { morsels } = await table.planScan({ columns: [column], predicates: predicate })
    const loader = table.openLoader([column])
    const cells: HeapCell[] = []
    for (const morsel of morsels) {
      const loaded = await loader.load(morsel, new AbortController().signal)
      cells.push(...heapCells(engine.heap, loaded.batch.columns[0]!, loaded.batch.length))
      loaded.release()
    }
    return cells
  }

  test('says what went and why the rest stayed', async () => {
    const table = await ParquetTable.open(
      [
        await write('a.parquet', query),
        await write('b.parquet', query.replaceAll('range(10000)', 'range(20000, 30000)')),
      ],
      engine.reader,
    )
    const { pruning, morsels } = await table.planScan({
      columns: [0, 3],
      predicates: [
        { kind: 'compare', column: 3, op: '<=', value: 19_750n, text: "day <= DATE '2024-01-28'" },
      ],
    })
    expect(
      pruning.map(({ layer, unitsIn, unitsKept, rowsIn, rowsKept }) => ({
        layer,
        unitsIn,
        unitsKept,
        rowsIn,
        rowsKept,
      })),
    ).toEqual([
      { layer: 'file', unitsIn: 2, unitsKept: 1, rowsIn: 20_000, rowsKept: 10_000 },
      { layer: 'row group', unitsIn: 5, unitsKept: 1, rowsIn: 10_000, rowsKept: 2048 },
      { layer: 'column', unitsIn: 9, unitsKept: 2, rowsIn: 2048, rowsKept: 2048 },
    ])
    expect(pruning[0]!.removed).toEqual([
      { predicate: "day <= DATE '2024-01-28'", reason: 'day min 2025-02-04, max 2025-08-22', units: 1 },
    ])
    expect(pruning[1]!.kept).toEqual([{ reason: 'day min 2024-01-01, max 2024-02-10', units: 1 }])
    expect(pruning[2]!.bytesKept).toBeLessThan(pruning[2]!.bytesIn)
    expect(morsels.length).toBe(1)
    table.close()
  })

  test('several files of one schema are one table; another schema names file and column', async () => {
    const a = await write('part-1.parquet', 'SELECT 1 AS id, 2.5 AS x')
    const b = await write('part-2.parquet', 'SELECT 4.5 AS x, 3 AS id')
    const table = await ParquetTable.open([a, b], engine.reader)
    expect(await cellsOf(table, 0, [])).toEqual([1, 3])
    const wrong = await write('wrong.parquet', "SELECT 'one' AS id, 2.5 AS x")
    await expect(ParquetTable.open([a, wrong], engine.reader)).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: 'wrong.parquet has VARCHAR and not INTEGER in column id, unlike part-1.parquet',
    })
    const missing = await write('missing.parquet', 'SELECT 1 AS id')
    await expect(ParquetTable.open([a, missing], engine.reader)).rejects.toMatchObject({
      code: 'schema_mismatch',
      message: 'missing.parquet has no column x, unlike part-1.parquet',
    })
  })
})

/** Cells hold narrow integers as numbers, statistics all integers as bigint. */
function widened(cell: HeapCell): HeapCell {
  return typeof cell === 'number' && Number.isInteger(cell) && !Object.is(cell, -0) ? BigInt(cell) : cell
}
