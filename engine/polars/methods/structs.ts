import { structOf, typeName } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { required, rest } from '../parameters.ts'
import { outputName } from '../outputs.ts'
import { element, self } from './elements.ts'
import { literal } from '../lowered.ts'
import { types } from '../../arrow/types.ts'
import type { PolarsExpression } from '../expression.ts'

/** The field of a struct. Throws `unknown_column` with the fields that there are. */
export function fieldOf(struct: Expression, name: string): Expression {
  const { type, span } = struct
  if (type.kind !== 'struct')
    throw new LakebookError('type', `A field is taken of a struct, not of ${typeName(type)}`, { span })
  const index = type.fields.findIndex((field) => field.name === name)
  if (index < 0) {
    const known = type.fields.map((field) => `"${field.name}"`).join(', ')
    throw new LakebookError('unknown_column', `The struct has no field "${name}"`, {
      span,
      hint: `It has ${known}.`,
    })
  }
  return {
    kind: 'call',
    fn: 'struct_extract',
    args: [struct, literal(name, types.utf8)],
    type: type.fields[index]!.type,
    nullable: true,
    span,
  }
}

export const structMethods: readonly ElementMethod[] = [
  {
    ...element('struct.field', [required('name', 'string')], (operands, node) =>
      fieldOf(self(operands), node.args.string('name', '')),
    ),
  },
]

function nameOf(operand: PolarsExpression): string {
  return outputName(operand, [])
}

/** pl.struct("a", b=pl.col("x")): one struct for each row. */
export const structMethod: ElementMethod = {
  ...element('pl.struct', [rest('exprs', 'columns')], (operands, node) => {
    const names = node.args.expressions('exprs').map(nameOf)
    const args = operands.map((operand) => operand.expression)
    const type = structOf(args.map((arg, i) => ({ name: names[i] ?? '', type: arg.type })))
    return { kind: 'call', fn: 'struct_pack', args, type, nullable: false, span: node.span }
  }),
  horizontal: true,
}
