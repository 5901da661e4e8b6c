import { memo, useDeferredValue } from 'react'
import { Dropdown } from '../controls/choice.tsx'
import { useNotebook } from '../session/notebook-store.ts'
import { inspect, useRuns } from '../session/run-store.ts'
import { formatMs, plural } from '../theme/format.ts'
import styles from './inspector.module.css'

/** Which cell's run the panels show: the last one that read rows, until another one is chosen. */
export function ShownRun() {
  const cells = useNotebook((state) => state.history.present.cells)
  const runs = useRuns((state) => state.runs)
  const inspected = useRuns((state) => state.inspected)
  const options = cells.flatMap(({ id }, index) => {
    const run = runs[id]
    if (run?.kind !== 'done' || !run.result) return []
    const { rowCount, schema } = run.result
    const rows = schema.fields.length > 0 ? `${plural(rowCount, 'row')}, ` : ''
    return [{ value: id, label: `Cell ${index + 1}: ${rows}${formatMs(run.elapsedMs)}` }]
  })
  const value = options.some((option) => option.value === inspected) ? inspected : null
  const shown = useDeferredValue(options)
  return <RunChoice options={shown} value={value ?? ''} />
}

/** A long list is slow to draw, and need not be drawn for each of many cells that end one after the other. */
const RunChoice = memo(function RunChoice({
  options,
  value,
}: {
  readonly options: readonly { readonly value: string; readonly label: string }[]
  readonly value: string
}) {
  if (options.length < 2) return null
  return (
    <div className={styles.shown}>
      <Dropdown label="Run shown" value={value} options={options} onChange={inspect} />
    </div>
  )
})
