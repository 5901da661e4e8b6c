import type { CgmMetrics } from '../../workers/protocol.ts'

/** The readings as eight columns, in any order of rows. */
export interface ReadingColumns {
  readonly reading_id: readonly unknown[]
  readonly user_id: readonly unknown[]
  /** Milliseconds since 1970. */
  readonly timestamp: readonly number[]
  readonly glucose_mg_dl: readonly (number | null)[]
  readonly country: readonly unknown[]
  readonly device: readonly unknown[]
  readonly quality: readonly unknown[]
  readonly reading_source: readonly unknown[]
}

export type Band = 'measured' | 'linear' | 'locf' | 'missing'

interface Reading {
  readonly reading_id: unknown
  readonly user_id: unknown
  readonly timestamp: number
  readonly glucose_mg_dl: number | null
  readonly country: unknown
  readonly device: unknown
  readonly quality: unknown
  readonly reading_source: unknown
  readonly band: Band
}

export interface RowByRowResult {
  readonly metrics: CgmMetrics
  /** Plain objects made on the way: one a reading, one an imputed row. */
  readonly objects: number
}

const MINUTE_MS = 60_000
/** Rows between two reports of progress. */
const REPORT_ROWS = 50_000
/** The gap policy, in minutes between consecutive readings of one person. */
const LINEAR_UP_TO = 30
const LOCF_UP_TO = 120

/**
 * Version 1: an object for every reading, people told apart by a map, every gap walked slot by slot. It is what most
 * scripts do with rows, and what the other two versions are measured against.
 */
export function imputeRowByRow(
  columns: ReadingColumns,
  stepMinutes: number,
  onProgress: (fraction: number, rows: number) => void = () => undefined,
): RowByRowResult {
  const rows = columns.timestamp.length
  const people = new Map<unknown, Reading[]>()
  for (let row = 0; row < rows; row++) {
    if (row % REPORT_ROWS === 0) onProgress((0.5 * row) / rows, row)
    const reading = readingAt(columns, row)
    const readings = people.get(reading.user_id)
    if (readings) readings.push(reading)
    else people.set(reading.user_id, [reading])
  }
  const filled: Reading[] = []
  let reported = 0
  for (const readings of people.values()) {
    if (filled.length - reported > REPORT_ROWS) {
      reported = filled.length
      onProgress(Math.min(1, 0.5 + (0.5 * reported) / rows), reported)
    }
    readings.sort((a, b) => a.timestamp - b.timestamp)
    let previous: Reading | null = null
    for (const reading of readings) {
      if (previous) fillGap(previous, reading, stepMinutes, filled)
      filled.push(reading)
      previous = reading
    }
  }
  return { metrics: metricsOf(filled, columns.timestamp.length), objects: filled.length }
}

function readingAt(columns: ReadingColumns, row: number): Reading {
  return {
    reading_id: columns.reading_id[row],
    user_id: columns.user_id[row],
    timestamp: columns.timestamp[row]!,
    glucose_mg_dl: columns.glucose_mg_dl[row] ?? null,
    country: columns.country[row],
    device: columns.device[row],
    quality: columns.quality[row],
    reading_source: columns.reading_source[row],
    band: 'measured',
  }
}

function fillGap(previous: Reading, next: Reading, stepMinutes: number, filled: Reading[]): void {
  const gapMinutes = Math.floor((next.timestamp - previous.timestamp) / MINUTE_MS)
  if (gapMinutes <= stepMinutes) return
  const missing = Math.floor(gapMinutes / stepMinutes) - 1
  for (let slot = 1; slot <= missing; slot++) {
    const band = gapMinutes <= LINEAR_UP_TO ? 'linear' : gapMinutes <= LOCF_UP_TO ? 'locf' : 'missing'
    filled.push({
      ...next,
      timestamp: previous.timestamp + slot * stepMinutes * MINUTE_MS,
      glucose_mg_dl: imputed(band, previous.glucose_mg_dl, next.glucose_mg_dl, slot, missing),
      reading_source: 'imputed',
      band,
    })
  }
}

function imputed(
  band: Band,
  before: number | null,
  after: number | null,
  slot: number,
  missing: number,
): number | null {
  if (band === 'locf') return before
  if (band !== 'linear' || before === null || after === null) return null
  return before + ((after - before) * slot) / (missing + 1)
}

function metricsOf(filled: readonly Reading[], rowsIn: number): CgmMetrics {
  const counts = { measured: 0, linear: 0, locf: 0, missing: 0 }
  let checksum = 0
  for (const { band, glucose_mg_dl: glucose } of filled) {
    counts[band]++
    if (glucose !== null) checksum += Math.floor(glucose * 10 + 0.5)
  }
  return {
    rowsIn,
    rowsOut: filled.length,
    linear: counts.linear,
    locf: counts.locf,
    missing: counts.missing,
    checksum: BigInt(checksum),
  }
}
