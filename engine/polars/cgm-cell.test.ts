import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { types } from '../arrow/types.ts'
import { evaluatePlan } from '../testing/reference.ts'
import type { Row } from '../testing/reference-value.ts'
import { RowTable, TestCatalog } from '../testing/row-table.ts'
import { bindPolarsCell } from './bind.ts'

const MINUTE = 60_000_000n
const cell = path.resolve(import.meta.dirname, '../../../shared/suites/polars/cgm-cell.py')

/** Hourly readings of a few people, some of them missing, in a jumbled order. */
function readings(): Row[] {
  const rows: Row[] = []
  let seed = 7
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  for (let user = 1n; user <= 6n; user++) {
    for (let hour = 0n; hour < 120n; hour++) {
      if (random() < 0.2) continue
      rows.push([
        user,
        1_700_000_000_000_000n + hour * 60n * MINUTE,
        80 + Math.floor(random() * 200),
        'sensor',
      ])
    }
  }
  return rows.toSorted(
    (a, b) => Number((a[1] as bigint) % 7n) - Number((b[1] as bigint) % 7n) || Number(b[2]) - Number(a[2]),
  )
}

const fields = [
  { name: 'user_id', type: types.int64 },
  { name: 'timestamp', type: types.timestamp },
  { name: 'glucose_mg_dl', type: types.float64 },
  { name: 'reading_source', type: types.utf8 },
]

interface Gaps {
  rows: number
  carried: number
  nulls: number
  linear: number
  total: number
}

/** The policy, row by row: gaps up to 30 minutes linear, up to 120 the last value, longer ones nothing. */
function imputedByHand(rows: readonly Row[], step: number): Gaps {
  const sorted = rows.toSorted(
    (a, b) => Number((a[0] as bigint) - (b[0] as bigint)) || Number((a[1] as bigint) - (b[1] as bigint)),
  )
  const gaps: Gaps = { rows: 0, carried: 0, nulls: 0, linear: 0, total: 0 }
  for (let i = 1; i < sorted.length; i++) {
    const [before, now] = [sorted[i - 1]!, sorted[i]!]
    if (before[0] !== now[0]) continue
    const gap = Number(((now[1] as bigint) - (before[1] as bigint)) / MINUTE)
    const missing = Math.floor(gap / step) - 1
    for (let offset = 1; gap > step && offset <= missing; offset++) {
      gaps.rows++
      if (gap <= 30) {
        gaps.linear++
        gaps.total += Number(before[2]) + ((Number(now[2]) - Number(before[2])) * offset) / (missing + 1)
      } else if (gap <= 120) {
        gaps.carried++
        gaps.total += Number(before[2])
      } else gaps.nulls++
    }
  }
  return gaps
}

function catalogOf(rows: readonly Row[]): TestCatalog {
  return new TestCatalog().add('readings.parquet', new RowTable(fields, rows))
}

describe.skipIf(!existsSync(cell))(
  `the imputation cell (${existsSync(cell) ? 'as it is' : 'skipped: ../shared is absent'})`,
  () => {
    const text = existsSync(cell) ? readFileSync(cell, 'utf8') : ''

    it('counts imputed and null rows like a loop over the rows', () => {
      const rows = readings()
      const { result, assignments } = bindPolarsCell(text, catalogOf(rows))
      expect(assignments.map(({ name }) => name)).toEqual(['df', 'gaps', 'imputed', 'result'])
      const { columns, rows: counted } = evaluatePlan(result!)
      expect(columns.map(({ name, type }) => `${name}: ${type.kind}`)).toEqual([
        'reading_source: utf8',
        'rows: uint32',
        'nulls: uint32',
      ])
      const expected = imputedByHand(rows, 60)
      expect(expected.nulls).toBeGreaterThan(0)
      expect(expected.carried).toBeGreaterThan(0)
      expect(new Map(counted.map(([source, ...counts]) => [source, counts]))).toEqual(
        new Map([
          ['sensor', [BigInt(rows.length), 0n]],
          ['imputed', [BigInt(expected.rows), BigInt(expected.nulls)]],
        ]),
      )
    })

    it.each([5, 10, 20, 60])('fills every band at a step of %i minutes', (step) => {
      const rows = readings().map(([user, time, ...rest]): Row => [
        user!,
        1_700_000_000_000_000n + (((time as bigint) - 1_700_000_000_000_000n) / 60n) * BigInt(step),
        ...rest,
      ])
      const stepped = text.replace('STEP = 60', `STEP = ${step}`)
      const { assignments } = bindPolarsCell(stepped, catalogOf(rows))
      const imputed = assignments.find(({ name }) => name === 'imputed')!
      const { columns, rows: filled } = evaluatePlan(imputed.plan)
      const at = (name: string) => columns.findIndex((column) => column.name === name)
      const expected = imputedByHand(rows, step)
      const values = filled.map((row) => row[at('glucose_mg_dl')] ?? null)
      expect(filled.length).toBe(expected.rows)
      expect(values.filter((value) => value === null).length).toBe(expected.nulls)
      expect(values.reduce((sum: number, value) => sum + Number(value ?? 0), 0)).toBeCloseTo(
        expected.total,
        6,
      )
      const times = filled.map((row) => [row[at('user_id')], row[at('timestamp')]] as [bigint, bigint])
      expect(times).toEqual(times.toSorted((a, b) => Number(a[0] - b[0]) || Number(a[1] - b[1])))
    })

    it('does not sort where nobody looks at the order', () => {
      const { result } = bindPolarsCell(text, catalogOf(readings()))
      const kinds = JSON.stringify(result, (key, value: unknown) =>
        key === 'provider' ? undefined : typeof value === 'bigint' ? String(value) : value,
      )
      expect(kinds).not.toContain('"kind":"sort"')
    })
  },
)
