import { useEffect, useRef } from 'react'
import type { MemoryEvent } from '../../engine/lakebook.ts'
import { formatBytes, plural } from '../theme/format.ts'
import { useTheme } from '../theme/theme.ts'
import styles from './memory-chart.module.css'
import { MemoryPlot, type MostMemory } from './memory-plot.ts'
import type { StackedSamples } from './stack-samples.ts'

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
  const plot = useRef<MemoryPlot>(null)
  const dark = useTheme((state) => state.dark)

  useEffect(() => {
    if (!host.current) return undefined
    const own = new MemoryPlot(host.current)
    plot.current = own
    return () => own.destroy()
  }, [])

  useEffect(() => {
    plot.current?.show({ stacked, most: mostOf(budgetBytes, limitBytes), events, dark })
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

function mostOf(budgetBytes: number, limitBytes: number | null): MostMemory {
  if (limitBytes === null) return { bytes: budgetBytes, name: `budget ${formatBytes(budgetBytes)}` }
  return {
    bytes: limitBytes,
    name: `memory_limit ${formatBytes(limitBytes)} of ${formatBytes(budgetBytes)}`,
  }
}
