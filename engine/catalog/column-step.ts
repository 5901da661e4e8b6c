import type { PruningStep } from './table-provider.ts'

/** The layer in which a scan leaves out the columns that a query does not use: `used` of `columns`. */
export function columnStep(
  columns: number,
  used: number,
  rows: number,
  { bytesIn, bytesKept }: { readonly bytesIn: number; readonly bytesKept: number },
): PruningStep {
  const unused = columns - used
  return {
    layer: 'column',
    unitsIn: columns,
    unitsKept: used,
    rowsIn: rows,
    rowsKept: rows,
    bytesIn,
    bytesKept,
    removed: unused > 0 ? [{ predicate: '', reason: 'not used by the query', units: unused }] : [],
    kept: used > 0 ? [{ reason: 'used by the query', units: used }] : [],
  }
}
