import { tableFromIPC, type Table } from 'apache-arrow'
import { types } from '../../engine/arrow/types.ts'
import { valueNumber } from '../grid/read-value.ts'
import { imputeRowByRow, type ReadingColumns } from './row-by-row.ts'
import type { RowByRowMessage, RowByRowRequest } from './run-row-by-row.ts'

/**
 * The clock runs from Arrow to the six figures: taking every value out of its column into a row object is what this
 * version is about. It runs twice, as the others do.
 */
addEventListener('message', (event: MessageEvent<RowByRowRequest>) => {
  const tables = event.data.pages.map((page) => tableFromIPC(page))
  const { stepMinutes } = event.data
  const first = timed(tables, stepMinutes, 0)
  const again = timed(tables, stepMinutes, 0.5)
  say({ kind: 'answer', answer: { ...first, againMs: again.elapsedMs } })
})

function say(message: RowByRowMessage): void {
  postMessage(message)
}

/** One of the two runs; the bar goes on from `from`. */
function timed(tables: readonly Table[], stepMinutes: number, from: number) {
  const startedMs = performance.now()
  const result = imputeRowByRow(columnsOf(tables), stepMinutes, (fraction, rows) => {
    say({ kind: 'progress', fraction: from + fraction / 2, rows })
  })
  return { ...result, elapsedMs: performance.now() - startedMs }
}

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
