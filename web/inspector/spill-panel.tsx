import { useMemo } from 'react'
import type { OperatorProfile, SpillProfile } from '../../engine/lakebook.ts'
import { inspectedProfile, useRuns } from '../session/run-store.ts'
import { formatBytes, formatMs, plural } from '../theme/format.ts'
import styles from './inspector.module.css'
import { KeptSpills } from './kept-spills.tsx'
import lanes from './spill-panel.module.css'
import { distinctMarks, spillingOperators, type SpillLane } from './spill-lanes.ts'

/** What the last result's operators wrote to the disk and read back, when, and what it cost. */
export function SpillPanel() {
  const profile = useRuns(inspectedProfile)
  const spilling = useMemo(() => (profile ? spillingOperators(profile) : []), [profile])
  return (
    <section aria-label="Spills" className={styles.panel}>
      <h2 className={styles.title}>Spills</h2>
      {profile === null ? (
        <p className={styles.empty}>Run a cell: what its operators had to put on the disk is shown here.</p>
      ) : spilling.length === 0 ? (
        <p className={styles.empty}>Nothing spilled: all of this run fitted into memory.</p>
      ) : (
        <>
          {spilling.map(({ name, operator, lanes: own }) => (
            <div key={name}>
              <h3 className={styles.subtitle}>{name}</h3>
              {own.map((lane) => (
                <Lane key={lane.name} lane={lane} label={own.length > 1 ? lane.name : null} />
              ))}
              {operator ? <Cost spills={operator} /> : null}
              {operator ? <Partitions of={operator} /> : null}
            </div>
          ))}
          <p className={lanes.scale} aria-hidden>
            <span>0</span>
            <span className={lanes.key}>
              <i className={lanes.spill} /> spill <i className={lanes.merge} /> merge
            </span>
            <span>{formatMs(profile.elapsedMs)}</span>
          </p>
        </>
      )}
      <KeptSpills />
    </section>
  )
}

function Lane({ lane, label }: { readonly lane: SpillLane; readonly label: string | null }) {
  const spills = lane.marks.filter(({ kind }) => kind === 'spill')
  const bytes = spills.reduce((sum, mark) => sum + mark.bytes, 0)
  const merges = lane.marks.length - spills.length
  const parts = [
    ...(spills.length > 0 ? [`${plural(spills.length, 'spill')} of ${formatBytes(bytes)}`] : []),
    ...(merges > 0 ? [plural(merges, 'merge')] : []),
  ]
  const summary = parts.join(', ')
  return (
    <div className={lanes.lane}>
      {label === null ? null : (
        <span className={styles.faint}>
          {label}: {summary}
        </span>
      )}
      <div className={lanes.track} role="img" aria-label={`${lane.name}: ${summary}`}>
        {distinctMarks(lane.marks).map(({ kind, at, bytes: size }, index) => (
          <i
            key={index}
            className={kind === 'spill' ? lanes.spill : lanes.merge}
            style={{ left: `${100 * at}%` }}
            title={kind === 'spill' ? `spill of ${formatBytes(size)}` : 'merge'}
          />
        ))}
      </div>
    </div>
  )
}

/** What each partition of an operator held and spilled. */
function Partitions({ of: { partitions } }: { readonly of: OperatorProfile }) {
  if (partitions.length === 0) return null
  return (
    <details className={lanes.partitions}>
      <summary className={styles.faint}>{plural(partitions.length, 'partition')}</summary>
      <ol>
        {partitions.map((partition) => (
          <li key={partition.consumer}>
            <span className={styles.faint}>
              {partition.consumer}: at most {formatBytes(partition.peakBytes)} in memory
            </span>
            <Cost spills={partition} />
          </li>
        ))}
      </ol>
    </details>
  )
}

function Cost({ spills }: { readonly spills: SpillProfile }) {
  const { spillCount, spilledBytes, spillWrittenBytes, spillReadBytes, mergePasses, spillMs } = spills
  const ratio = spills.compressionRatio
  return (
    <p className={styles.faint}>
      {plural(spillCount, 'spill')} of {formatBytes(spilledBytes)} · {formatBytes(spillWrittenBytes)} written,{' '}
      {formatBytes(spillReadBytes)} read · {plural(mergePasses, 'merge pass', 'merge passes')} ·{' '}
      {ratio === null || ratio < 1.005
        ? 'not compressed'
        : `compressed ${ratio.toLocaleString('en', { maximumFractionDigits: 1 })} to 1`}{' '}
      · {formatMs(spillMs)} of disk time
    </p>
  )
}
