import { structOf, typeName, types, type DataType } from '../arrow/types.ts'
import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { findLambdaFunction, type LambdaFunction } from '../functions/scalar/lambda.ts'
import { fieldIndex } from '../functions/scalar/struct.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Expression, LambdaExpression } from '../plan/plan.ts'
import type { Identifier, SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import { castTo, commonOf, literal, unified } from './coerce.ts'
import type { ExpressionContext } from './expression-context.ts'
import { scalarCall } from './scalar-call.ts'
import type { Scope } from './scope.ts'

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
  if (operand.type.kind === 'map')
    return scalarCall('map_extract_value', [operand, literal(name, types.utf8)], span)
  if (operand.type.kind !== 'struct') {
    throw new LakebookError('type', `Only a struct has fields; this is ${typeName(operand.type)}`, { span })
  }
  if (fieldIndex(operand.type, name) < 0) {
    const names = operand.type.fields.map((field) => field.name)
    const near = nearestName(name, names)
    throw new LakebookError('unknown_column', `The struct has no field "${name}"`, {
      span,
      hint: near === null ? `Its fields are ${names.join(', ')}.` : `Did you mean "${near}"?`,
    })
  }
  return scalarCall('struct_extract', [operand, literal(name, types.utf8)], span)
}

/** Every field of a struct, with its name. */
export function structFields(
  operand: Expression,
): readonly { readonly name: string; readonly expression: Expression }[] {
  if (operand.type.kind !== 'struct') return []
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

/** `x[from:to]`, where either end may be left open. */
export function bindSlice(
  operand: Expression,
  from: Expression | null,
  to: Expression | null,
  span: SourceSpan | undefined,
): Expression {
  if (operand.type.kind === 'utf8') return textSlice(operand, from, to, span)
  const begin = from === null ? literal(1n, types.int64) : castTo(from, types.int64)
  const end = to === null ? literal(-1n, types.int64) : castTo(to, types.int64)
  return scalarCall('list_slice', [operand, begin, end], span)
}

function textSlice(
  operand: Expression,
  from: Expression | null,
  to: Expression | null,
  span: SourceSpan | undefined,
): Expression {
  const place = (bound: Expression | null): bigint | null => {
    if (bound === null) return null
    const value = castTo(bound, types.int64)
    if (value.kind === 'literal' && typeof value.value === 'bigint' && value.value > 0n) return value.value
    throw unsupported('A slice of a text whose ends are not positive constants', span, 'Use substring.')
  }
  const begin = place(from) ?? 1n
  const end = place(to)
  const length = end === null ? [] : [literal(end < begin ? 0n : end - begin + 1n, types.int64)]
  return scalarCall('substring', [operand, literal(begin, types.int64), ...length], span)
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

/** `[x + 1 for x in l if x > 1]` filters and then transforms. */
export function bindComprehension(
  context: ExpressionContext,
  sql: Of<'comprehension'>,
  bind: Bind,
): Expression {
  const { variable, result, condition, span } = sql
  const call = (name: string, list: SqlExpression, body: SqlExpression): SqlFunctionCall => ({
    kind: 'function',
    name,
    args: [
      list,
      { kind: 'binary', op: '->', left: { kind: 'identifier', parts: [variable] }, right: body, span },
    ],
    star: false,
    distinct: false,
    filter: null,
    orderBy: [],
    ignoreNulls: false,
    over: null,
    span,
  })
  const kept = condition === null ? sql.list : call('list_filter', sql.list, condition)
  return bind(context, call('list_transform', kept, result))
}

function bindLambdaCall(
  context: ExpressionContext,
  sql: SqlFunctionCall,
  fn: LambdaFunction,
  bind: Bind,
): Expression {
  const [listSql, lambdaSql, initialSql, ...rest] = sql.args
  const { span } = sql
  if (listSql === undefined || lambdaSql === undefined || rest.length > 0) {
    throw new LakebookError('type', `${fn.name} takes a list and a lambda`, { span })
  }
  const bound = bind(context, listSql)
  const list = bound.type.kind === 'null' ? castTo(bound, { kind: 'list', item: types.null }) : bound
  if (list.type.kind !== 'list') {
    throw new LakebookError('type', `${fn.name} takes a list, not ${typeName(list.type)}`, { span })
  }
  const given = initialSql === undefined ? null : bind(context, initialSql)
  const initial = given === null ? null : castTo(given, commonOf([given.type, list.type.item], fn.name, span))
  const parameters = lambdaParameters(lambdaSql)
  const body = lambdaSql.kind === 'binary' ? lambdaSql.right : null
  const parameterTypes = fn.parameters(list.type, initial?.type ?? null)
  if (
    parameters === null ||
    body === null ||
    parameters.length === 0 ||
    parameters.length > parameterTypes.length
  ) {
    throw new LakebookError('type', `The second argument of ${fn.name} is a lambda`, {
      span: lambdaSql.span ?? span,
      hint: `Write ${fn.example}.`,
    })
  }
  const lambda = bindLambda(
    context,
    parameters,
    parameterTypes,
    body,
    fn.body(list.type, initial?.type ?? null),
    bind,
  )
  const args = initial === null ? [list, lambda] : [list, lambda, initial]
  const type = fn.result(list.type, lambda.type)
  const nullable = list.nullable || fn.name === 'list_reduce'
  return { kind: 'call', fn: fn.name, args, type, nullable, span }
}

function bindLambda(
  context: ExpressionContext,
  names: readonly Identifier[],
  parameterTypes: readonly DataType[],
  sql: SqlExpression,
  wanted: DataType | null,
  bind: Bind,
): LambdaExpression {
  const parameters = names.map(({ name }, index) => newColumn(name, parameterTypes[index]!, true))
  const scope: Scope = {
    columns: parameters.map((column) => ({ table: null, name: column.name, column, hidden: false })),
    parent: context.scope,
  }
  const inner: ExpressionContext = { ...context, scope, aggregates: null, windows: null, unnests: null }
  const bound = bind(inner, sql)
  const body = wanted === null ? bound : castTo(bound, wanted)
  return { kind: 'lambda', parameters, body, type: body.type, nullable: body.nullable, span: sql.span }
}

/** `x` or `(x, y)` left of the arrow; null when there is anything else. */
function lambdaParameters(sql: SqlExpression): readonly Identifier[] | null {
  if (sql.kind !== 'binary' || sql.op !== '->') return null
  const { left } = sql
  const list = left.kind === 'tuple' ? left.items : [left]
  const names = list.map((each) =>
    each.kind === 'identifier' && each.parts.length === 1 ? each.parts[0]! : null,
  )
  return names.every((each) => each !== null) ? names : null
}
