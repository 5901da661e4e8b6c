import type { PruningStep, ScanPlan } from '../catalog/table-provider.ts'
import type { Column, Scan } from '../plan/plan.ts'
import type { JoinFilter } from './operators/join-filter.ts'
import type { QueryContext } from './query-context.ts'
import { JoinFilterStep } from './steps/join-filter.ts'
import { withStep, type Stream } from './stream.ts'

/** Above this share of the values, testing every row takes longer than what it saves. */
const MOST_SHARE = 0.6

/** A column, and the keys that joins above it have use for. */
export interface KnownKeys<Of extends Column = Column> {
  readonly column: Of
  readonly filter: JoinFilter
  /** Of the column's values, the part that is among the keys; roughly, by the statistics. */
  readonly share: number
}

/** What finished hash tables say of the scan's rows, the most selective first. */
export function knownKeys(
  context: QueryContext,
  { provider, columns, joinFilters = [] }: Scan,
): readonly KnownKeys<Scan['columns'][number]>[] {
  return joinFilters
    .flatMap(({ column: id, filter: key }) => {
      const column = columns.find((candidate) => candidate.id === id)
      const filter = context.joinFilters.get(key)
      if (column === undefined || filter === undefined) return []
      const { rowCount, columns: statistics } = provider.statistics
      const distinct = statistics[column.source]?.distinctEstimate ?? rowCount
      return [{ column, filter, share: filter.keys / Math.max(1, distinct) }]
    })
    .sort((a, b) => a.share - b.share)
}

/** What finished hash tables say of the numbers of the rows that are wanted; null when nothing. */
export function wantedRows(
  context: QueryContext,
  { provider, rowNumber, joinFilters = [] }: Scan,
): KnownKeys | null {
  if (rowNumber === undefined) return null
  const known = joinFilters.find(({ column }) => column === rowNumber.id)
  const filter = known && context.joinFilters.get(known.filter)
  if (filter === undefined) return null
  return { column: rowNumber, filter, share: filter.keys / Math.max(1, provider.statistics.rowCount) }
}

/** Only those morsels that hold wanted rows. */
export function withRows({ morsels, pruning }: ScanPlan, wanted: JoinFilter): ScanPlan {
  const kept = morsels.filter(({ firstRow, rows }) => {
    if (firstRow === undefined) return true
    return wanted.mayHold(BigInt(firstRow), BigInt(firstRow + rows - 1))
  })
  const rowsOf = (some: ScanPlan['morsels']): number => some.reduce((sum, { rows }) => sum + rows, 0)
  const [rowsIn, rowsKept] = [rowsOf(morsels), rowsOf(kept)]
  const bytesIn = pruning.at(-1)?.bytesKept ?? 0
  const removed = morsels.length - kept.length
  const step: PruningStep = {
    layer: 'morsel',
    unitsIn: morsels.length,
    unitsKept: kept.length,
    rowsIn,
    rowsKept,
    bytesIn,
    bytesKept: rowsIn === 0 ? 0 : Math.round((bytesIn * rowsKept) / rowsIn),
    removed:
      removed === 0
        ? []
        : [{ predicate: `rows of ${wanted.name}`, reason: 'holds none of them', units: removed }],
    kept: kept.length === 0 ? [] : [{ reason: 'may hold some of them', units: kept.length }],
  }
  return { morsels: kept, pruning: [...pruning, step] }
}

/** The rows that may be among the keys, where that is worth a test of each. */
export function amongKeys(
  context: QueryContext,
  input: Stream,
  { column, filter, share }: KnownKeys,
): Stream {
  const { set } = filter
  if (set === null || share > MOST_SHARE) return input
  const { constants, profile, runtime } = context
  const operator = profile.operator('JoinFilter', `${column.name} among ${filter.name}`, [input.operator])
  const cell = constants.reserve(8)
  runtime.heap.u32[cell >>> 2] = set.address
  return withStep(input, input.columns, operator, () => new JoinFilterStep(column.id, set, cell, operator))
}
