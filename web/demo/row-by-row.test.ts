import { expect, test } from 'vitest'
import { imputeRowByRow, type ReadingColumns } from './row-by-row.ts'

function columns(
  readings: readonly (readonly [user: number, minute: number, glucose: number])[],
): ReadingColumns {
  const same = (value: unknown) => readings.map(() => value)
  return {
    reading_id: readings.map((_, row) => row),
    user_id: readings.map(([user]) => user),
    timestamp: readings.map(([, minute]) => minute * 60_000),
    glucose_mg_dl: readings.map(([, , glucose]) => glucose),
    country: same('TW'),
    device: same('A'),
    quality: same('good'),
    reading_source: same('sensor'),
  }
}

test('each gap is filled as the policy says, to its last minute', () => {
  const { metrics, objects } = imputeRowByRow(
    columns([
      [1, 0, 100],
      [1, 30, 160], // 30 minutes: 5 slots, linear: 110, 120, 130, 140, 150
      [1, 35, 150],
      [1, 155, 90], // 120 minutes: 23 slots of 150
      [1, 280, 80], // 125 minutes: 24 slots of NULL
      [2, 5, 70], // another person: no gap to person 1
    ]),
    5,
  )
  expect(metrics).toEqual({
    rowsIn: 6,
    rowsOut: 6 + 5 + 23 + 24,
    linear: 5,
    locf: 23,
    missing: 24,
    checksum: BigInt(10 * (100 + 160 + 150 + 90 + 80 + 70 + 110 + 120 + 130 + 140 + 150 + 23 * 150)),
  })
  expect(objects).toBe(metrics.rowsOut)
})

test('the order of the rows does not matter', () => {
  const readings = [
    [1, 60, 120.4],
    [2, 0, 99.9],
    [1, 0, 100.1],
    [1, 240, 130],
    [2, 120, 101],
  ] as const
  const { metrics } = imputeRowByRow(columns(readings), 60)
  expect(imputeRowByRow(columns(readings.toReversed()), 60).metrics).toEqual(metrics)
  expect(metrics).toMatchObject({ linear: 0, locf: 1, missing: 2, rowsOut: 8 })
})
