import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import type { MemoryEvent } from '../../engine/lakebook.ts'
import { formatBytes } from '../theme/format.ts'
import { SERIES_TOKENS, tokenColour } from '../theme/theme.ts'
import { OTHERS, type StackedSamples } from './stack-samples.ts'

const HEIGHT = 190
const LEAST_WIDTH = 180
const MARK_PX = 4
const LANE_PX = 14
/** uPlot's `Axis.Side.Right`, a const enum that single files cannot import. */
const ON_THE_RIGHT = { side: 1 }

/** The line over the chart, and its name. */
export interface MostMemory {
  readonly bytes: number
  readonly name: string
}

interface ShownMemory {
  readonly stacked: StackedSamples
  readonly most: MostMemory
  readonly events: readonly MemoryEvent[]
  readonly dark: boolean
}

/** The chart in its canvas, as wide as `host`. While a run only goes on, it gets new data and is not made anew. */
export class MemoryPlot {
  readonly #host: HTMLElement
  readonly #observer: ResizeObserver
  #shown: ShownMemory | null = null
  #plot: uPlot | null = null
  #shape = ''

  constructor(host: HTMLElement) {
    this.#host = host
    this.#observer = new ResizeObserver(() => this.#fit())
    this.#observer.observe(host)
  }

  show(shown: ShownMemory): void {
    this.#shown = shown
    const shape = shapeOf(shown)
    if (shape !== this.#shape) {
      this.#plot?.destroy()
      this.#plot = null
      this.#shape = shape
    }
    if (this.#plot) this.#plot.setData(columnsOf(shown))
    else this.#fit()
  }

  destroy(): void {
    this.#observer.disconnect()
    this.#plot?.destroy()
    this.#plot = null
    this.#shape = ''
  }

  #fit(): void {
    const width = this.#host.clientWidth
    const shown = this.#shown
    // with less than its axes take, as while the panel is hidden, uPlot never comes to an end
    if (!shown || width < LEAST_WIDTH) return
    this.#plot ??= new uPlot(
      optionsFor(shown, () => this.#shown ?? shown, width),
      columnsOf(shown),
      this.#host,
    )
    if (this.#plot.width !== width) this.#plot.setSize({ width, height: HEIGHT })
  }
}

function columnsOf({ stacked }: ShownMemory): uPlot.AlignedData {
  return [
    [...stacked.seconds],
    // the whole stack first: every lower total is then painted over it
    ...stacked.totals.toReversed().map((total) => [...total]),
    [...stacked.spillFileBytes],
  ]
}

/** What cannot change while a plot is there: its series, its axes and its colours. */
function shapeOf({ stacked, dark }: ShownMemory): string {
  return JSON.stringify([stacked.consumers.map(({ name }) => name), isOnDisk(stacked), dark])
}

function isOnDisk({ spillFileBytes }: StackedSamples): boolean {
  return spillFileBytes.some((bytes) => bytes > 0)
}

export function consumerToken(index: number, name: string): string {
  return name === OTHERS ? 'series-rest' : (SERIES_TOKENS[index] ?? 'series-rest')
}

/** Where the scale of memory ends: far below the line there would be nothing to see, so it fits the data then. */
function topOf({ stacked: { peakBytes }, most }: ShownMemory): number {
  return peakBytes > most.bytes / 5 ? most.bytes * 1.06 : Math.max(peakBytes * 1.35, 2 ** 20)
}

function diskTopOf({ stacked: { spillFileBytes } }: ShownMemory): number {
  return Math.max(1, ...spillFileBytes) * 1.25
}

/** In the unit that suits the whole run. */
function timeTicks({ stacked: { seconds } }: ShownMemory, ticks: readonly number[]): string[] {
  if ((seconds.at(-1) ?? 0) >= 1) return ticks.map((tick) => `${tick} s`)
  return ticks.map((tick) => `${Number((tick * 1000).toFixed(3))} ms`)
}

function optionsFor(first: ShownMemory, shown: () => ShownMemory, width: number): uPlot.Options {
  const { consumers } = first.stacked
  const onDisk = isOnDisk(first.stacked)
  const grid = { stroke: tokenColour('line'), width: 1 }
  const axis: uPlot.Axis = {
    stroke: tokenColour('text-3'),
    grid,
    ticks: { show: false },
    font: '11px "Inter Variable", sans-serif',
  }
  const byteTexts = (_plot: uPlot, ticks: number[]) => ticks.map((tick) => formatBytes(tick))
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [LANE_PX, onDisk ? 4 : 12, 0, 0],
    scales: {
      x: { time: false },
      y: { range: () => [0, topOf(shown())] },
      disk: { range: () => [0, diskTopOf(shown())] },
    },
    axes: [
      { ...axis, size: 24, values: (_plot, ticks) => timeTicks(shown(), ticks) },
      { ...axis, size: 62, splits: () => byteTicks(topOf(shown())), values: byteTexts },
      Object.assign(
        {
          ...axis,
          show: onDisk,
          scale: 'disk',
          size: 58,
          grid: { show: false },
          splits: () => byteTicks(diskTopOf(shown())),
          values: byteTexts,
        },
        ON_THE_RIGHT,
      ),
    ],
    series: [
      {},
      ...consumers
        .map(({ name }, index): uPlot.Series => {
          const colour = tokenColour(consumerToken(index, name))
          return {
            stroke: colour,
            fill: colour,
            width: 0,
            points: { show: false },
            paths: uPlot.paths.stepped!({ align: 1 }),
          }
        })
        .reverse(),
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
      draw: [
        (plot) => drawMost(plot, shown().most, topOf(shown())),
        (plot) => drawEvents(plot, shown().events, shown().stacked.originMs),
      ],
    },
  }
}

/** Whole powers of two, so that the axis reads 16, 32, 48 MiB rather than decimal fractions. */
function byteTicks(top: number): number[] {
  const step = 2 ** Math.ceil(Math.log2(top / 5))
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step)
}

/** The line itself, or, far above the data, a word on where it would be. */
function drawMost(plot: uPlot, { bytes, name }: MostMemory, top: number): void {
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

/** Spills as triangles, merges as bars, in a lane above the chart; of those that would cover one another, one. */
function drawEvents(plot: uPlot, events: readonly MemoryEvent[], originMs: number): void {
  const { ctx, bbox } = plot
  const size = MARK_PX * devicePixelRatio
  const foot = bbox.top - 2 * devicePixelRatio
  const colours = { spill: tokenColour('warn'), merge: tokenColour('accent'), evict: tokenColour('text-3') }
  ctx.save()
  const drawn = new Set<string>()
  for (const event of events) {
    const x = plot.valToPos((event.atMs - originMs) / 1000, 'x', true)
    if (x < bbox.left || x > bbox.left + bbox.width) continue
    const place = `${event.kind} ${Math.round(x)}`
    if (drawn.has(place)) continue
    drawn.add(place)
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
