import { Segments } from '../controls/choice.tsx'
import type { CgmPreset } from '../../workers/protocol.ts'
import { isCode, type PanelCell } from '../notebook/cell.ts'
import { currentNotebook, replaceCells } from '../session/notebook-store.ts'
import { formatBytes, formatMs, plural } from '../theme/format.ts'
import { POLARS_ROLE, SQL_ROLE, STEP_MINUTES, withStep } from './cgm-notebook.ts'
import { useDemo } from './demo-store.ts'
import styles from './demo.module.css'
import { presetOf } from './run-panels.ts'

const PRESETS = [
  { value: 'published', label: 'Published' },
  { value: 'lifelike', label: 'Lifelike' },
] as const satisfies readonly { value: CgmPreset; label: string }[]

export function ReadingsPanel({ cell }: { readonly cell: PanelCell }) {
  const preset = presetOf(cell)
  const made = useDemo((state) => state.readings)

  function choose(next: CgmPreset) {
    const step = STEP_MINUTES[next]
    const versions = currentNotebook()
      .cells.filter(isCode)
      .filter((code) => code.role === POLARS_ROLE || code.role === SQL_ROLE)
    replaceCells([{ ...cell, text: next }, ...versions.map((code) => withStep(code, step))])
  }

  return (
    <div className={styles.panel}>
      <div className={styles.line}>
        <Segments label="Kind of readings" value={preset} options={PRESETS} onChange={choose} />
        <span className={styles.fact}>
          {made
            ? `${plural(made.table.rowCount ?? 0, 'reading')}, ${formatBytes(made.table.bytes)}, made in ${formatMs(made.elapsedMs)}${made.preset === preset ? '' : ` (${made.preset}; run to make these)`}`
            : 'Not made yet: run this cell.'}
        </span>
      </div>
      {preset === 'published' ? <PublishedText /> : <LifelikeText />}
    </div>
  )
}

function PublishedText() {
  return (
    <div className={styles.text}>
      <p>
        The run that the article reports: 500 people, hourly readings for 90 days, 966,799 readings as they
        came in. Filled under the policy they must be 1,079,888 rows, of which 85,889 carried forward and
        27,200 NULL.
      </p>
      <p>
        How the counts are met: 1,079,888 − 966,799 = 113,089 = 85,889 + 27,200, so no gap was short enough
        for a line, and 1,079,888 = 500 × 2,160 − 112, so each person is trimmed to the first and last
        reading. One missing hour is a gap of 120 minutes and is carried forward; longer gaps stay NULL. The
        generator drops about a tenth of the readings independently, adds blocks of 3 to 12 hours, and then
        opens or closes single gaps, in an order fixed by its seed, until all four counts hold exactly.
      </p>
    </div>
  )
}

function LifelikeText() {
  return (
    <div className={styles.text}>
      <p>
        Readings every 5 minutes for 14 days, 5 % of them lost one by one and longer blocks besides, so that
        all three bands of the policy occur. Values follow meals, dawn and noise, with means of 150 to 180
        mg/dL and a coefficient of variation near 37 %, clipped to the 40 to 400 that sensors report.
      </p>
    </div>
  )
}
