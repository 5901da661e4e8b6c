import { structOf, typeName, types, type DataType } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Column, Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import { BoundArguments, required, rest } from '../parameters.ts'
import { outputName } from '../outputs.ts'
import { element, self } from './elements.ts'
import { renameNode, type CallNode, type PolarsExpression } from '../expression.ts'
import { frameOfColumns } from '../frame.ts'
import { nameFrom } from '../lambda-name.ts'
import { call, caseWhen, castTo, literal } from '../lowered.ts'
import { Lowering } from '../lowering.ts'
import { isSingleName, selectColumns, selectorForName } from '../selector.ts'

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

/** One struct for each row. */
export function structOfFields(
  fields: readonly (readonly [name: string, value: Expression])[],
  span?: Expression['span'],
): Expression {
  const type = structOf(fields.map(([name, value]) => ({ name, type: value.type })))
  const args = fields.map(([, value]) => value)
  return { kind: 'call', fn: 'struct_pack', args, type, nullable: false, span }
}

type StructExpression = Expression & { readonly type: DataType & { readonly kind: 'struct' } }

function asStruct(value: Expression, node: CallNode): StructExpression {
  if (value.type.kind === 'struct') return value as StructExpression
  throw new LakebookError('type', `\`${node.method.name}\` takes a struct, not ${typeName(value.type)}`, {
    span: node.span,
  })
}

/** The same fields under other names; those without a name are left out. A null struct stays null. */
function withNames(struct: StructExpression, names: readonly (string | undefined)[]): Expression {
  const fields = struct.type.fields.flatMap(({ name }, i): [string, Expression][] => {
    const fresh = names[i]
    return fresh === undefined ? [] : [[fresh, fieldOf(struct, name)]]
  })
  return whereKnown(struct, structOfFields(fields, struct.span))
}

function whereKnown(struct: Expression, made: Expression): Expression {
  if (!struct.nullable) return made
  return caseWhen([{ when: call('is_not_null', [struct]), then: made }], literal(null, made.type))
}

function renamedFields(
  name: string,
  params: ElementMethod['params'],
  rename: (field: string, node: CallNode) => string,
): ElementMethod {
  return element(name, params, (operands, node) => {
    const struct = asStruct(self(operands), node)
    return withNames(
      struct,
      struct.type.fields.map((field) => rename(field.name, node)),
    )
  })
}

/** An expression inside struct.with_fields: pl.field("a") is the struct's field of that name. */
export const fieldMethod: ElementMethod = element('pl.field', [required('name', 'string')], (_, node) => {
  throw unsupported('`pl.field` here', node.span, 'Use it inside struct.with_fields(...).')
})

/** The expression with each pl.field in it taken of the struct. */
function inStruct(node: PolarsExpression, struct: PolarsExpression): PolarsExpression {
  switch (node.kind) {
    case 'columns':
    case 'literal':
    case 'value':
      return node
    case 'rename':
      return { ...node, input: inStruct(node.input, struct) }
    case 'call':
      if (node.method !== fieldMethod)
        return { ...node, args: node.args.map((operand) => inStruct(operand, struct)) }
      return takenField(struct, node.args.string('name', ''), node)
  }
}

function takenField(struct: PolarsExpression, name: string, node: CallNode): PolarsExpression {
  const args = new BoundArguments(
    takeField.name,
    node.span,
    new Map([
      ['self', { kind: 'expressions', expressions: [struct] } as const],
      ['name', { kind: 'value', value: { kind: 'scalar', value: name } } as const],
    ]),
  )
  return renameNode({ kind: 'call', method: takeField, args, span: node.span }, () => name)
}

const takeField = element('struct.field', [required('name', 'string')], (operands, node) =>
  fieldOf(self(operands), node.args.string('name', '')),
)

