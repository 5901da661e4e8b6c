import { Download } from 'lucide-react'
import type { QueryProfile } from '../../engine/lakebook.ts'
import { Button } from '../controls/button.tsx'
import { saveBlob } from '../session/save-blob.ts'
import { formatBytes, formatCount, formatMs, plural } from '../theme/format.ts'
import { planRows } from './plan-tree.ts'
import styles from './plan-view.module.css'

/** How a result came about: first the sum, then operator by operator. */
export function PlanView({ profile }: { readonly profile: QueryProfile }) {
  const rows = planRows(profile)
  const changed = profile.rules.filter((rule) => rule.changed)
  return (
    <div className={styles.plan}>
      <dl className={styles.summary}>
        <Figure name="Time" value={formatMs(profile.elapsedMs)} />
        <Figure name="Planning" value={formatMs(profile.planningMs)} />
        <Figure name="Rows" value={formatCount(profile.rowsOut)} />
        <Figure name="Peak" value={formatBytes(profile.peakReservedBytes)} />
        <Figure name="Read from files" value={formatBytes(profile.bytesRead)} />
        {profile.diskCacheReadBytes > 0 ? (
          <Figure name="Read from columns on disk" value={formatBytes(profile.diskCacheReadBytes)} />
        ) : null}
        <Figure
          name="Spilled"
          value={
            profile.spillCount === 0
              ? 'nothing'
              : `${formatBytes(profile.spilledBytes)} in ${plural(profile.spillCount, 'spill')}`
          }
        />
      </dl>
      <div className={styles.scroll} tabIndex={0} role="group" aria-label="Operators">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Operator</th>
              <th scope="col">Time</th>
              <th scope="col">Rows in</th>
              <th scope="col">Rows out</th>
              <th scope="col">Peak</th>
              <th scope="col">Spilled</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ operator, depth, share }) => (
              <tr key={operator.id}>
                <th scope="row">
                  <span className={styles.operator} style={{ paddingLeft: depth * 14 }}>
                    <span className={styles.name}>{operator.name}</span>
                    <code className={styles.detail}>{operator.detail}</code>
                  </span>
                </th>
                <td>
                  <span className={styles.share} style={{ width: `${Math.round(share * 100)}%` }} />
                  {formatMs(operator.elapsedMs)}
                </td>
                <td>{formatCount(operator.rowsIn)}</td>
                <td>{formatCount(operator.rowsOut)}</td>
                <td>{formatBytes(operator.peakBytes)}</td>
                <td data-spilled={operator.spillCount > 0 || undefined}>
                  {operator.spillCount === 0
                    ? '–'
                    : `${formatBytes(operator.spilledBytes)} (${operator.spillCount})`}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer className={styles.footer}>
        <p>
          {changed.length === 0
            ? 'No optimiser rule changed the plan.'
            : `Rules that changed the plan: ${changed.map((rule) => rule.name).join(', ')}.`}
        </p>
        <Button
          kind="quiet"
          label="Download the profile as JSON"
          icon={<Download size={13} aria-hidden />}
          onPress={() =>
            saveBlob(
              new Blob([JSON.stringify(profile, null, 2)], { type: 'application/json' }),
              'profile.json',
            )
          }
        >
          JSON
        </Button>
      </footer>
    </div>
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
