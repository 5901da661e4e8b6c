import { tableFromIPC, type Table } from 'apache-arrow'
import { types } from '../../engine/arrow/types.ts'
import { valueNumber } from '../grid/read-value.ts'
import { imputeRowByRow, type ReadingColumns } from './row-by-row.ts'
import type { RowByRowAnswer, RowByRowRequest } from './run-row-by-row.ts'

/** Takes the columns apart before the clock starts, so that only the row-by-row work is timed. */
addEventListener('message', (event: MessageEvent<RowByRowRequest>) => {
  const columns = columnsOf(event.data.pages.map((page) => tableFromIPC(page)))
  const startedMs = performance.now()
  const result = imputeRowByRow(columns, event.data.stepMinutes)
  const answer: RowByRowAnswer = { ...result, elapsedMs: performance.now() - startedMs }
  postMessage(answer)
})

function columnsOf(tables: readonly Table[]): ReadingColumns {
  return {
    reading_id: values(tables, 'reading_id'),
    user_id: values(tables, 'user_id'),
    timestamp: numbers(tables, 'timestamp').map((value) => value ?? 0),
    glucose_mg_dl: numbers(tables, 'glucose_mg_dl'),
    country: values(tables, 'country'),
    device: values(tables, 'device'),
    quality: values(tables, 'quality'),
    reading_source: values(tables, 'reading_source'),
  }
}

function values(tables: readonly Table[], name: string): unknown[] {
  return tables.flatMap((table) => {
    const vector = table.getChild(name)
    return Array.from({ length: table.numRows }, (_, row): unknown => vector?.get(row))
  })
}

function numbers(tables: readonly Table[], name: 'timestamp' | 'glucose_mg_dl'): (number | null)[] {
  const type = name === 'timestamp' ? types.timestamp : types.float64
  return tables.flatMap((table) => {
    const vector = table.getChild(name)
    return Array.from({ length: table.numRows }, (_, row) => (vector ? valueNumber(vector, row, type) : null))
  })
}
