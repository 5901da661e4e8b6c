import { Download } from 'lucide-react'
import { lazy, Suspense } from 'react'
import type { ExportFormat, ResultHandle } from '../../workers/protocol.ts'
import { Button } from '../controls/button.tsx'
import { Segments } from '../controls/choice.tsx'
import { Menu } from '../controls/menu.tsx'
import { ResultGrid } from '../grid/result-grid.tsx'
import type { CodeCell, ResultView as View } from '../notebook/cell.ts'
import { exportResult, useExports } from '../session/export-result.ts'
import { amendCell } from '../session/notebook-store.ts'
import { formatBytes } from '../theme/format.ts'
import styles from './result-view.module.css'

const ResultChart = lazy(() =>
  import('../charts/result-chart.tsx').then((module) => ({ default: module.ResultChart })),
)
const PlanView = lazy(() =>
  import('../inspector/plan-view.tsx').then((module) => ({ default: module.PlanView })),
)

const VIEWS: readonly { readonly value: View; readonly label: string }[] = [
  { value: 'table', label: 'Table' },
  { value: 'chart', label: 'Chart' },
  { value: 'profile', label: 'Profile' },
]

const FORMATS: readonly { readonly id: ExportFormat; readonly label: string; readonly detail: string }[] = [
  { id: 'csv', label: 'CSV', detail: '.csv' },
  { id: 'parquet', label: 'Parquet', detail: '.parquet' },
  { id: 'json', label: 'JSON lines', detail: '.json' },
  { id: 'arrow', label: 'Arrow IPC', detail: '.arrow' },
]

interface ResultViewProps {
  readonly cell: CodeCell
  /** The cell's place among all, from 0. */
  readonly index: number
  readonly result: ResultHandle
}

export function ResultView({ cell, index, result }: ResultViewProps) {
  const hasRows = result.schema.fields.length > 0
  const view = hasRows ? cell.view : cell.view === 'profile' ? 'profile' : 'table'
  const exporting = useExports((state) => state[result.id])
  return (
    <section className={styles.result} aria-label={`Result of cell ${index + 1}`}>
      <div className={styles.bar}>
        <Segments
          label="View of the result"
          value={view}
          options={hasRows ? VIEWS : VIEWS.filter((option) => option.value !== 'chart')}
          onChange={(next) => amendCell({ ...cell, view: next })}
        />
        {exporting ? (
          <span className={styles.exporting}>
            Writing {exporting.format}, {formatBytes(exporting.bytes)}
          </span>
        ) : null}
        {hasRows ? (
          <Menu
            label="Export as"
            entries={FORMATS.map((format) => ({
              ...format,
              onAction: () => void exportResult(result, format.id),
            }))}
          >
            <Button
              label="Export"
              kind="quiet"
              icon={<Download size={14} aria-hidden />}
              isDisabled={exporting !== undefined}
            >
              Export
            </Button>
          </Menu>
        ) : null}
      </div>
      <Suspense fallback={<p className={styles.message}>Loading…</p>}>
        <Body view={view} cell={cell} result={result} />
      </Suspense>
    </section>
  )
}

function Body({
  view,
  cell,
  result,
}: {
  readonly view: View
  readonly cell: CodeCell
  readonly result: ResultHandle
}) {
  switch (view) {
    case 'profile':
      return <PlanView profile={result.profile} />
    case 'chart':
      return (
        <ResultChart result={result} spec={cell.chart} onChange={(chart) => amendCell({ ...cell, chart })} />
      )
    case 'table':
      if (result.schema.fields.length === 0)
        return <p className={styles.message}>{result.message ?? 'Done.'}</p>
      return result.rowCount === 0 ? (
        <p className={styles.message}>
          No rows. Columns: {result.schema.fields.map((field) => field.name).join(', ')}.
        </p>
      ) : (
        <ResultGrid result={result} />
      )
  }
}