/** Fields by their names, each an expression called as the field is. */
const fieldsMethod: ElementMethod = {
  ...element('struct.field', [required('name', 'any'), rest('more_names', 'any')], (operands, node) => {
    const [name, ...others] = namesOf(node)
    if (name !== undefined && others.length === 0) return fieldOf(self(operands), name)
    throw unsupported('Several fields at this place', node.span, 'Name one field.')
  }),
  spread(node, columns) {
    const struct = node.args.expression('self')
    const names = namesOf(node)
    const isWritten = names.every((name) => name !== '*' && isSingleName(selectorForName(name)))
    const found = isWritten ? names : selectedFields(struct, names, node, columns)
    return found.map((name) => takenField(struct, name, node))
  },
}

function namesOf({ args }: CallNode): readonly string[] {
  return [...args.strings('name'), ...args.strings('more_names')]
}

/** Names of the fields that names, patterns and `*` stand for. */
function selectedFields(
  struct: PolarsExpression,
  names: readonly string[],
  node: CallNode,
  columns: readonly Column[],
): readonly string[] {
  const { type } = asStruct(new Lowering(frameOfColumns(columns), false).row(struct), node)
  const all = type.fields.map((field) => newColumn(field.name, field.type, true))
  return names
    .flatMap((name) => (name === '*' ? all : selectColumns(selectorForName(name), all, node.span)))
    .map(({ name }) => name)
}

/** A struct's fields, each a column. */
const unnestMethod: ElementMethod = {
  ...element('struct.unnest', [], (_operands, node) => {
    throw unsupported('`struct.unnest` at this place', node.span, 'Use it in select or with_columns.')
  }),
  spread(node, columns) {
    const struct = node.args.expression('self')
    return selectedFields(struct, ['*'], node, columns).map((name) => takenField(struct, name, node))
  },
}

const withFields: ElementMethod = {
  ...element('struct.with_fields', [rest('exprs', 'columns')], (operands, node) => {
    const [value, ...given] = operands.map((operand) => operand.expression)
    const struct = asStruct(value!, node)
    const names = node.args.expressions('exprs').map(nameOf)
    const fields = new Map(struct.type.fields.map(({ name }) => [name, fieldOf(struct, name)]))
    given.forEach((one, i) => fields.set(names[i]!, one))
    return whereKnown(struct, structOfFields([...fields], node.span))
  }),
  namedOutputs: true,
  unfold: (node) => {
    const struct = node.args.expression('self')
    return { ...node, args: node.args.map((operand) => inStruct(operand, struct)) }
  },
}

export const structMethods: readonly ElementMethod[] = [
  fieldsMethod,
  unnestMethod,
  withFields,
  element('struct.rename_fields', [required('names', 'any')], (operands, node) =>
    withNames(asStruct(self(operands), node), node.args.strings('names')),
  ),
  element('struct.json_encode', [], (operands, node) =>
    castTo(call('to_json', [asStruct(self(operands), node)]), types.utf8),
  ),
  renamedFields(
    'name.prefix_fields',
    [required('prefix', 'string')],
    (field, node) => node.args.string('prefix', '') + field,
  ),
  renamedFields(
    'name.suffix_fields',
    [required('suffix', 'string')],
    (field, node) => field + node.args.string('suffix', ''),
  ),
  renamedFields('name.map_fields', [required('function', 'any')], (field, node) => {
    const lambda = node.args.value('function')
    if (lambda?.kind !== 'lambda') throw node.args.invalid('function', 'a lambda')
    return nameFrom(lambda, field, node.span)
  }),
]

function nameOf(operand: PolarsExpression): string {
  return outputName(operand, [])
}

/** pl.struct("a", b=pl.col("x")): one struct for each row. */
export const structMethod: ElementMethod = {
  ...element('pl.struct', [rest('exprs', 'columns')], (operands, node) => {
    const names = node.args.expressions('exprs').map(nameOf)
    return structOfFields(
      operands.map((operand, i) => [names[i] ?? '', operand.expression]),
      node.span,
    )
  }),
  horizontal: true,
}
