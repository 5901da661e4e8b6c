import { Check, X } from 'lucide-react'
import { useEffect, useState } from 'react'
import type { CgmMetrics, ResultHandle } from '../../workers/protocol.ts'
import { valueText } from '../grid/read-value.ts'
import { isCode } from '../notebook/cell.ts'
import { useNotebook } from '../session/notebook-store.ts'
import { fetchPage } from '../session/result-pages.ts'
import { useRuns } from '../session/run-store.ts'
import { formatCount, formatMs, plural } from '../theme/format.ts'
import { POLARS_ROLE, SQL_ROLE } from './cgm-notebook.ts'
import { useDemo } from './demo-store.ts'
import styles from './demo.module.css'

interface Version {
  readonly name: string
  readonly detail: string
  readonly metrics: CgmMetrics | null
  readonly firstMs: number | null
  readonly againMs: number | null
  readonly objects: number | null
}

const FIGURES = [
  ['rowsIn', 'Rows in'],
  ['rowsOut', 'Rows out'],
  ['linear', 'Linear'],
  ['locf', 'LOCF'],
  ['missing', 'NULL'],
  ['checksum', 'Checksum of glucose'],
] as const satisfies readonly (readonly [keyof CgmMetrics, string])[]

const COLUMNS = ['rows_in', 'rows_out', 'linear', 'locf', 'missing', 'checksum'] as const

/** The six figures of every version side by side, and whether they agree. */
export function ComparisonPanel() {
  const rowByRow = useDemo((state) => state.rowByRow)
  const polars = useVersion(POLARS_ROLE)
  const sql = useVersion(SQL_ROLE)
  const versions: readonly Version[] = [
    {
      name: 'Version 1',
      detail: 'row by row, JavaScript objects',
      metrics: rowByRow?.metrics ?? null,
      firstMs: rowByRow?.elapsedMs ?? null,
      againMs: rowByRow?.againMs ?? null,
      objects: rowByRow?.objects ?? null,
    },
    { name: 'Version 2', detail: 'Polars, compiled', ...polars },
    { name: 'Version 2', detail: 'SQL, compiled', ...sql },
  ]
  const present = versions.filter((version) => version.metrics !== null)
  const agreed = FIGURES.filter(
    ([key]) => new Set(present.map((version) => version.metrics?.[key])).size === 1,
  )
  const all = present.length === versions.length && agreed.length === FIGURES.length
  return (
    <div className={styles.panel}>
      <div className={styles.scroll} tabIndex={0} role="group" aria-label="Figures of the three versions">
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">Figure</th>
              {versions.map((version) => (
                <th key={version.detail} scope="col">
                  {version.name}
                  <span className={styles.detail}>{version.detail}</span>
                </th>
              ))}
              <th scope="col">Agree</th>
            </tr>
          </thead>
          <tbody>
            {FIGURES.map(([key, label]) => (
              <tr key={key}>
                <th scope="row">{label}</th>
                {versions.map((version) => (
                  <td key={version.detail}>
                    {version.metrics === null ? '–' : version.metrics[key].toLocaleString('en')}
                  </td>
                ))}
                <td>
                  <Agreement values={present.map((version) => version.metrics?.[key])} of={versions.length} />
                </td>
              </tr>
            ))}
            <tr className={styles.total}>
              <th scope="row">Time, first run</th>
              {versions.map((version) => (
                <td key={version.detail}>{version.firstMs === null ? '–' : formatMs(version.firstMs)}</td>
              ))}
              <td />
            </tr>
            <tr>
              <th scope="row">Time, run again</th>
              {versions.map((version) => (
                <td key={version.detail}>{version.againMs === null ? '–' : formatMs(version.againMs)}</td>
              ))}
              <td />
            </tr>
            <tr>
              <th scope="row">Objects made</th>
              {versions.map((version) => (
                <td key={version.detail}>
                  {version.metrics === null
                    ? '–'
                    : version.objects === null
                      ? 'none'
                      : formatCount(version.objects)}
                </td>
              ))}
              <td />
            </tr>
          </tbody>
        </table>
      </div>
      <p role="status" className={styles.verdict} data-good={all || undefined}>
        {verdict(versions, all)}
      </p>
    </div>
  )
}

function Agreement({ values, of }: { readonly values: readonly unknown[]; readonly of: number }) {
  if (values.length < of) return <span className={styles.fact}>{`${values.length} of ${of} run`}</span>
  const agree = new Set(values).size === 1
  const Icon = agree ? Check : X
  return (
    <span className={styles.agreement} data-agree={agree}>
      <Icon size={14} aria-hidden />
      {agree ? 'equal' : 'differs'}
    </span>
  )
}

function verdict(versions: readonly Version[], all: boolean): string {
  const [one, polars, sql] = versions
  if (!one?.metrics) return 'Run the cells above and this one to compare.'
  const gains = [polars, sql].flatMap((version) =>
    version?.againMs && one.againMs
      ? `${version.detail.split(',')[0]} ${(one.againMs / version.againMs).toLocaleString('en', { maximumSignificantDigits: 2 })} times as fast as version 1`
      : [],
  )
  const objects =
    one.objects === null ? '' : ` Version 1 made ${plural(one.objects, 'object')}; the others none.`
  return `${all ? 'All six figures agree in all three versions. ' : ''}${gains.length > 0 ? `Run again: ${gains.join(', ')}.` : ''}${objects}`
}

/** The figures that a cell's result holds, read again whenever the cell has run. */
function useVersion(role: string): Pick<Version, 'metrics' | 'firstMs' | 'againMs' | 'objects'> {
  const againMs = useDemo((state) => state.againMs[role] ?? null)
  const cellId = useNotebook(
    (state) => state.history.present.cells.find((cell) => isCode(cell) && cell.role === role)?.id ?? '',
  )
  const run = useRuns((state) => state.runs[cellId])
  const result = run?.kind === 'done' ? run.result : null
  const [read, setRead] = useState<{ readonly id: number; readonly metrics: CgmMetrics | null } | null>(null)

  useEffect(() => {
    if (!result) return undefined
    let current = true
    readMetrics(result).then(
      (metrics) => current && setRead({ id: result.id, metrics }),
      () => current && setRead({ id: result.id, metrics: null }),
    )
    return () => {
      current = false
    }
  }, [result])

  const metrics = result && read?.id === result.id ? read.metrics : null
  const firstMs = metrics && run?.kind === 'done' ? run.elapsedMs : null
  return { metrics, firstMs, againMs: metrics && againMs, objects: null }
}

async function readMetrics({ id, schema, rowCount }: ResultHandle): Promise<CgmMetrics | null> {
  if (rowCount !== 1) return null
  const table = await fetchPage(id, 0, 1)
  const values = COLUMNS.map((name) => {
    const column = schema.fields.findIndex((field) => field.name === name)
    const vector = table.getChildAt(column)
    const text = vector ? valueText(vector, 0, schema.fields[column]!.type) : null
    return text === null ? null : BigInt(text.replace(/\.0*$/, ''))
  })
  if (values.some((value) => value === null)) return null
  const [rowsIn, rowsOut, linear, locf, missing] = values.map(Number)
  return {
    rowsIn: rowsIn!,
    rowsOut: rowsOut!,
    linear: linear!,
    locf: locf!,
    missing: missing!,
    checksum: values[5]!,
  }
}
