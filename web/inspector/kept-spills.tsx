import { Download } from 'lucide-react'
import { useEffect } from 'react'
import { Button } from '../controls/button.tsx'
import { anyUnderWay, useRuns } from '../session/run-store.ts'
import { downloadSpill, keepSpills, readKeptSpills, useKeptSpills } from '../session/kept-spills.ts'
import { useEngine } from '../session/engine-store.ts'
import { formatBytes, formatCount, plural } from '../theme/format.ts'
import styles from './inspector.module.css'
import own from './spill-panel.module.css'

/** The switch that keeps spills readable after their query, and those of the last one. */
export function KeptSpills() {
  const keep = useKeptSpills((state) => state.keep)
  const spills = useKeptSpills((state) => state.spills)
  const status = useEngine((state) => (state.phase.kind === 'ready' ? state.phase.status : null))
  const busy = useRuns(anyUnderWay)

  useEffect(() => {
    if (status && !busy) void readKeptSpills()
  }, [status, busy])

  return (
    <>
      <label className={own.keep}>
        <input
          type="checkbox"
          checked={keep}
          disabled={!status || busy}
          onChange={(event) => void keepSpills(event.target.checked)}
        />
        Keep spills until the next query
      </label>
      {spills.length > 0 ? (
        <>
          <ul className={own.files} aria-label="Kept spills">
            {spills.map((spill) => (
              <li key={spill.id} className={own.file}>
                <span>
                  {spill.operator}{' '}
                  <span className={styles.faint}>
                    {plural(spill.rows, 'row')}, {formatBytes(spill.bytes)}
                  </span>
                </span>
                <Button
                  kind="quiet"
                  label={`Download spill ${formatCount(spill.id + 1)} of ${spill.operator}`}
                  icon={<Download size={13} aria-hidden />}
                  onPress={() => void downloadSpill(spill)}
                />
              </li>
            ))}
          </ul>
          <p className={styles.faint}>Each is an Arrow IPC stream, which any Arrow reader opens.</p>
        </>
      ) : keep ? (
        <p className={styles.faint}>Run a cell again: what it spills will be listed here for download.</p>
      ) : null}
    </>
  )
}
