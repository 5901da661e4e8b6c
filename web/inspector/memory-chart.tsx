import { useEffect, useRef } from 'react'
import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { MemoryEvent } from '../../engine/lakebook.ts'
import { formatBytes } from '../theme/format.ts'
import { SERIES_TOKENS, tokenColour, useTheme } from '../theme/theme.ts'
import styles from './memory-chart.module.css'
import { OTHERS, type StackedSamples } from './stack-samples.ts'

const HEIGHT = 190
const MARK_PX = 4

interface MemoryChartProps {
  readonly stacked: StackedSamples
  readonly budgetBytes: number
  readonly events: readonly MemoryEvent[]
}

/** Reserved bytes over time, stacked by consumer, under the budget; spills, merges and bytes on disk over it. */
export function MemoryChart({ stacked, budgetBytes, events }: MemoryChartProps) {
  const host = useRef<HTMLDivElement>(null)
  const dark = useTheme((state) => state.dark)

  useEffect(() => {
    const element = host.current
    if (!element) return undefined
    const plot = new uPlot(
      optionsFor(stacked, budgetBytes, events, element.clientWidth),
      [
        [...stacked.seconds],
        ...stacked.totals.toReversed().map((total) => [...total]),
        [...stacked.spillFileBytes],
      ],
      element,
    )
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [stacked, budgetBytes, events, dark])

  const spills = events.filter((event) => event.kind === 'spill').length
  const summary = `Reserved memory over time: at most ${formatBytes(stacked.peakBytes)} of ${formatBytes(budgetBytes)}, ${spills} spills. The table below has the figures.`
  return <div ref={host} role="img" aria-label={summary} className={styles.chart} />
}

export function consumerToken(index: number, name: string): string {
  return name === OTHERS ? 'series-rest' : (SERIES_TOKENS[index] ?? 'series-rest')
}

function optionsFor(
  { names, peakBytes, spillFileBytes, originMs }: StackedSamples,
  budgetBytes: number,
  events: readonly MemoryEvent[],
  width: number,
): uPlot.Options {
  const text = tokenColour('text-3')
  const grid = { stroke: tokenColour('line'), width: 1 }
  const font = '11px "Inter Variable", sans-serif'
  const onDisk = spillFileBytes.some((bytes) => bytes > 0)
  // far below the budget its line would leave nothing to see: the scale then fits the data
  const top = peakBytes > budgetBytes / 5 ? budgetBytes * 1.06 : Math.max(peakBytes * 1.35, 2 ** 20)
  const axis: uPlot.Axis = { stroke: text, grid, ticks: { show: false }, font }
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [14, onDisk ? 4 : 12, 0, 0],
    scales: {
      x: { time: false },
      y: { range: [0, top] },
      disk: { range: (_plot, _low, high) => [0, Math.max(high, 1) * 1.25] },
    },
    axes: [
      { ...axis, size: 24, values: (_plot, ticks) => ticks.map((tick) => `${tick} s`) },
      {
        ...axis,
        size: 62,
        splits: () => byteTicks(top),
        values: (_plot, ticks) => ticks.map((tick) => formatBytes(tick)),
      },
      {
        ...axis,
        show: onDisk,
        side: 1 as uPlot.Axis.Side,
        scale: 'disk',
        size: 58,
        grid: { show: false },
        values: (_plot, ticks) => ticks.map((tick) => formatBytes(tick)),
      },
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
      draw: [(plot) => drawBudget(plot, budgetBytes, top), (plot) => drawEvents(plot, events, originMs)],
    },
  }
}

/** Whole powers of two, so that the axis reads 16, 32, 48 MiB rather than decimal fractions. */
function byteTicks(top: number): number[] {
  const step = 2 ** Math.ceil(Math.log2(top / 5))
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step)
}

function drawBudget(plot: uPlot, budgetBytes: number, top: number): void {
  const { ctx, bbox } = plot
  const colour = tokenColour('bad')
  ctx.save()
  ctx.font = `${11 * devicePixelRatio}px "Inter Variable", sans-serif`
  ctx.fillStyle = colour
  ctx.strokeStyle = colour
  ctx.lineWidth = devicePixelRatio
  ctx.textAlign = 'right'
  const visible = budgetBytes <= top
  const y = visible ? plot.valToPos(budgetBytes, 'y', true) : bbox.top
  if (visible) {
    ctx.beginPath()
    ctx.moveTo(bbox.left, y)
    ctx.lineTo(bbox.left + bbox.width, y)
    ctx.stroke()
  }
  const label = visible ? `budget ${formatBytes(budgetBytes)}` : `budget ${formatBytes(budgetBytes)}, above`
  ctx.fillText(
    label,
    bbox.left + bbox.width - 2 * devicePixelRatio,
    Math.max(y - 4 * devicePixelRatio, 11 * devicePixelRatio),
  )
  ctx.restore()
}

/** Spills as triangles, merges as bars, at the foot of the chart. */
function drawEvents(plot: uPlot, events: readonly MemoryEvent[], originMs: number): void {
  const { ctx, bbox } = plot
  const size = MARK_PX * devicePixelRatio
  const floor = bbox.top + bbox.height
  ctx.save()
  ctx.strokeStyle = tokenColour('surface')
  ctx.lineWidth = devicePixelRatio
  for (const event of events) {
    const x = plot.valToPos((event.atMs - originMs) / 1000, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    ctx.fillStyle = tokenColour(
      event.kind === 'spill' ? 'warn' : event.kind === 'merge' ? 'accent' : 'text-3',
    )
    ctx.beginPath()
    if (event.kind === 'spill') {
      ctx.moveTo(x - size, floor - 2 * size)
      ctx.lineTo(x + size, floor - 2 * size)
      ctx.lineTo(x, floor)
    } else {
      ctx.rect(x - size / 2, floor - 2 * size, size, 2 * size)
    }
    ctx.closePath()
    ctx.fill()
    ctx.stroke()
  }
  ctx.restore()
}
