import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { MemoryEvent } from '../../engine/lakebook.ts'
import { formatBytes, plural } from '../theme/format.ts'
import { SERIES_TOKENS, tokenColour, useTheme } from '../theme/theme.ts'
import styles from './memory-chart.module.css'
import { OTHERS, type StackedSamples } from './stack-samples.ts'

const HEIGHT = 190
const LEAST_WIDTH = 180
const MARK_PX = 4
const LANE_PX = 14
/** uPlot's `Axis.Side.Right`, a const enum that single files cannot import. */
const ON_THE_RIGHT = { side: 1 }

const MARKS = [
  { kind: 'spill', label: 'spill', path: 'M0 0h8L4 8z' },
  { kind: 'merge', label: 'merge', path: 'M2 0h4v8H2z' },
  { kind: 'evict', label: 'cache gave way', path: 'M2 0h4v8H2z' },
] as const satisfies readonly { kind: MemoryEvent['kind']; label: string; path: string }[]

interface MemoryChartProps {
  readonly stacked: StackedSamples
  readonly budgetBytes: number
  /** What SET memory_limit allows of it; null where it allows all. */
  readonly limitBytes: number | null
  readonly events: readonly MemoryEvent[]
}

/** Reserved bytes over time, stacked by consumer, under the budget; spills, merges and bytes on disk over it. */
export function MemoryChart({ stacked, budgetBytes, limitBytes, events }: MemoryChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const dark = useTheme((state) => state.dark)

  useEffect(() => {
    const element = host.current
    if (!element) return undefined
    let plot: uPlot | null = null
    function draw(host: HTMLElement) {
      const width = host.clientWidth
      // with less than its axes take, as while the panel is hidden, uPlot never comes to an end
      if (width < LEAST_WIDTH) return
      plot ??= new uPlot(
        optionsFor(stacked, mostOf(budgetBytes, limitBytes), events, width),
        [
          [...stacked.seconds],
          ...stacked.totals.toReversed().map((total) => [...total]),
          [...stacked.spillFileBytes],
        ],
        host,
      )
      if (plot.width !== width) plot.setSize({ width, height: HEIGHT })
    }
    draw(element)
    const observer = new ResizeObserver(() => draw(element))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot?.destroy()
    }
  }, [stacked, budgetBytes, limitBytes, events, dark])

  const spills = events.filter((event) => event.kind === 'spill').length
  const summary = `Reserved memory over time: at most ${formatBytes(stacked.peakBytes)} of ${formatBytes(limitBytes ?? budgetBytes)}, ${plural(spills, 'spill')}. The table below has the figures.`
  return (
    <div>
      <div ref={host} role="img" aria-label={summary} className={styles.chart} />
      <MarkLegend events={events} onDisk={stacked.spillFileBytes.some((bytes) => bytes > 0)} />
    </div>
  )
}

function MarkLegend({
  events,
  onDisk,
}: {
  readonly events: readonly MemoryEvent[]
  readonly onDisk: boolean
}) {
  const kinds = MARKS.filter(({ kind }) => events.some((event) => event.kind === kind))
  if (kinds.length === 0 && !onDisk) return null
  return (
    <ul className={styles.legend} aria-label="Marks">
      {kinds.map(({ kind, label, path }) => (
        <li key={kind} data-kind={kind}>
          <svg width={9} height={9} viewBox="0 0 8 8" aria-hidden>
            <path d={path} fill="currentColor" />
          </svg>
          {label}
        </li>
      ))}
      {onDisk ? (
        <li>
          <svg width={16} height={9} viewBox="0 0 16 8" aria-hidden>
            <path d="M0 4h16" stroke="var(--text)" strokeDasharray="4 2" />
          </svg>
          on disk, right scale
        </li>
      ) : null}
    </ul>
  )
}

/** The line over the chart, and its name. */
interface Most {
  readonly bytes: number
  readonly name: string
}

function mostOf(budgetBytes: number, limitBytes: number | null): Most {
  if (limitBytes === null) return { bytes: budgetBytes, name: `budget ${formatBytes(budgetBytes)}` }
  return {
    bytes: limitBytes,
    name: `memory_limit ${formatBytes(limitBytes)} of ${formatBytes(budgetBytes)}`,
  }
}

export function consumerToken(index: number, name: string): string {
  return name === OTHERS ? 'series-rest' : (SERIES_TOKENS[index] ?? 'series-rest')
}

