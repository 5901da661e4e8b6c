import { scaleBand, scaleLinear, scaleUtc } from 'd3-scale'
import { area, line } from 'd3-shape'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import type { ChartSpec } from '../notebook/cell.ts'
import { formatCount } from '../theme/format.ts'
import { SERIES_TOKENS } from '../theme/theme.ts'
import {
  MAX_BARS,
  thinLine,
  type ChartData,
  type ChartSeries,
  type Point,
  type Spread,
} from './chart-data.ts'
import styles from './chart-figure.module.css'
import { nearestReadout, readoutsOf, xText, type Readout } from './chart-readout.ts'

const HEIGHT = 300
const MARGIN = { top: 12, right: 14, bottom: 42, left: 64 }

/** Places an x value, in pixels from the left of the drawing area. */
type Place = (x: Point['x']) => number

interface Axis {
  readonly place: Place
  readonly ticks: readonly { readonly at: number; readonly text: string }[]
  /** Width of a bar, or 0. */
  readonly band: number
}

export function ChartFigure({ spec, data }: { readonly spec: ChartSpec; readonly data: ChartData }) {
  const frame = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(720)
  const describedBy = useId()

  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setWidth(Math.max(280, element.clientWidth)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const innerWidth = width - MARGIN.left - MARGIN.right
  const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom
  const drawn = useMemo(
    () => (spec.mark === 'bar' ? data.series.map(summed) : data.series),
    [spec.mark, data.series],
  )
  const xAxis = useMemo(
    () => horizontal(spec, { ...data, series: drawn }, innerWidth),
    [spec, data, drawn, innerWidth],
  )
  const y = useMemo(() => vertical(spec, drawn, innerHeight), [spec, drawn, innerHeight])
  const readouts = useMemo(() => readoutsOf(spec.mark, drawn, xAxis.place), [spec.mark, drawn, xAxis])
  const [read, setRead] = useState<number | null>(null)
  const readout = read === null ? undefined : readouts[Math.min(read, readouts.length - 1)]

  function onPointerMove(event: PointerEvent<SVGSVGElement>) {
    const box = event.currentTarget.getBoundingClientRect()
    const at = event.clientX - box.left - MARGIN.left
    const height = { at: event.clientY - box.top - MARGIN.top, yOf: y }
    setRead(nearestReadout(readouts, at, spec.mark === 'scatter' ? height : undefined))
  }

  function onKeyDown(event: KeyboardEvent) {
    const last = readouts.length - 1
    const next = { ArrowLeft: (read ?? last + 1) - 1, ArrowRight: (read ?? -1) + 1, Home: 0, End: last }[
      event.key
    ]
    if (next !== undefined) {
      event.preventDefault()
      setRead(Math.max(0, Math.min(last, next)))
    } else if (event.key === 'Escape') {
      setRead(null)
    }
  }

  return (
    <figure
      ref={frame}
      className={styles.figure}
      tabIndex={0}
      aria-label={`Chart of ${spec.y} by ${spec.x}. The arrow keys read its values.`}
      onKeyDown={onKeyDown}
      onBlur={() => setRead(null)}
    >
      {drawn.length > 1 ? <Legend series={drawn} title={spec.colour ?? ''} /> : null}
      <div className={styles.drawing}>
        <svg
          width={width}
          height={HEIGHT}
          role="img"
          aria-labelledby={describedBy}
          className={styles.svg}
          onPointerMove={onPointerMove}
          onPointerLeave={() => setRead(null)}
        >
          <title id={describedBy}>{describe(spec, drawn)}</title>
          <g transform={`translate(${MARGIN.left} ${MARGIN.top})`}>
            {y.ticks(5).map((tick) => (
              <g key={tick} transform={`translate(0 ${y(tick)})`}>
                <line x2={innerWidth} className={tick === 0 ? styles.zero : styles.gridLine} />
                <text x={-8} dy="0.32em" textAnchor="end" className={styles.tick}>
                  {shortNumber(tick)}
                </text>
              </g>
            ))}
            {xAxis.ticks.map(({ at, text }, index) => (
              <text key={index} x={at} y={innerHeight + 16} textAnchor="middle" className={styles.tick}>
                {text}
              </text>
            ))}
            <line y1={innerHeight} y2={innerHeight} x2={innerWidth} className={styles.axis} />
            <text x={innerWidth / 2} y={innerHeight + 36} textAnchor="middle" className={styles.label}>
              {spec.x}
            </text>
            <text
              transform={`translate(-52 ${innerHeight / 2}) rotate(-90)`}
              textAnchor="middle"
              className={styles.label}
            >
              {spec.y}
            </text>
            {drawn.map((series, index) => (
              <Marks
                key={series.name}
                mark={spec.mark}
                series={series}
                index={index}
                count={drawn.length}
                axis={xAxis}
                y={y}
                pixels={innerWidth}
              />
            ))}
            {readout ? (
              <g aria-hidden className={styles.reading}>
                <line x1={readout.at} x2={readout.at} y2={innerHeight} />
                {spec.mark === 'bar'
                  ? null
                  : readout.values.map(({ series, y: value }) => (
                      <circle key={series} cx={readout.at} cy={y(value)} r={4} fill={seriesColour(series)} />
                    ))}
              </g>
            ) : null}
          </g>
        </svg>
        {readout ? (
          <ReadoutBox
            readout={readout}
            label={xText(readout.x, data.xKind)}
            several={drawn.length > 1}
            left={MARGIN.left + readout.at}
            width={width}
          />
        ) : null}
      </div>
    </figure>
  )
}

interface MarksProps {
  readonly mark: ChartSpec['mark']
  readonly series: ChartSeries
  readonly index: number
  readonly count: number
  readonly axis: Axis
  readonly y: (value: number) => number
  readonly pixels: number
}

function Marks({ mark, series, index, count, axis, y, pixels }: MarksProps) {
  const colour = seriesColour(index)
  switch (mark) {
    case 'line': {
      const path = line<Point>()
        .x((point) => axis.place(point.x))
        .y((point) => y(point.y))
      const band = area<Spread>()
        .x((each) => axis.place(each.x))
        .y0((each) => y(each.low))
        .y1((each) => y(each.high))
      return (
        <g>
          {series.spread === null ? null : (
            <path d={band(series.spread) ?? ''} fill={colour} fillOpacity={0.16} />
          )}
          <path
            d={path(thinLine(series.points, pixels)) ?? ''}
            fill="none"
            stroke={colour}
            className={styles.line}
          />
        </g>
      )
    }
    case 'scatter': {
      const radius = series.points.length > 2000 ? 1.5 : 2.5
      // one path of circles: thousands of elements would make the page slow
      const d = series.points
        .map(
          (point) =>
            `M${axis.place(point.x) - radius},${y(point.y)}a${radius},${radius} 0 1 0 ${radius * 2},0a${radius},${radius} 0 1 0 ${-radius * 2},0`,
        )
        .join('')
      return <path d={d} fill={colour} fillOpacity={series.points.length > 500 ? 0.45 : 0.8} />
    }
    case 'bar': {
      const width = axis.band / count
      return (
        <g fill={colour}>
          {series.points.map((point) => {
            const [top, bottom] = [Math.min(y(point.y), y(0)), Math.max(y(point.y), y(0))]
            return (
              <rect
                key={point.x}
                x={axis.place(point.x) - axis.band / 2 + index * width}
                y={top}
                width={Math.max(1, width - (count > 1 ? 1 : 0))}
                height={Math.max(0.5, bottom - top)}
              />
            )
          })}
        </g>
      )
    }
  }
}

function ReadoutBox({
  readout,
  label,
  several,
  left,
  width,
}: {
  readonly readout: Readout
  readonly label: string
  readonly several: boolean
  readonly left: number
  readonly width: number
}) {
  const side = left > width / 2 ? { right: width - left + 10 } : { left: left + 10 }
  return (
    <div role="status" className={styles.readout} style={side}>
      <span className={styles.readoutX}>{label}</span>
      {readout.values.map(({ series, name, y }) => (
        <span key={series} className={styles.readoutValue}>
          <span className={styles.swatch} style={{ background: seriesColour(series) }} />
          {several ? <span className={styles.readoutName}>{name}</span> : null}
          <span className={styles.readoutNumber}>{formatNumber(y)}</span>
        </span>
      ))}
    </div>
  )
}

function Legend({ series, title }: { readonly series: readonly ChartSeries[]; readonly title: string }) {
  return (
    <div className={styles.legend}>
      <span className={styles.legendTitle}>{title}</span>
      {series.map((each, index) => (
        <span key={each.name} className={styles.legendItem}>
          <span className={styles.swatch} style={{ background: seriesColour(index) }} />
          {each.name}
        </span>
      ))}
    </div>
  )
}

function seriesColour(index: number): string {
  return `var(--${SERIES_TOKENS[index] ?? 'series-rest'})`
}

/** One point per category: the sum of its rows, in the order of their first one. */
function summed({ name, points }: ChartSeries): ChartSeries {
  const sums = new Map<Point['x'], number>()
  for (const { x, y } of points) sums.set(x, (sums.get(x) ?? 0) + y)
  return { name, points: [...sums].slice(0, MAX_BARS).map(([x, y]) => ({ x, y })), spread: null }
}

function horizontal(spec: ChartSpec, data: ChartData, width: number): Axis {
  const points = data.series.flatMap((series) => series.points)
  if (data.xKind === 'category') {
    const categories = [...new Set(points.map((point) => String(point.x)))].slice(
      0,
      spec.mark === 'bar' ? MAX_BARS : undefined,
    )
    const scale = scaleBand().domain(categories).range([0, width]).padding(0.18)
    const centre = (x: Point['x']) => (scale(String(x)) ?? -1e4) + scale.bandwidth() / 2
    const longest = Math.max(1, ...categories.map((category) => Math.min(category.length, 14)))
    const every = Math.max(1, Math.ceil((longest * 6.4 + 10) / scale.step()))
    const ticks = categories
      .filter((_, index) => index % every === 0)
      .map((text) => ({ at: centre(text), text: cut(text) }))
    return { place: centre, ticks, band: scale.bandwidth() }
  }
  const xs = points.map((point) => Number(point.x))
  const [low, high] = extremes(xs)
  const count = Math.max(2, Math.floor(width / 70))
  if (data.xKind === 'time') {
    const scale = scaleUtc().domain([low, high]).range([0, width])
    const format = scale.tickFormat(count)
    const ticks = scale.ticks(count).map((tick) => ({ at: scale(tick), text: format(tick) }))
    return { place: (x) => scale(Number(x)), ticks, band: 0 }
  }
  const scale = scaleLinear().domain([low, high]).nice().range([0, width])
  const ticks = scale.ticks(count).map((tick) => ({ at: scale(tick), text: shortNumber(tick) }))
  return { place: (x) => scale(Number(x)), ticks, band: 0 }
}

/** Bars start at zero; lines and points use the height for their own range. */
function vertical(spec: ChartSpec, series: readonly ChartSeries[], height: number) {
  const [lowest, highest] = extremes(
    series.flatMap((each) =>
      each.spread === null
        ? each.points.map((point) => point.y)
        : each.spread.flatMap(({ low, high }) => [low, high]),
    ),
  )
  const domain = spec.mark === 'bar' ? [Math.min(0, lowest), Math.max(0, highest)] : [lowest, highest]
  return scaleLinear().domain(domain).nice(5).range([height, 0])
}

function extremes(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity]
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  if (low > high) return [0, 1]
  return low === high ? [low - 1, high + 1] : [low, high]
}

function describe(spec: ChartSpec, series: readonly ChartSeries[]): string {
  const ys = series.flatMap((each) => each.points.map((point) => point.y))
  const [low, high] = extremes(ys)
  const of =
    series.length > 1
      ? `, ${series.length} series by ${spec.colour}: ${series.map((each) => each.name).join(', ')}`
      : ''
  return `${spec.mark} chart of ${spec.y} by ${spec.x}, ${formatCount(ys.length)} points from ${formatNumber(low)} to ${formatNumber(high)}${of}`
}

function cut(text: string): string {
  return text.length > 14 ? `${text.slice(0, 13)}…` : text
}

function shortNumber(value: number): string {
  return value.toLocaleString('en', {
    notation: Math.abs(value) >= 10_000 ? 'compact' : 'standard',
    maximumSignificantDigits: 4,
  })
}

function formatNumber(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 3 })
}
