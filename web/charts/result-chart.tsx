import type { Table } from 'apache-arrow'
import { useEffect, useMemo, useState } from 'react'
import type { ResultHandle, WireError } from '../../workers/protocol.ts'
import { Dropdown, Segments } from '../controls/choice.tsx'
import type { ChartSpec } from '../notebook/cell.ts'
import { isNumberType } from '../notebook/data-type-name.ts'
import { fetchPage } from '../session/result-pages.ts'
import { asWireError } from '../session/wire-error.ts'
import { formatCount } from '../theme/format.ts'
import { blocksToRead, chartData, hasFewValues, MAX_BARS, type ChartData } from './chart-data.ts'
import { ChartFigure } from './chart-figure.tsx'
import { specFor } from './chart-spec.ts'
import styles from './result-chart.module.css'

const MARKS = [
  { value: 'line', label: 'Line' },
  { value: 'bar', label: 'Bar' },
  { value: 'scatter', label: 'Scatter' },
] as const
const NO_COLOUR = '(none)'

interface ResultChartProps {
  readonly result: ResultHandle
  readonly spec: ChartSpec | null
  readonly onChange: (spec: ChartSpec) => void
}

type Loaded =
  | { readonly kind: 'tables'; readonly tables: readonly Table[] }
  | { readonly kind: 'failed'; readonly error: WireError }

/** A chart of a result: what to draw is chosen from its columns, not written. */
export function ResultChart({ result, spec: saved, onChange }: ResultChartProps) {
  const { schema, rowCount, id } = result
  const [loaded, setLoaded] = useState<Loaded | null>(null)
  const spec = useMemo(() => {
    const given = specFor(saved, schema, rowCount)
    if (given === null || given === saved || given.colour === null || loaded?.kind !== 'tables') return given
    // nobody has chosen this colour
    return hasFewValues(given.colour, schema, loaded.tables) ? given : { ...given, colour: null }
  }, [saved, schema, rowCount, loaded])

  useEffect(() => {
    let current = true
    readBlocks(id, rowCount).then(
      (tables) => current && setLoaded({ kind: 'tables', tables }),
      (thrown: unknown) => current && setLoaded({ kind: 'failed', error: asWireError(thrown) }),
    )
    return () => {
      current = false
    }
  }, [id, rowCount])

  const data = useMemo(
    () => (spec && loaded?.kind === 'tables' ? chartData(spec, schema, loaded.tables, rowCount) : null),
    [spec, loaded, schema, rowCount],
  )

  if (!spec)
    return <p className={styles.message}>A chart needs a column of numbers, and this result has none.</p>
  const columns = schema.fields.map((field) => ({ value: field.name, label: field.name }))
  const numbers = schema.fields
    .filter((field) => isNumberType(field.type))
    .map((field) => ({ value: field.name, label: field.name }))
  return (
    <div className={styles.chart}>
      <div className={styles.controls}>
        <Segments
          label="Kind of chart"
          value={spec.mark}
          options={MARKS}
          onChange={(mark) => onChange({ ...spec, mark })}
        />
        <Dropdown label="x" value={spec.x} options={columns} onChange={(x) => onChange({ ...spec, x })} />
        <Dropdown label="y" value={spec.y} options={numbers} onChange={(y) => onChange({ ...spec, y })} />
        <Dropdown
          label="colour"
          value={spec.colour ?? NO_COLOUR}
          options={[{ value: NO_COLOUR, label: 'none' }, ...columns]}
          onChange={(colour) => onChange({ ...spec, colour: colour === NO_COLOUR ? null : colour })}
        />
      </div>
      {loaded?.kind === 'failed' ? <p className={styles.message}>{loaded.error.message}</p> : null}
      {data ? (
        <>
          <ChartFigure spec={spec} data={data} />
          <p className={styles.caption}>{caption(spec, data)}</p>
        </>
      ) : null}
    </div>
  )
}

async function readBlocks(id: number, rowCount: number): Promise<Table[]> {
  const tables: Table[] = []
  for (const { offset, limit } of blocksToRead(rowCount)) tables.push(await fetchPage(id, offset, limit))
  return tables
}

/** What the chart leaves out, in words; the same words say what it shows to whoever cannot see it. */
function caption(spec: ChartSpec, { rowsRead, rowCount, skipped, hiddenBars, averaged }: ChartData): string {
  const parts = [
    rowsRead < rowCount
      ? `Drawn from ${formatCount(rowsRead)} of ${formatCount(rowCount)} rows, in blocks spread evenly over the result.`
      : `Drawn from all ${formatCount(rowCount)} rows.`,
  ]
  if (averaged)
    parts.push('Rows with the same x are drawn as their mean, in a band from the lowest to the highest.')
  if (spec.mark === 'bar') parts.push('A bar is the sum of its rows.')
  if (hiddenBars > 0)
    parts.push(`${formatCount(hiddenBars)} categories after the first ${MAX_BARS} are not shown.`)
  if (skipped > 0) parts.push(`${formatCount(skipped)} rows without a value are left out.`)
  return parts.join(' ')
}
