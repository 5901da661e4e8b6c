import { timeImputation, timeRowByRow } from './cgm.ts'
import { timeDuckDb } from './duckdb.ts'
import { timeLakebook, timeSort } from './lakebook.ts'

/** What the benchmark command calls in the page. */
export const bench = { timeDuckDb, timeLakebook, timeSort, timeImputation, timeRowByRow }

declare global {
  var lakebookBench: typeof bench
}

globalThis.lakebookBench = bench
