import { Check, X } from 'lucide-react'
import { FINGERPRINT_ROWS } from '../session/fingerprint.ts'
import { agreesWith, useReruns } from '../session/rerun.ts'
import { formatBytes, formatCount, formatMs } from '../theme/format.ts'
import styles from './inspector.module.css'

/** The runs of one cell under different settings: what they cost, and whether the answer stayed the same. */
export function RunComparison() {
  const records = useReruns((state) => state.records)
  const [first] = records
  if (!first) return null
  return (
    <div>
      <h3 className={styles.subtitle}>Runs of this cell</h3>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">Budget</th>
            <th scope="col">Time</th>
            <th scope="col">Peak</th>
            <th scope="col">Spilled</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {records.map((record) => {
            const agrees = agreesWith(first, record)
            const Icon = agrees ? Check : X
            return (
              <tr key={record.number}>
                <th scope="row">
                  {formatBytes(record.settings.heapBudgetBytes)}
                  <span className={styles.faint}>
                    {' '}
                    {record.settings.memoryPool}, {record.settings.threads}t
                  </span>
                </th>
                <td>{formatMs(record.elapsedMs)}</td>
                <td>{formatBytes(record.peakBytes)}</td>
                <td>{record.spilledBytes === 0 ? '–' : formatBytes(record.spilledBytes)}</td>
                <td>
                  <span className={styles.agreement} data-agree={agrees}>
                    {record.number === 1 ? null : <Icon size={12} aria-label={agrees ? 'same' : 'differs'} />}
                    <code>{record.fingerprint ?? `${formatCount(record.rowCount)} rows`}</code>
                  </span>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {first.fingerprint === null ? (
        <p className={styles.faint}>
          More than {formatCount(FINGERPRINT_ROWS)} rows: runs are compared by their number of rows.
        </p>
      ) : null}
    </div>
  )
}
