import { useMemo, useState } from 'react'
import type { MemoryEvent, MemorySnapshot } from '../../engine/lakebook.ts'
import { Segments } from '../controls/choice.tsx'
import { useEngine } from '../session/engine-store.ts'
import { useRunCells } from '../session/active-runs.ts'
import { useTimeline } from '../session/memory-timeline.ts'
import { inspectedProfile, useRuns } from '../session/run-store.ts'
import { useTabMemory } from '../session/tab-memory.ts'
import { formatBytes, formatCount } from '../theme/format.ts'
import { BudgetControls } from './budget-controls.tsx'
import { useCellNames, useConsumerNames } from './cell-names.ts'
import { drawnSamples } from './drawn-samples.ts'
import styles from './inspector.module.css'
import { MemoryChart } from './memory-chart.tsx'
import { consumerToken } from './memory-plot.ts'
import { RunComparison } from './run-comparison.tsx'
import { runLanes } from './run-lanes.ts'
import { RunLanes } from './run-lanes.tsx'
import { stackSamples, type ConsumerFigures } from './stack-samples.ts'

const SPANS = [
  { value: 'run', label: 'Run' },
  { value: 'session', label: 'Since start' },
] as const
type Span = (typeof SPANS)[number]['value']

export function MemoryPanel() {
  const [span, setSpan] = useState<Span>('run')
  const samples = useSamples(span)
  const cellName = useCellNames()
  const allEvents = useTimeline((state) => state.events)
  const budgetBytes = useEngine((state) => state.settings.heapBudgetBytes)
  const tab = useTabMemory((state) => state.memory)
  const last = useTimeline((state) => state.samples.at(-1))
  const consumerName = useConsumerNames(samples)
  const stacked = useMemo(
    () => stackSamples(samples, span === 'run' ? (samples[0]?.atMs ?? 0) : 0, consumerName),
    [samples, span, consumerName],
  )
  const events = useMemo(() => eventsWithin(allEvents, samples), [allEvents, samples])
  const lanes = useLanes(samples)
  const limitBytes = last?.limitBytes ?? null
  return (
    <section aria-label="Memory" className={styles.panel}>
      <div className={styles.head}>
        <h2 className={styles.title}>Memory</h2>
        <Segments label="Time shown" value={span} options={SPANS} onChange={setSpan} />
      </div>
      <dl className={styles.figures}>
        <Figure name="Reserved" value={formatBytes(last?.reservedBytes ?? 0)} />
        <Figure name="Peak" value={formatBytes(stacked.peakBytes)} />
        <Figure name="Budget" value={formatBytes(budgetBytes)} />
        {limitBytes === null ? null : <Figure name="memory_limit" value={formatBytes(limitBytes)} />}
        <Figure name="Spilled" value={formatBytes(last?.spillFileBytes ?? 0)} />
        <Figure name="Columns on disk" value={formatBytes(last?.diskCacheBytes ?? 0)} />
        {tab === null ? null : (
          <>
            <Figure name="This tab" value={formatBytes(tab.bytes)} />
            <Figure name="Outside the heap" value={formatBytes(tab.outsideBytes)} />
          </>
        )}
      </dl>
      {samples.length > 1 ? (
        <>
          <MemoryChart
            stacked={stacked}
            budgetBytes={budgetBytes}
            limitBytes={samples.at(-1)?.limitBytes ?? null}
            events={events}
          />
          {lanes.length > 1 ? (
            <RunLanes
              lanes={lanes}
              nameOf={cellName}
              besideDisk={stacked.spillFileBytes.some((bytes) => bytes > 0)}
            />
          ) : null}
          <Consumers of={stacked.consumers} />
        </>
      ) : (
        <p className={styles.empty}>What each operator reserves is drawn here while a cell runs.</p>
      )}
      <BudgetControls />
      <RunComparison />
    </section>
  )
}

function useLanes(samples: readonly MemorySnapshot[]) {
  const runs = useTimeline((state) => state.runs)
  const events = useTimeline((state) => state.events)
  const cellOf = useRunCells()
  return useMemo(
    () => runLanes(runs, events, cellOf, samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0),
    [runs, events, cellOf, samples],
  )
}

function eventsWithin(events: readonly MemoryEvent[], samples: readonly MemorySnapshot[]) {
  const [from, to] = [samples[0]?.atMs ?? 0, samples.at(-1)?.atMs ?? 0]
  return events.filter(({ atMs }) => atMs >= from && atMs <= to)
}

/** The shown run's own samples once its profile has them; until then what has come in since it began. */
function useSamples(span: Span): readonly MemorySnapshot[] {
  const samples = useTimeline((state) => state.samples)
  const runStartMs = useTimeline((state) => state.runStartMs)
  const profile = useRuns((state) => {
    const busy = Object.values(state.runs).some((each) => each?.kind === 'running')
    return busy ? null : inspectedProfile(state)
  })
  return useMemo(() => {
    if (span === 'session') return drawnSamples(samples)
    if (profile && profile.memory.length > 1) return drawnSamples(profile.memory)
    const since = samples.filter((sample) => sample.atMs >= runStartMs)
    return drawnSamples(since.length > 1 ? since : samples)
  }, [span, samples, runStartMs, profile])
}

function Consumers({ of: consumers }: { readonly of: readonly ConsumerFigures[] }) {
  if (consumers.length === 0) return null
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">Consumer</th>
          <th scope="col">Now</th>
          <th scope="col">Peak</th>
          <th scope="col">Spilled</th>
        </tr>
      </thead>
      <tbody>
        {consumers.map(({ name, now, peak, spilledBytes, spillCount }, index) => (
          <tr key={name}>
            <th scope="row" className={styles.consumer}>
              <span
                className={styles.swatch}
                style={{ background: `var(--${consumerToken(index, name)})` }}
              />
              {name}
            </th>
            <td>{formatBytes(now)}</td>
            <td>{formatBytes(peak)}</td>
            <td>{spillCount === 0 ? '–' : `${formatBytes(spilledBytes)} (${formatCount(spillCount)})`}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
