import { cgmNotebook, STEP_MINUTES } from '../../../web/demo/cgm-notebook.ts'
import { imputeRowByRow, type ReadingColumns } from '../../../web/demo/row-by-row.ts'
import { openLakebook } from './lakebook.ts'
import { timed, type Timing } from './timing.ts'

export interface CgmRun {
  readonly timing: Timing
  /** The six figures on which every version must agree, as text. */
  readonly metrics: Record<string, string>
}

/** The notebook's own Polars and SQL cells over the readings, hot. */
export async function timeImputation(
  threads: number,
  dataUrl: string,
): Promise<Record<'polars' | 'sql', CgmRun>> {
  const lake = await openLakebook({ heapBudgetBytes: 2 ** 30, threads })
  const url = new URL(dataUrl, location.href).href
  await lake.registerFile('readings', url)
  await lake.registerFile('readings.parquet', url)
  const run = async (language: 'polars' | 'sql'): Promise<CgmRun> => {
    const cell = cgmNotebook('published').cells.find((candidate) => candidate.kind === language)
    if (cell?.kind !== language) throw new Error(`the demo has no ${language} cell`)
    const { table } = await lake[language](cell.text)
    const metrics = Object.fromEntries(
      table.schema.fields.map(({ name }) => [name, String(table.getChild(name)?.get(0))]),
    )
    return { timing: await timed(() => lake[language](cell.text), 7, 2), metrics }
  }
  const runs = { polars: await run('polars'), sql: await run('sql') }
  await lake.close()
  return runs
}

/** The notebook's row-by-row version, from Arrow to its figures. */
export async function timeRowByRow(dataUrl: string): Promise<CgmRun & { objects: number }> {
  const lake = await openLakebook({ heapBudgetBytes: 2 ** 30, threads: 1 })
  await lake.registerFile('readings', new URL(dataUrl, location.href).href)
  const { table } = await lake.sql('SELECT * REPLACE (epoch_ms("timestamp") AS "timestamp") FROM readings')
  await lake.close()
  const values = (name: string) => Array.from(table.getChild(name)!)
  const numbers = (name: string) => values(name).map(Number)
  const impute = () => {
    const columns: ReadingColumns = {
      reading_id: values('reading_id'),
      user_id: values('user_id'),
      timestamp: numbers('timestamp'),
      glucose_mg_dl: numbers('glucose_mg_dl'),
      country: values('country'),
      device: values('device'),
      quality: values('quality'),
      reading_source: values('reading_source'),
    }
    return Promise.resolve(imputeRowByRow(columns, STEP_MINUTES.published))
  }
  const { metrics, objects } = await impute()
  const { rowsIn, rowsOut, linear, locf, missing, checksum } = metrics
  const figures = { rows_in: rowsIn, rows_out: rowsOut, linear, locf, missing, checksum }
  return {
    timing: await timed(impute, 5, 1),
    metrics: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
    objects,
  }
}
