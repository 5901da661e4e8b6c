import { select } from '../session/notebook-store.ts'
import { plural } from '../theme/format.ts'
import { distinctMarks } from './spill-lanes.ts'
import type { RunLane } from './run-lanes.ts'
import styles from './run-lanes.module.css'

interface RunLanesProps {
  readonly lanes: readonly RunLane[]
  readonly nameOf: (cellId: string) => string
  /** The chart above has a scale on its right. */
  readonly besideDisk: boolean
}

/** Which cells ran when, under the chart and on its scale, with the spills and merges of each. */
export function RunLanes({ lanes, nameOf, besideDisk }: RunLanesProps) {
  return (
    <div
      className={styles.lanes}
      data-disk={besideDisk || undefined}
      role="group"
      aria-label="Cells that ran"
    >
      {lanes.map((lane) => (
        <Lane key={lane.cellId} lane={lane} name={nameOf(lane.cellId)} />
      ))}
    </div>
  )
}

function Lane({ lane, name }: { readonly lane: RunLane; readonly name: string }) {
  const spills = lane.marks.filter(({ kind }) => kind === 'spill').length
  const merges = lane.marks.filter(({ kind }) => kind === 'merge').length
  const summary = `${name}: ${plural(lane.spans.length, 'run')}, ${plural(spills, 'spill')}, ${plural(merges, 'merge')}`
  return (
    <>
      <button type="button" className={styles.name} onClick={() => select(lane.cellId, 'command')}>
        {name}
      </button>
      <div className={styles.track} role="img" aria-label={summary}>
        {lane.spans.map(({ from, to }, index) => (
          <i
            key={index}
            className={styles.span}
            style={{ left: `${100 * from}%`, width: `${100 * (to - from)}%` }}
          />
        ))}
        {distinctMarks(lane.marks).map(({ kind, at, what }, index) =>
          kind === 'evict' ? null : (
            <i
              key={index}
              className={kind === 'spill' ? styles.spill : styles.merge}
              style={{ left: `${100 * at}%` }}
              title={`${kind} of ${what}`}
            />
          ),
        )}
      </div>
    </>
  )
}
