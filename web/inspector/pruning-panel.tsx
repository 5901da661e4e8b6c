import type { PruningStep } from '../../engine/catalog/table-provider.ts'
import type { ScanPruning } from '../../engine/lakebook.ts'
import { inspectedProfile, useRuns } from '../session/run-store.ts'
import { formatBytes, formatCount, plural } from '../theme/format.ts'
import styles from './inspector.module.css'

/** The layers that scans report: what their units are called, and what a layer looks at. */
const LAYERS: Readonly<Partial<Record<string, { readonly unit: string; readonly means: string }>>> = {
  file: { unit: 'file', means: 'By the least and greatest values of whole files.' },
  'row group': { unit: 'row group', means: 'By the least and greatest values in the footer.' },
  page: { unit: 'page', means: 'By the page index: values page by page.' },
  'bloom filter': { unit: 'row group', means: 'By Bloom filters, which know what is certainly absent.' },
  'join filter': { unit: 'row group', means: 'By the keys that the other side of the join has.' },
  statistics: { unit: 'row group', means: 'Answered from the footer: nothing of these need be read.' },
  column: { unit: 'column', means: 'Columns that the query never mentions stay unread.' },
}

function layerTitle({ layer, unitsIn }: PruningStep): string {
  const known = LAYERS[layer]
  if (!known || known.unit === layer) return plural(unitsIn, layer)
  return `${layer[0]?.toUpperCase()}${layer.slice(1)}: ${plural(unitsIn, known.unit)}`
}

/** What each scan of the last result did not have to read, why, and why it read the rest. */
export function PruningPanel() {
  const scans = useRuns(inspectedProfile)?.pruning ?? []
  return (
    <section aria-label="Pruning" className={styles.panel}>
      <h2 className={styles.title}>Pruning</h2>
      {scans.length === 0 ? (
        <p className={styles.empty}>
          Run a cell that reads a table: what its statistics ruled out is shown here.
        </p>
      ) : (
        scans.map((scan, index) => <Scan key={index} scan={scan} />)
      )}
    </section>
  )
}

function Scan({ scan: { table, steps } }: { readonly scan: ScanPruning }) {
  const [first] = steps
  return (
    <div className={styles.scan}>
      <h3 className={styles.subtitle}>
        Scan of <code>{table}</code>
      </h3>
      {steps.length === 0 ? (
        <p className={styles.faint}>Nothing to rule out: its rows are made as they are needed, not read.</p>
      ) : (
        <ol className={styles.funnel}>
          {steps.map((step, index) => (
            <Step key={index} step={step} wholeBytes={first?.bytesIn ?? step.bytesIn} />
          ))}
        </ol>
      )}
    </div>
  )
}

function Step({ step, wholeBytes }: { readonly step: PruningStep; readonly wholeBytes: number }) {
  const share = (bytes: number) => `${wholeBytes === 0 ? 0 : (100 * bytes) / wholeBytes}%`
  const went = step.unitsIn - step.unitsKept
  return (
    <li className={styles.step}>
      <p className={styles.stepHead}>
        <span>{layerTitle(step)}</span>
        <span>
          {went === 0 ? 'all kept' : `${formatCount(step.unitsKept)} kept, ${formatCount(went)} pruned`}
        </span>
      </p>
      <div className={styles.bar} aria-hidden>
        <span className={styles.barIn} style={{ width: share(step.bytesIn) }} />
        <span className={styles.barKept} style={{ width: share(step.bytesKept) }} />
      </div>
      {LAYERS[step.layer] ? <p className={styles.faint}>{LAYERS[step.layer]?.means}</p> : null}
      <p className={styles.faint}>
        {formatCount(step.rowsKept)} of {formatCount(step.rowsIn)} rows · {formatBytes(step.bytesKept)} of{' '}
        {formatBytes(step.bytesIn)}
      </p>
      <ul className={styles.reasons}>
        {step.removed.map((reason, index) => (
          <li key={index} data-kind="removed">
            <code>{reason.predicate}</code> removed {formatCount(reason.units)}: {reason.reason}
          </li>
        ))}
        {step.kept.map((reason, index) => (
          <li key={index} data-kind="kept">
            {formatCount(reason.units)} stayed: {reason.reason}
          </li>
        ))}
      </ul>
    </li>
  )
}
