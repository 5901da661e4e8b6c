import { afterAll, expect, test } from 'vitest'
import { expectNothingHeld } from '../../testing/expect-nothing-held.ts'
import { scanCells } from '../../testing/heap-cells.ts'
import { openParquetEngine } from '../../testing/parquet-engine.ts'
import { PageOwner } from '../../memory/page-owner.ts'
import { CgmReadings } from './cgm-readings.ts'
import type { CgmPresetName } from './cgm-presets.ts'

const engine = await openParquetEngine()
const reservation = engine.pool.register({ name: 'dictionaries', canSpill: false })
const owner = new PageOwner(engine.heap, reservation)

afterAll(() => {
  engine.reader.cache.close()
  reservation.free()
  expectNothingHeld(engine.heap, engine.pool)
})

/** Columns of a whole preset, copied out of the heap. */
async function readings(preset: CgmPresetName, morselBytes = 2 ** 24) {
  const table = new CgmReadings(preset, engine.reader.cache, owner, morselBytes)
  const loader = table.openLoader([0, 1, 2, 3])
  const { rowCount } = table.statistics
  const id = new BigInt64Array(rowCount)
  const user = new Int32Array(rowCount)
  const time = new BigInt64Array(rowCount)
  const glucose = new Float64Array(rowCount)
  let row = 0
  for (const morsel of (await table.planScan({ columns: [0, 1, 2, 3], predicates: [] })).morsels) {
    const loaded = await loader.load(morsel, new AbortController().signal)
    const { batch } = loaded
    const pointers = batch.columns.map((column) => column.values)
    const { buffer } = engine.heap.memory
    id.set(new BigInt64Array(buffer, pointers[0], batch.length), row)
    user.set(new Int32Array(buffer, pointers[1], batch.length), row)
    time.set(new BigInt64Array(buffer, pointers[2], batch.length), row)
    glucose.set(new Float64Array(buffer, pointers[3], batch.length), row)
    row += batch.length
    loaded.release()
  }
  const minute = Int32Array.from(time, (micros) => Number(micros / 60_000_000n))
  return { table, id, user, minute, glucose, rowCount: row }
}

type Readings = Awaited<ReturnType<typeof readings>>

/** The gap policy, reading by reading: what each missing slot becomes. */
function impute({ user, minute, rowCount }: Readings, stepMinutes: number) {
  const counts = { rowsIn: rowCount, rowsOut: rowCount, linear: 0, locf: 0, missing: 0 }
  for (let i = 1; i < rowCount; i++) {
    if (user[i - 1] !== user[i]) continue
    const gap = minute[i]! - minute[i - 1]!
    const filled = gap / stepMinutes - 1
    counts.rowsOut += filled
    if (gap <= 30) counts.linear += filled
    else if (gap <= 120) counts.locf += filled
    else counts.missing += filled
  }
  return counts
}

/** Ordered by person and time, values of one decimal within bounds, and each person's mean and variation as promised. */
function expectBelievable({ id, user, minute, glucose, rowCount }: Readings) {
  let wrong = 0
  for (let i = 0; i < rowCount; i++) {
    const value = glucose[i]!
    if (value < 40 || value > 400 || Math.round(value * 10) / 10 !== value || id[i] !== BigInt(i + 1)) wrong++
    const ordered =
      i === 0 || user[i]! > user[i - 1]! || (user[i] === user[i - 1] && minute[i]! > minute[i - 1]!)
    if (!ordered) wrong++
  }
  expect(wrong).toBe(0)
  for (let from = 0; from < rowCount;) {
    let to = from
    while (to < rowCount && user[to] === user[from]) to++
    const values = glucose.subarray(from, to)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    const variation = Math.sqrt(variance) / mean
    if (mean < 150 || mean > 180 || variation < 0.36 || variation > 0.38) {
      expect.fail(`person ${user[from]} has mean ${mean} and variation ${variation}`)
    }
    from = to
  }
}

test('the published preset meets the four published counts exactly', async () => {
  const published = await readings('published')
  expect(impute(published, 60)).toEqual({
    rowsIn: 966_799,
    rowsOut: 1_079_888,
    linear: 0,
    locf: 85_889,
    missing: 27_200,
  })
  expect(new Set(published.user).size).toBe(500)
  expect(published.table.notices[0]).toContain('85,889 gaps are one reading long')
  expectBelievable(published)

  const parts = await readings('published', 2 ** 16)
  const differs = (i: number) =>
    parts.glucose[i] !== published.glucose[i] || parts.minute[i] !== published.minute[i]
  expect(published.glucose.findIndex((_, i) => differs(i))).toBe(-1)
  published.table.close()
  parts.table.close()
})

test('the lifelike preset has about a million rows, in all three bands', async () => {
  const lifelike = await readings('lifelike')
  const counts = impute(lifelike, 5)
  expect(counts.rowsIn).toBeGreaterThan(950_000)
  expect(counts.rowsIn).toBeLessThan(1_050_000)
  expect(counts.linear).toBeGreaterThan(30_000)
  expect(counts.locf).toBeGreaterThan(5_000)
  expect(counts.missing).toBeGreaterThan(5_000)
  expectBelievable(lifelike)
  lifelike.table.close()
})

test('texts are dictionary-encoded', async () => {
  const table = new CgmReadings('published', engine.reader.cache, owner, 2 ** 20)
  const cells = await scanCells(engine.heap, table, [4, 5, 6, 7])
  expect(new Set(cells['country'])).toEqual(new Set(['TW', 'JP', 'KR', 'SG']))
  expect(new Set(cells['device'])).toEqual(new Set(['Sensor A', 'Sensor B', 'Sensor C']))
  expect(new Set(cells['quality'])).toEqual(new Set(['good', 'fair', 'poor']))
  expect(new Set(cells['reading_source'])).toEqual(new Set(['sensor']))
  table.close()
})
