import { scaleLinear } from 'd3-scale'
import { line } from 'd3-shape'
import { useEffect, useId, useRef, useState } from 'react'
import { plural } from '../theme/format.ts'
import type { DayPoint } from './demo-store.ts'
import styles from './day-chart.module.css'
import type { Band } from './row-by-row.ts'

const HEIGHT = 280
const MARGIN = { top: 10, right: 24, bottom: 34, left: 46 }
const IN_RANGE = [70, 180] as const

const BANDS: readonly { readonly band: Band; readonly label: string }[] = [
  { band: 'measured', label: 'measured' },
  { band: 'linear', label: 'linear, gap up to 30 min' },
  { band: 'locf', label: 'carried forward, gap up to 120 min' },
  { band: 'missing', label: 'left NULL' },
]

/** A day of glucose. Shape and colour both tell the bands apart; NULLs are ticks on the time axis. */
export function DayChart({
  title,
  points,
}: {
  readonly title: string
  readonly points: readonly DayPoint[]
}) {
  const frame = useRef<HTMLElement>(null)
  const [width, setWidth] = useState(720)
  const titleId = useId()

  useEffect(() => {
    const element = frame.current
    if (!element) return undefined
    const observer = new ResizeObserver(() => setWidth(Math.max(280, element.clientWidth)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const innerWidth = width - MARGIN.left - MARGIN.right
  const innerHeight = HEIGHT - MARGIN.top - MARGIN.bottom
  const x = scaleLinear().domain([0, 1440]).range([0, innerWidth])
  const highest = Math.max(240, ...points.map((point) => point.glucose ?? 0))
  const y = scaleLinear()
    .domain([40, highest * 1.04])
    .range([innerHeight, 0])
  const path = line<DayPoint>()
    .defined((point) => point.glucose !== null)
    .x((point) => x(point.minute))
    .y((point) => y(point.glucose ?? 0))
  const counts = BANDS.map(({ band }) => points.filter((point) => point.band === band).length)

  return (
    <figure ref={frame} className={styles.figure}>
      <figcaption className={styles.legend}>
        {BANDS.map(({ band, label }, index) => (
          <span key={band} className={styles.legendItem}>
            <svg width={14} height={14} viewBox="-7 -7 14 14" aria-hidden>
              <Mark band={band} x={0} y={0} />
            </svg>
            {label} ({counts[index]})
          </span>
        ))}
      </figcaption>
      <svg width={width} height={HEIGHT} role="img" aria-labelledby={titleId} className={styles.svg}>
        <title id={titleId}>{`Glucose of ${title}: ${describe(counts)}`}</title>
        <g transform={`translate(${MARGIN.left} ${MARGIN.top})`}>
          <rect
            y={y(IN_RANGE[1])}
            width={innerWidth}
            height={y(IN_RANGE[0]) - y(IN_RANGE[1])}
            className={styles.range}
          />
          {[...IN_RANGE, ...y.ticks(5).filter(isClearOfRange)].map((tick) => (
            <g key={tick} transform={`translate(0 ${y(tick)})`}>
              <line
                x2={innerWidth}
                className={IN_RANGE.includes(tick as 70) ? styles.limit : styles.gridLine}
              />
              <text x={-8} dy="0.32em" textAnchor="end" className={styles.tick}>
                {tick}
              </text>
            </g>
          ))}
          {[0, 6, 12, 18, 24].map((hour) => (
            <text
              key={hour}
              x={x(hour * 60)}
              y={innerHeight + 20}
              textAnchor="middle"
              className={styles.tick}
            >
              {`${String(hour).padStart(2, '0')}:00`}
            </text>
          ))}
          <line y1={innerHeight} y2={innerHeight} x2={innerWidth} className={styles.limit} />
          <path d={path(points) ?? ''} className={styles.line} />
          {points.map((point) => (
            <Mark
              key={point.minute}
              band={point.band}
              x={x(point.minute)}
              y={point.glucose === null ? innerHeight : y(point.glucose)}
            />
          ))}
        </g>
      </svg>
    </figure>
  )
}

function Mark({ band, x, y }: { readonly band: Band; readonly x: number; readonly y: number }) {
  switch (band) {
    case 'measured':
      return <circle cx={x} cy={y} r={2.2} className={styles.measured} />
    case 'linear':
      return <path d={`M${x},${y - 4.5}l4.5,4.5l-4.5,4.5l-4.5,-4.5z`} className={styles.linear} />
    case 'locf':
      return <rect x={x - 3.4} y={y - 3.4} width={6.8} height={6.8} className={styles.locf} />
    case 'missing':
      return <path d={`M${x - 3.2},${y - 3.2}l6.4,6.4m0,-6.4l-6.4,6.4`} className={styles.missing} />
  }
}

/** A tick beside a limit of the range would print over it. */
function isClearOfRange(tick: number): boolean {
  return IN_RANGE.every((limit) => Math.abs(tick - limit) >= 25)
}

function describe(counts: readonly number[]): string {
  return BANDS.map(({ label }, index) => `${plural(counts[index] ?? 0, 'reading')} ${label}`).join(', ')
}
