import type { ChartSpec } from '../notebook/cell.ts'
import type { ChartSeries, Point, XKind } from './chart-data.ts'

/** What lies under the pointer: one x, and what each series has there. */
export interface Readout {
  readonly x: Point['x']
  /** Pixels from the left of the drawing area. */
  readonly at: number
  readonly values: readonly { readonly series: number; readonly name: string; readonly y: number }[]
}

/** Every x at which a series has a point, from left to right. A scatter's points are read one by one. */
export function readoutsOf(
  mark: ChartSpec['mark'],
  series: readonly ChartSeries[],
  place: (x: Point['x']) => number,
): readonly Readout[] {
  const readouts = new Map<Point['x'] | symbol, Readout & { values: Readout['values'][number][] }>()
  for (const [index, { name, points }] of series.entries()) {
    for (const { x, y } of points) {
      const key = mark === 'scatter' ? Symbol(name) : x
      const value = { series: index, name, y }
      const readout = readouts.get(key)
      if (readout) readout.values.push(value)
      else readouts.set(key, { x, at: place(x), values: [value] })
    }
  }
  return [...readouts.values()].sort((a, b) => a.at - b.at)
}

/** Index of the readout nearest to a place: across only, or in both directions where `yOf` is given. */
export function nearestReadout(
  readouts: readonly Readout[],
  at: number,
  height?: { readonly at: number; readonly yOf: (value: number) => number },
): number | null {
  let nearest: number | null = null
  let least = Number.POSITIVE_INFINITY
  for (const [index, readout] of readouts.entries()) {
    const across = readout.at - at
    const up = height === undefined ? 0 : height.yOf(readout.values[0]!.y) - height.at
    const distance = across * across + up * up
    if (distance >= least) continue
    least = distance
    nearest = index
  }
  return nearest
}

/** `2024-03-01`, `2024-03-01 12:30:00`, `1,234.5` or the category itself. */
export function xText(x: Point['x'], kind: XKind): string {
  switch (kind) {
    case 'category':
      return String(x)
    case 'number':
      return Number(x).toLocaleString('en', { maximumFractionDigits: 3 })
    case 'time':
      return new Date(Number(x))
        .toISOString()
        .replace('T', ' ')
        .replace(/( 00:00:00)?(\.000)?Z$/, '')
  }
}