function optionsFor(
  { names, peakBytes, spillFileBytes, originMs }: StackedSamples,
  most: Most,
  events: readonly MemoryEvent[],
  width: number,
): uPlot.Options {
  const text = tokenColour('text-3')
  const grid = { stroke: tokenColour('line'), width: 1 }
  const font = '11px "Inter Variable", sans-serif'
  const diskTop = Math.max(1, ...spillFileBytes) * 1.25
  const onDisk = spillFileBytes.some((bytes) => bytes > 0)
  // far below that line it would leave nothing to see: the scale then fits the data
  const top = peakBytes > most.bytes / 5 ? most.bytes * 1.06 : Math.max(peakBytes * 1.35, 2 ** 20)
  const axis: uPlot.Axis = { stroke: text, grid, ticks: { show: false }, font }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [LANE_PX, onDisk ? 4 : 12, 0, 0],
    scales: {
      x: { time: false },
      y: { range: [0, top] },
      disk: { range: () => [0, diskTop] },
    },
    axes: [
      { ...axis, size: 24, values: (_plot, ticks) => ticks.map((tick) => `${tick} s`) },
      {
        ...axis,
        size: 62,
        splits: () => byteTicks(top),
        values: (_plot, ticks) => ticks.map((tick) => formatBytes(tick)),
      },
      Object.assign(
        {
          ...axis,
          show: onDisk,
          scale: 'disk',
          size: 58,
          grid: { show: false },
          splits: () => byteTicks(diskTop),
          values: (_plot: uPlot, ticks: number[]) => ticks.map((tick) => formatBytes(tick)),
        },
        ON_THE_RIGHT,
      ),
    ],
    series: [
      {},
      // the whole stack first: every lower total is then painted over it
      ...names.map((_, index): uPlot.Series => {
        const at = names.length - 1 - index
        const colour = tokenColour(consumerToken(at, names[at]!))
        return {
          stroke: colour,
          fill: colour,
          width: 0,
          points: { show: false },
          paths: uPlot.paths.stepped!({ align: 1 }),
        }
      }),
      {
        scale: 'disk',
        show: onDisk,
        stroke: tokenColour('text'),
        width: 1.25,
        dash: [5, 3],
        points: { show: false },
        paths: uPlot.paths.stepped!({ align: 1 }),
      },
    ],
    hooks: {
      draw: [(plot) => drawMost(plot, most, top), (plot) => drawEvents(plot, events, originMs)],
    },
  }
}

/** Whole powers of two, so that the axis reads 16, 32, 48 MiB rather than decimal fractions. */
function byteTicks(top: number): number[] {
  const step = 2 ** Math.ceil(Math.log2(top / 5))
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step)
}

/** The line itself, or, far above the data, a word on where it would be. */
function drawMost(plot: uPlot, { bytes, name }: Most, top: number): void {
  const { ctx, bbox } = plot
  const visible = bytes <= top
  const text = `${name}${visible ? '' : ', above this scale'}`
  const y = visible ? plot.valToPos(bytes, 'y', true) : bbox.top
  ctx.save()
  ctx.setLineDash([])
  ctx.font = `${11 * devicePixelRatio}px "Inter Variable", sans-serif`
  ctx.textAlign = 'left'
  ctx.textBaseline = 'top'
  ctx.lineWidth = 1.5 * devicePixelRatio
  ctx.strokeStyle = tokenColour('bad')
  if (visible) {
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
  }
  const inset = 4 * devicePixelRatio
  ctx.fillStyle = tokenColour('page')
  ctx.fillRect(
    bbox.left + inset / 2,
    y + inset / 2,
    ctx.measureText(text).width + inset,
    14 * devicePixelRatio,
  )
  ctx.fillStyle = tokenColour('bad')
  ctx.fillText(text, bbox.left + inset, y + inset)
  ctx.restore()
}

/** Spills as triangles, merges as bars, in a lane above the chart. */
function drawEvents(plot: uPlot, events: readonly MemoryEvent[], originMs: number): void {
  const { ctx, bbox } = plot
  const size = MARK_PX * devicePixelRatio
  const foot = bbox.top - 2 * devicePixelRatio
  const colours = { spill: tokenColour('warn'), merge: tokenColour('accent'), evict: tokenColour('text-3') }
  ctx.save()
  for (const event of events) {
    const x = plot.valToPos((event.atMs - originMs) / 1000, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.fillStyle = colours[event.kind]
    ctx.beginPath()
    if (event.kind === 'spill') {
      ctx.moveTo(x - size, foot - 2 * size)
      ctx.lineTo(x + size, foot - 2 * size)
      ctx.lineTo(x, foot)
    } else {
      ctx.rect(x - size / 2, foot - 2 * size, size, 2 * size)
    }
    ctx.fill()
  }
  ctx.restore()
}
