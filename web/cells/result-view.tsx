import { Download, Square } from 'lucide-react'
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react'
import type { Schema } from '../../engine/arrow/types.ts'
import type { ExportFormat, ResultHandle } from '../../workers/protocol.ts'
import { Button } from '../controls/button.tsx'
import { Segments } from '../controls/choice.tsx'
import { Menu } from '../controls/menu.tsx'
import { ArrangedRows } from '../grid/arranged-rows.ts'
import { ResultGrid } from '../grid/result-grid.tsx'
import { RowFilter } from '../grid/row-filter.tsx'
import type { CodeCell, ResultView as View } from '../notebook/cell.ts'
import { isNumberType } from '../notebook/data-type-name.ts'
import { sqlName } from '../notebook/sql-name.ts'
import { cancelExport, exportResult, useExports } from '../session/export-result.ts'
import { amendCell } from '../session/notebook-store.ts'
import { formatBytes, formatCount } from '../theme/format.ts'
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
  const [arranging] = useState(() => new ArrangedRows(result))
  const arranged = useSyncExternalStore(arranging.subscribe, arranging.state)
  useEffect(() => () => arranging.close(), [arranging])
  const { wanted, rows, isUnderWay, progress } = arranged
  const shown = { ...result, ...rows }
  const exporting = useExports((state) => state[shown.id])
  return (
    <section className={styles.result} aria-label={`Result of cell ${index + 1}`}>
      <div className={styles.bar}>
        <Segments
          label="View of the result"
          value={view}
          options={hasRows ? VIEWS : VIEWS.filter((option) => option.value !== 'chart')}
          onChange={(next) => amendCell({ ...cell, view: next })}
        />
        {hasRows && result.rowCount > 0 && view !== 'profile' ? (
          <RowFilter
            wanted={wanted}
            isUnderWay={isUnderWay}
            fraction={progress && progress.fraction > 0 ? progress.fraction : null}
            stage={progress?.stage ?? null}
            error={arranged.error}
            example={exampleOf(result.schema)}
            onFilter={(where) => void arranging.arrange({ ...wanted, where })}
            onStop={() => arranging.stop()}
          />
        ) : null}
        {rows.id === result.id || rows.rowCount === result.rowCount ? null : (
          <span className={styles.count}>{formatCount(rows.rowCount)} rows</span>
        )}
        {exporting ? (
          <span className={styles.exporting}>
            Writing {exporting.format}, {formatBytes(exporting.bytes)}
            <Button
              kind="quiet"
              label="Stop the export"
              icon={<Square size={12} aria-hidden />}
              onPress={() => cancelExport(exporting)}
            />
          </span>
        ) : null}
        {hasRows ? (
          <Menu
            label="Export as"
            entries={FORMATS.map((format) => ({
              ...format,
              onAction: () => void exportResult(shown, format.id),
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
        <Body view={view} cell={cell} result={shown} arranging={arranging} />
      </Suspense>
    </section>
  )
}

function Body({
  view,
  cell,
  result,
  arranging,
}: {
  readonly view: View
  readonly cell: CodeCell
  readonly result: ResultHandle
  readonly arranging: ArrangedRows
}) {
  const { wanted } = useSyncExternalStore(arranging.subscribe, arranging.state)
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
        <ResultGrid
          result={result}
          sort={wanted.sort}
          onSort={(sort) => void arranging.arrange({ ...wanted, sort })}
        />
      )
  }
}

/** A condition over the first column of numbers, else over the first one. */
function exampleOf({ fields }: Schema): string {
  const number = fields.find(({ type }) => isNumberType(type))
  return number ? `${sqlName(number.name)} > 10` : `${sqlName(fields[0]?.name ?? 'a')} IS NOT NULL`
}
