import { columnNode, renameNode, type PolarsExpression } from './expression.ts'
import type { Frame } from './frame.ts'
import { aggregateAll, type GroupedFrame } from './group-by.ts'
import { filterFrame } from './select.ts'

/** One row for each group that the conditions hold for: the keys, then these. */
export function aggregateGroups(group: GroupedFrame, expressions: readonly PolarsExpression[]): Frame {
  const { having = [], ...groups } = group
  if (having.length === 0) return aggregateAll(groups, expressions)
  const conditions = having.map((condition, i) => renameNode(condition, () => `\0having${i}`))
  const frame = aggregateAll(groups, [...expressions, ...conditions])
  const tested = conditions.map((_, i) => columnNode(`\0having${i}`, group.span))
  return { ...filterFrame(frame, tested), columns: frame.columns.slice(0, -conditions.length) }
}
