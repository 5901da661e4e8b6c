import type { Scan } from '../plan/plan.ts'
import type { JoinFilter } from './operators/join-filter.ts'
import type { QueryContext } from './query-context.ts'
import { JoinFilterStep } from './steps/join-filter.ts'
import { withStep, type Stream } from './stream.ts'

/** Above this share of the values, testing every row takes longer than what it saves. */
const MOST_SHARE = 0.6

/** A column of a scan, and the keys that joins above it have use for. */
export interface KnownKeys {
  readonly column: Scan['columns'][number]
  readonly filter: JoinFilter
  /** Of the column's values, the part that is among the keys; roughly, by the statistics. */
  readonly share: number
}

/** What finished hash tables say of the scan's rows, the most selective first. */
export function knownKeys(
  context: QueryContext,
  { provider, columns, joinFilters = [] }: Scan,
): readonly KnownKeys[] {
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
