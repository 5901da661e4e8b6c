import {
  arrayOf,
  isUnion,
  structOf,
  typeName,
  types,
  unionMembers,
  unionOf,
  type DataType,
  type StructType,
} from '../arrow/types.ts'
import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { findLambdaFunction } from '../functions/scalar/lambda.ts'
import { fieldIndex } from '../functions/scalar/struct.ts'
import type { Expression } from '../plan/plan.ts'
import type { Identifier, SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { booleanCall, castTo, literal, unified, unionValue } from './coerce.ts'
import type { ExpressionContext } from './expression-context.ts'
import { bindLambdaCall } from './lambda.ts'
import { scalarCall } from './scalar-call.ts'

type Of<K extends SqlExpression['kind']> = Extract<SqlExpression, { kind: K }>
type Bind = (context: ExpressionContext, sql: SqlExpression) => Expression

/** A struct of named values. Errors: `type` for a name that is there twice. */
export function structPack(
  names: readonly string[],
  values: readonly Expression[],
  span: SourceSpan | undefined,
): Expression {
  const seen = new Set<string>()
  for (const name of names) {
    if (seen.has(name.toLowerCase())) {
      throw new LakebookError('type', `The struct has two fields "${name}"`, { span })
    }
    seen.add(name.toLowerCase())
  }
  const type = structOf(names.map((name, index) => ({ name, type: values[index]!.type })))
  return { kind: 'call', fn: 'struct_pack', args: values, type, nullable: false, span }
}

/** A field of a struct. Errors: `unknown_column` with the nearest name. */
export function structField(operand: Expression, name: string, span: SourceSpan | undefined): Expression {
  if (operand.type.kind === 'json') return scalarCall('->', [operand, literal(name, types.utf8)], span)
  if (isUnion(operand.type)) return unionMember(operand, name, span)
  if (operand.type.kind === 'map')
    return scalarCall('map_extract_value', [operand, literal(name, types.utf8)], span)
  if (operand.type.kind !== 'struct') {
    throw new LakebookError('type', `Only a struct has fields; this is ${typeName(operand.type)}`, { span })
  }
  if (fieldIndex(operand.type, name) < 0)
    throw unknownField('The struct has no field', name, operand.type.fields, span)
  return scalarCall('struct_extract', [operand, literal(name, types.utf8)], span)
}

function unionMember(union: Expression, name: string, span: SourceSpan | undefined): Expression {
  const members = isUnion(union.type) ? unionMembers(union.type) : []
  if (!members.some((each) => each.name.toLowerCase() === name.toLowerCase()))
    throw unknownField('The union has no member', name, members, span)
  return scalarCall('union_extract', [union, literal(name, types.utf8)], span)
}

function unknownField(
  message: string,
  name: string,
  fields: StructType['fields'],
  span: SourceSpan | undefined,
): LakebookError {
  const names = fields.map((field) => field.name)
  const near = nearestName(name, names)
  return new LakebookError('unknown_column', `${message} "${name}"`, {
    span,
    hint: near === null ? `There are ${names.join(', ')}.` : `Did you mean "${near}"?`,
  })
}

/** Every field of a struct, with its name; a union has none. */
export function structFields(
  operand: Expression,
): readonly { readonly name: string; readonly expression: Expression }[] {
  if (operand.type.kind !== 'struct' || isUnion(operand.type)) return []
  return operand.type.fields.map(({ name }, index) => ({
    name: name === '' ? `element${index + 1}` : name,
    expression: scalarCall(
      'struct_extract',
      [operand, literal(BigInt(index + 1), types.int64)],
      operand.span,
    ),
  }))
}

/** `{'a': 1}`. */
export function bindStruct(context: ExpressionContext, sql: Of<'struct'>, bind: Bind): Expression {
  const values = sql.fields.map(({ value }) => bind(context, value))
  return structPack(
    sql.fields.map(({ name }) => name),
    values,
    sql.span,
  )
}

/** `map {'a': 1}`. */
export function bindMap(context: ExpressionContext, sql: Of<'map'>, bind: Bind): Expression {
  const { span } = sql
  if (sql.entries.length === 0) return scalarCall('map', [], span)
  const list = (part: 'key' | 'value'): Expression => {
    const items = sql.entries.map((entry) => bind(context, entry[part]))
    return scalarCall('list_value', unified(items, 'A map', span), span)
  }
  return scalarCall('map', [list('key'), list('value')], span)
}

/** `x[1]` of a list, a text, a map, a struct or JSON. */
export function bindSubscript(
  operand: Expression,
  index: Expression,
  span: SourceSpan | undefined,
): Expression {
  switch (operand.type.kind) {
    case 'list':
      return scalarCall('list_extract', [operand, castTo(index, types.int64)], span)
    case 'map':
      return scalarCall('map_extract_value', [operand, index], span)
    case 'struct':
      if (isUnion(operand.type)) throw new LakebookError('type', 'A union has no items', { span })
      if (index.kind === 'literal' && typeof index.value === 'string')
        return structField(operand, index.value, span)
      if (index.kind === 'literal' && typeof index.value === 'bigint') {
        const place = literal(index.value, types.int64)
        return scalarCall('struct_extract', [operand, place], span)
      }
      throw unsupported('A struct field whose name is not a constant', span)
    case 'json':
      return scalarCall('->', [operand, index], span)
    case 'utf8':
      return scalarCall('substring', [operand, castTo(index, types.int64), literal(1n, types.int64)], span)
    default:
      throw new LakebookError('type', `Only a list has items; this is ${typeName(operand.type)}`, { span })
  }
}

/** `x[from:to:step]`, where either end may be left open. Backwards, the open ends change places. */
export function bindSlice(
  operand: Expression,
  from: Expression | null,
  to: Expression | null,
  step: Expression | null,
  span: SourceSpan | undefined,
): Expression {
  const first = literal(1n, types.int64)
  const last = literal(-1n, types.int64)
  const whole = (bound: Expression): Expression => castTo(bound, types.int64)
  if (step === null) {
    const begin = from === null ? first : whole(from)
    const end = to === null ? last : whole(to)
    return scalarCall(operand.type.kind === 'utf8' ? 'text_slice' : 'list_slice', [operand, begin, end], span)
  }
  const stride = whole(step)
  if (from && to) return scalarCall('list_slice_by_step', [operand, whole(from), whole(to), stride], span)
  const goesBack = scalarCall('<', [stride, literal(0n, types.int64)], span)
  const open = (backwards: Expression, forwards: Expression): Expression => ({
    kind: 'case',
    branches: [{ when: goesBack, then: backwards }],
    otherwise: forwards,
    type: types.int64,
    nullable: false,
  })
  const begin = from ? whole(from) : open(last, first)
  const end = to ? whole(to) : open(first, last)
  return scalarCall('list_slice_by_step', [operand, begin, end, stride], span)
}

/**
 * `a || b` and `a + b` of lists, or of a list and one more item before or behind it: NULL when a list is NULL, unless
 * that counts as an empty one. Null for other operands.
 */
export function joinLists(
  left: Expression,
  right: Expression,
  span: SourceSpan | undefined,
  keepsNull = false,
): Expression | null {
  const isList = ({ type }: Expression): boolean => type.kind === 'list'
  if (!isList(left) && !isList(right)) return null
  const depths = [left, right].map(({ type }) => (type.kind === 'null' ? null : listDepth(type)))
  const [before, behind] = depths as [number | null, number | null]
  if (before !== null && behind !== null && before !== behind) {
    if (before === behind + 1) return scalarCall('list_append', [left, right], span)
    return behind === before + 1 ? scalarCall('list_prepend', [left, right], span) : null
  }
  const joined = scalarCall('list_concat', [left, right], span)
  if (keepsNull) return joined
  const nullables = [left, right].filter(({ nullable }) => nullable)
  if (nullables.length === 0) return joined
  const branches = nullables.map((side) => ({
    when: scalarCall('is_null', [side], span),
    then: literal(null, joined.type),
  }))
  return { kind: 'case', branches, otherwise: joined, type: joined.type, nullable: true, span }
}

function listDepth(type: DataType): number {
  return type.kind === 'list' ? 1 + listDepth(type.item) : 0
}

/**
 * Calls whose arguments have names or are lambdas; null for any other. `struct_insert` and `struct_update` become calls
 * over a struct of their named arguments.
 */
export function bindNestedCall(
  context: ExpressionContext,
  sql: SqlFunctionCall,
  bind: Bind,
): Expression | null {
  const name = sql.name.toLowerCase()
  const lambda = findLambdaFunction(name)
  if (lambda !== undefined) return bindLambdaCall(context, sql, lambda, bind)
  const names = sql.argNames
  const nameOf = (index: number): Identifier | null => names?.[index] ?? implicitName(sql.args[index]!)
  if (name === 'union_value') {
    const [value] = sql.args
    const member = names?.[0]
    if (value === undefined || !member || sql.args.length > 1)
      throw new LakebookError('type', 'union_value takes one argument, with the name of its member', {
        span: sql.span,
        hint: 'Write union_value(k := 1).',
      })
    const bound = bind(context, value)
    const known = bound.type.kind === 'null' ? castTo(bound, types.int32) : bound
    return unionValue(member.name, known, unionOf([{ name: member.name, type: known.type }]), sql.span)
  }
  if (name === 'struct_pack') {
    const values = sql.args.map((arg) => bind(context, arg))
    if (values.length === 0)
      throw new LakebookError('type', 'struct_pack needs arguments', { span: sql.span })
    return structPack(
      sql.args.map((arg, index) => {
        const given = nameOf(index)
        if (given) return given.name
        throw new LakebookError('type', 'An argument of struct_pack needs a name', {
          span: arg.span ?? sql.span,
          hint: 'Write struct_pack(a := 1), or row(1) for a struct without names.',
        })
      }),
      values,
      sql.span,
    )
  }
  if (name !== 'struct_insert' && name !== 'struct_update') {
    const given = names?.find((each) => each !== null)
    if (given) throw unsupported(`A named argument of ${name}`, given.span)
    return null
  }
  const [struct, ...values] = sql.args.map((arg) => bind(context, arg))
  if (struct?.type.kind !== 'struct' || values.length === 0) {
    throw new LakebookError('type', `${name} takes a struct and named values`, { span: sql.span })
  }
  const added = structPack(
    values.map((_, index) => nameOf(index + 1)?.name ?? ''),
    values,
    sql.span,
  )
  return scalarCall(name === 'struct_insert' ? 'struct_concat' : 'struct_merge', [struct, added], sql.span)
}

/** `struct_pack(a)` names its field after the column. */
function implicitName(sql: SqlExpression): Identifier | null {
  return sql.kind === 'identifier' ? sql.parts.at(-1)! : null
}

const CROSS_PRODUCT_ITEMS = 3

function arrayValue(items: readonly Expression[], span: SourceSpan | undefined): Expression {
  if (items.length === 0) throw new LakebookError('type', 'array_value needs at least one item', { span })
  const list = scalarCall('list_value', items, span)
  return list.type.kind === 'list' ? castTo(list, arrayOf(list.type.item, items.length)) : list
}

/** Calls whose other arguments say which function of a list is meant; null for any other. */
export function bindListCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  const [first, second] = args
  if (name === 'array_value') return arrayValue(args, span)
  if (
    name === 'array_cross_product' &&
    first?.type.kind === 'list' &&
    first.type.size === CROSS_PRODUCT_ITEMS
  ) {
    const product = scalarCall(name, args, span)
    return product.type.kind === 'list'
      ? castTo(product, arrayOf(product.type.item, CROSS_PRODUCT_ITEMS))
      : product
  }
  const isSlice = name === 'list_slice' || name === 'array_slice'
  if (isSlice && first?.type.kind === 'utf8') return scalarCall('text_slice', args, span)
  if (isSlice && args.length === 4) return scalarCall('list_slice_by_step', args, span)
  if (/^(list_extract|array_extract|list_element|array_element)$/.test(name) && second) {
    if (first?.type.kind === 'utf8') return scalarCall('text_extract', args, span)
    if (first?.type.kind === 'struct') return bindSubscript(first, second, span)
    return scalarCall('list_extract', args, span)
  }
  if (name === 'concat' && args.some(({ type }) => type.kind === 'list'))
    return scalarCall('list_concat', args, span)
  if (/^(length|char_length|character_length)$/.test(name) && first?.type.kind === 'list')
    return scalarCall('len', args, span)
  if (/^(list|array)_(cat|concat)$/.test(name) && first && second && args.length === 2)
    return joinLists(first, second, span, true)
  if (name === 'array_push_front' && first && second) return scalarCall('list_prepend', [second, first], span)
  if (name === 'repeat' && first?.type.kind === 'list') return scalarCall('list_repeat', args, span)
  if (/^(array|list)_intersect$/.test(name) && second?.nullable && second.type.kind === 'list') {
    // nothing is in a list that is NULL
    const none = castTo(scalarCall('list_value', [], span), second.type)
    return scalarCall('list_intersect', [first!, scalarCall('coalesce', [second, none], span)], span)
  }
  if (/^(array|list)_to_string$/.test(name) && first?.type.kind === 'list')
    return joinedItems(first, args, span)
  return null
}

/** NULL where there are items, but only NULLs. */
function joinedItems(
  list: Expression,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression {
  const joined = scalarCall('array_to_string', args, span)
  const when = booleanCall('or', [
    booleanCall('=', [scalarCall('len', [list], span), literal(0n, types.int64)]),
    booleanCall('>', [scalarCall('list_count', [list], span), literal(0n, types.int64)]),
  ])
  const branches = [{ when, then: joined }]
  return { kind: 'case', branches, otherwise: null, type: joined.type, nullable: true, span }
}
