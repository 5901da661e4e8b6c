import { LakebookError } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { columnsNamed } from './frame-rows.ts'
import { projectFrame, type Frame } from './frame.ts'
import { fieldOf } from './methods/structs.ts'
import type { BoundArguments } from './parameters.ts'

/** frame.unnest(...): the fields of structs as columns in their place. */
export function unnestFrame(frame: Frame, args: BoundArguments): Frame {
  const chosen = columnsNamed(frame, args.expressions('columns'), 'unnest')
  const outputs = frame.columns.flatMap((column) => {
    const value = columnReference(column)
    if (!chosen.includes(column)) return [{ name: column.name, expression: value }]
    const fields = column.type.kind === 'struct' ? column.type.fields.map((field) => field.name) : ['']
    const prefix = args.has('separator') ? `${column.name}${args.string('separator', '')}` : ''
    return fields.map((name) => ({ name: `${prefix}${name}`, expression: fieldOf(value, name) }))
  })
  const names = outputs.map((output) => output.name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) {
    throw new LakebookError('invalid_argument', `Two columns would be called "${twice}"`, { span: args.span })
  }
  return projectFrame(frame, outputs)
}
