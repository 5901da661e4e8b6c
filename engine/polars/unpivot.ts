import { typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { Column } from '../plan/plan.ts'
import { columnsNamed } from './frame-rows.ts'
import { projectFrame, type Frame } from './frame.ts'
import { castTo, literal } from './lowered.ts'
import type { BoundArguments } from './parameters.ts'
import { concatFrames } from './reshape.ts'
import { supertype } from './supertype.ts'

/** frame.unpivot(...): columns become rows, one column after the other. `melt` names the same arguments otherwise. */
export function unpivotFrame(
  frame: Frame,
  args: BoundArguments,
  names: { readonly on: string; readonly index: string },
): Frame {
  const { span } = args
  const index = columnsNamed(frame, args.expressions(names.index), args.method)
  const on = args.has(names.on)
    ? columnsNamed(frame, args.expressions(names.on), args.method)
    : frame.columns.filter((column) => !index.includes(column))
  const [variable, value] = [args.string('variable_name', 'variable'), args.string('value_name', 'value')]
  const type = on.reduce<DataType>((met, column) => {
    const both = supertype(met, column.type)
    if (both !== null) return both
    throw new LakebookError(
      'type',
      `\`${args.method}\` finds no type in common for ${typeName(met)} and ${typeName(column.type)} ("${column.name}")`,
      { span, hint: 'Cast the columns to one type first.' },
    )
  }, types.null)
  const rowsOf = (column: Column) =>
    projectFrame(frame, [
      ...index.map((one) => ({ name: one.name, expression: columnReference(one) })),
      { name: variable, expression: literal(column.name, types.utf8) },
      { name: value, expression: castTo(columnReference(column), type) },
    ])
  if (on.length === 0)
    throw new LakebookError('invalid_argument', `\`${args.method}\` needs columns to turn into rows`, {
      span,
    })
  return concatFrames(on.map(rowsOf), 'vertical_relaxed', span)
}
