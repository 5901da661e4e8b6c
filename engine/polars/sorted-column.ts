import { types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { PolarsExpression } from './expression.ts'
import { findColumn, projectFrame, type Frame } from './frame.ts'
import { call, literal } from './lowered.ts'
import { Lowering } from './lowering.ts'

/**
 * The same frame, whose column fails the query where it is less than in the row before (of the same group), or null
 * unless those pass: some methods of Polars take sorted columns only.
 */
export function withSortedColumn(
  frame: Frame,
  name: string,
  by: readonly PolarsExpression[],
  method: string,
  span: SourceSpan | undefined,
  nulls: 'refused' | 'passed' = 'refused',
): Frame {
  const lowering = new Lowering(frame)
  const partition = by.map((key) => lowering.row(key))
  const value = columnReference(findColumn(frame, name, span))
  const before = lowering.ordered('lag', [value], { mode: 'rows', partition, order: null })
  const isKnown = nulls === 'refused' ? call('is_not_null', [value]) : literal(true, types.bool)
  const isSorted = call('coalesce', [call('>=', [value, before]), isKnown])
  const where = by.length === 0 ? '' : ' in each group'
  const without = nulls === 'refused' ? ' and without nulls' : ''
  const message = `\`${method}\` needs "${name}" sorted${where}${without}: sort the frame by it first`
  const checked = {
    ...call('ensure', [value, isSorted, literal(message, types.utf8)], span),
    nullable: nulls === 'passed' && value.nullable,
  }
  return projectFrame(
    lowering.stage.finish(),
    frame.columns.map((column) => ({
      name: column.name,
      expression: column.name === name ? checked : columnReference(column),
    })),
  )
}
