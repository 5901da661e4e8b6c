import type { Table } from 'apache-arrow'
import type { Schema } from '../../engine/arrow/types.ts'
import { valueNumber, valueText } from '../grid/read-value.ts'
import { isNumberType, isTimeType } from '../notebook/data-type-name.ts'
import type { ChartSpec } from '../notebook/cell.ts'

/** Rows that leave the heap for one chart, at most. */
export const MAX_POINTS = 20_000
const BLOCK_ROWS = 500
export const MAX_BARS = 120
const MAX_SERIES = 7
const REST = 'all others'

export type XKind = 'number' | 'time' | 'category'

export interface Point {
  readonly x: number | string
  readonly y: number
}

/** How far the rows of one x lie apart. */
export interface Spread {
  readonly x: number
  readonly low: number
  readonly high: number
}

export interface ChartSeries {
  readonly name: string
  readonly points: readonly Point[]
  /** Of a line whose points are means of several rows. */
  readonly spread: readonly Spread[] | null
}

export interface ChartData {
  readonly xKind: XKind
  readonly series: readonly ChartSeries[]
  /** Rows whose x or y is NULL. */
  readonly skipped: number
  readonly rowsRead: number
  readonly rowCount: number
  /** Several rows share an x, and a line goes through their mean. */
  readonly averaged: boolean
  /** Bars beyond the last one shown. */
  readonly hiddenBars: number
}

/** Whether a column has no more values among `tables` than a chart has colours. */
export function hasFewValues(name: string, schema: Schema, tables: readonly Table[]): boolean {
  const column = schema.fields.findIndex((field) => field.name === name)
  const type = schema.fields[column]?.type
  if (type === undefined) return false
  const values = new Set<string | null>()
  for (const table of tables) {
    const vector = table.getChildAt(column)
    for (let row = 0; vector !== null && row < table.numRows; row++) {
      values.add(valueText(vector, row, type))
      if (values.size > MAX_SERIES) return false
    }
  }
  return true
}

/** Which rows to read: all of them, or blocks spread evenly over the result. */
export function blocksToRead(rowCount: number): { readonly offset: number; readonly limit: number }[] {
  if (rowCount <= MAX_POINTS) {
    return Array.from({ length: Math.ceil(rowCount / MAX_POINTS) }, () => ({ offset: 0, limit: rowCount }))
  }
  const blocks = MAX_POINTS / BLOCK_ROWS
  const stride = (rowCount - BLOCK_ROWS) / (blocks - 1)
  return Array.from({ length: blocks }, (_, block) => ({
    offset: Math.round(block * stride),
    limit: BLOCK_ROWS,
  }))
}

export function chartData(
  spec: ChartSpec,
  schema: Schema,
  tables: readonly Table[],
  rowCount: number,
): ChartData {
  const columnOf = (name: string) => schema.fields.findIndex((field) => field.name === name)
  const [xColumn, yColumn] = [columnOf(spec.x), columnOf(spec.y)]
  const colourColumn = spec.colour === null ? -1 : columnOf(spec.colour)
  const xType = schema.fields[xColumn]!.type
  const yType = schema.fields[yColumn]!.type
  const xKind: XKind =
    spec.mark === 'bar'
      ? 'category'
      : isTimeType(xType)
        ? 'time'
        : isNumberType(xType)
          ? 'number'
          : 'category'
  const series = new Map<string, Point[]>()
  let skipped = 0
  let rowsRead = 0
  for (const table of tables) {
    const [xs, ys] = [table.getChildAt(xColumn), table.getChildAt(yColumn)]
    const colours = colourColumn < 0 ? null : table.getChildAt(colourColumn)
    if (!xs || !ys) continue
    rowsRead += table.numRows
    for (let row = 0; row < table.numRows; row++) {
      const x = xKind === 'category' ? (valueText(xs, row, xType) ?? 'NULL') : valueNumber(xs, row, xType)
      const y = valueNumber(ys, row, yType)
      if (x === null || y === null) {
        skipped++
        continue
      }
      const name = colours ? (valueText(colours, row, schema.fields[colourColumn]!.type) ?? 'NULL') : spec.y
      const points = series.get(name)
      if (points) points.push({ x, y })
      else series.set(name, [{ x, y }])
    }
  }
  const folded = foldRest(series)
  const asLines = spec.mark === 'line' && xKind !== 'category'
  const drawn = asLines ? folded.map(asLine) : folded
  const bars =
    xKind === 'category' ? new Set(drawn.flatMap((each) => each.points.map((point) => point.x))).size : 0
  return {
    xKind,
    series: drawn,
    averaged: drawn.some((each) => each.spread !== null),
    skipped,
    rowsRead,
    rowCount,
    hiddenBars: Math.max(0, bars - MAX_BARS),
  }
}

/** Colours tell some seven series apart; the smaller ones beyond that share one. */
function foldRest(series: ReadonlyMap<string, Point[]>): ChartSeries[] {
  const all = [...series].map(([name, points]) => ({ name, points, spread: null }))
  if (all.length <= MAX_SERIES) return all
  const bySize = all.toSorted((a, b) => b.points.length - a.points.length)
  const rest = bySize.slice(MAX_SERIES).flatMap((each) => each.points)
  return [...bySize.slice(0, MAX_SERIES), { name: REST, points: rest, spread: null }]
}

/** Points in order of x; where many rows share an x, their mean and how far they lie apart. */
function asLine({ name, points }: ChartSeries): ChartSeries {
  const sorted = points.toSorted((a, b) => Number(a.x) - Number(b.x))
  const means: Point[] = []
  const spread: Spread[] = []
  for (let start = 0; start < sorted.length;) {
    const x = Number(sorted[start]!.x)
    let [end, sum, low, high] = [start, 0, Infinity, -Infinity]
    for (; end < sorted.length && Number(sorted[end]!.x) === x; end++) {
      const { y } = sorted[end]!
      sum += y
      low = Math.min(low, y)
      high = Math.max(high, y)
    }
    means.push({ x, y: sum / (end - start) })
    spread.push({ x, low, high })
    start = end
  }
  return means.length === sorted.length
    ? { name, points: sorted, spread: null }
    : { name, points: means, spread }
}

/**
 * Of every pixel column the first, lowest, highest and last point: a line drawn through them looks as it would
 * through all of them, spikes included. Points must be in order of x.
 */
export function thinLine(points: readonly Point[], pixels: number): readonly Point[] {
  if (points.length <= pixels * 4) return points
  const first = Number(points[0]!.x)
  const span = Number(points.at(-1)!.x) - first || 1
  const kept: Point[] = []
  let start = 0
  while (start < points.length) {
    const column = Math.floor(((Number(points[start]!.x) - first) / span) * pixels)
    let [end, low, high] = [start, start, start]
    while (end < points.length && Math.floor(((Number(points[end]!.x) - first) / span) * pixels) === column) {
      if (points[end]!.y < points[low]!.y) low = end
      if (points[end]!.y > points[high]!.y) high = end
      end++
    }
    for (const at of [...new Set([start, low, high, end - 1])].sort((a, b) => a - b)) kept.push(points[at]!)
    start = end
  }
  return kept
}
