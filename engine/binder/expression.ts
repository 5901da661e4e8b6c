import { isInteger, listOf, sameType, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unreachable, unsupported, type SourceSpan } from '../errors.ts'
import { foldExpression } from '../optimizer/fold-expression.ts'
import { columnReference } from '../plan/column-ids.ts'
import { disjunction } from '../plan/expression-tree.ts'
import type { Expression } from '../plan/plan.ts'
import type { BinaryOperator, Identifier, SqlCase, SqlExpression } from '../sql/ast.ts'
import { booleanCall, castTo, inOneType, literal, not, toCondition, unified } from './coerce.ts'
import { collated, collatedArguments, collatedType, compared } from './collation.ts'
import { collationOf, commonCollation } from './text-collation.ts'
import type { ExpressionContext } from './expression-context.ts'
import { bindBareFunction, bindFunction } from './function-call.ts'
import { bindLike } from './like.ts'
import { bindInterval } from './interval-literal.ts'
import { bindJsonCall } from './json-call.ts'
import { bindComprehension } from './lambda.ts'
import {
  joinLists,
  bindMap,
  bindSlice,
  bindStruct,
  bindSubscript,
  structField,
  structPack,
} from './nested.ts'
import { parameterValue } from './parameters.ts'
import { castAsWritten, castIn, shifted, widened } from './postgres-dialect.ts'
import { knownType } from './named-types.ts'
import { numberLiteral } from './number-literal.ts'
import { cannotCast } from './possible-casts.ts'
import { compareRows, isComparison } from './row-comparison.ts'
import { scalarCall } from './scalar-call.ts'
import { findColumn, findLocally, sameName, unknownColumn, visibleColumns } from './scope.ts'
import { bindInQuery, bindQuantified, bindScalarQuery, bindSubquery } from './subquery.ts'

type Of<K extends SqlExpression['kind']> = Extract<SqlExpression, { kind: K }>

/** Binds a SQL expression: names to columns, calls to functions, and every implicit cast written out. */
export function bindExpression(context: ExpressionContext, sql: SqlExpression): Expression {
  const bind = (operand: SqlExpression) => bindExpression(context, operand)
  const { span } = sql
  switch (sql.kind) {
    case 'identifier':
      return bindIdentifier(context, sql)
    case 'position':
      return columnAt(context, sql.place, span)
    case 'number':
      return numberLiteral(sql.text, false, span)
    case 'string':
      return literal(sql.value, types.utf8, span)
    case 'blob':
      return literal(
        Uint8Array.from(sql.hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)),
        types.binary,
        span,
      )
    case 'boolean':
      return literal(sql.value, types.bool, span)
    case 'null':
      return literal(null, types.null, span)
    case 'parameter':
      return parameterValue(context.environment.parameters, sql.name, span)
    case 'binary':
      return bindBinary(context, sql)
    case 'unary':
      return bindUnary(context, sql)
    case 'function':
      return bindFunction(context, sql, bindExpression)
    case 'cast':
      return bindCast(context, bind(sql.operand), sql)
    case 'collate':
      return bindCollate(bind(sql.operand), sql)
    case 'case':
      return bindCase(context, sql)
    case 'is':
      return bindIs(bind(sql.operand), sql)
    case 'between':
      return bindBetween(bind(sql.operand), bind(sql.low), bind(sql.high), sql)
    case 'in_list':
      return bindInList(context, sql)
    case 'in_query':
      return bindInQuery(context, sql.operand, sql.query, sql.negated, span, bindExpression)
    case 'exists': {
      const plan = bindSubquery(context, sql.query)
      const exists: Expression = {
        kind: 'subquery',
        form: 'exists',
        plan,
        operand: null,
        type: types.bool,
        nullable: false,
        span,
      }
      return sql.negated ? not(exists) : exists
    }
    case 'scalar_query':
      return bindScalarQuery(context, sql.query, span)
    case 'quantified':
      return bindQuantified(context, sql, bindExpression)
    case 'like':
      return bindLike(context, sql, bindExpression)
    case 'interval':
      return bindInterval(bind(sql.value), sql.unit, sql)
    case 'list':
      return scalarCall('list_value', unified(sql.items.map(bind), 'A list', span), span)
    case 'struct':
      return bindStruct(context, sql, bindExpression)
    case 'map':
      return bindMap(context, sql, bindExpression)
    case 'field':
      return structField(bind(sql.operand), sql.field.name, span)
    case 'comprehension':
      return bindComprehension(context, sql, bindExpression)
    case 'tuple':
      return scalarCall('row', sql.items.map(bind), span)
    case 'columns':
      throw unsupported(
        `COLUMNS in ${context.clause}`,
        span,
        'It has a place in SELECT, WHERE, HAVING, GROUP BY and ORDER BY.',
      )
    case 'subscript':
      return bindSubscript(bind(sql.operand), bind(sql.index), span)
    case 'slice':
      return bindSlice(
        bind(sql.operand),
        sql.from && bind(sql.from),
        sql.to && bind(sql.to),
        sql.step && bind(sql.step),
        span,
      )
    default:
      return unreachable(sql)
  }
}

function bindIdentifier(context: ExpressionContext, sql: Of<'identifier'>): Expression {
  const name = sql.parts.at(-1)!.name
  const local =
    findLocally(context.scope, sql.parts) ??
    findField(sql.parts, (parts) => findLocally(context.scope, parts))
  const alias =
    sql.parts.length === 1 && !context.expanding.includes(name.toLowerCase())
      ? context.aliases?.find(name)
      : null
  const goesFirst =
    local?.kind === 'column' &&
    context.grouped !== null &&
    context.aggregates !== null &&
    !context.grouped.has(local.id)
  if (local && !(alias && goesFirst)) return local
  if (alias) {
    const bound = bindExpression({ ...context, expanding: [...context.expanding, name.toLowerCase()] }, alias)
    return { ...bound, span: sql.span }
  }
  const outer =
    findColumn(context.scope, sql.parts) ?? findField(sql.parts, (parts) => findColumn(context.scope, parts))
  if (outer) return outer
  const row = sql.parts.length === 1 ? wholeRow(context, sql.parts[0]!) : null
  if (row) return row
  const bare = sql.parts.length === 1 ? bindBareFunction(context, name, sql.span, bindExpression) : null
  if (bare) return bare
  throw unknownColumn(context.scope, sql.parts, context.aliases?.names)
}

/** `t` for a table's name: a struct of its columns. Null where there is no such table. */
function wholeRow({ scope }: ExpressionContext, { name, span }: Identifier): Expression | null {
  const own = scope.columns.filter(({ table }) => table !== null && sameName(table, name))
  if (own.length === 0) return null
  return structPack(
    own.map((column) => column.name),
    own.map(({ column }) => columnReference(column)),
    span,
  )
}

/** `#2`: the second column of FROM. */
function columnAt({ scope }: ExpressionContext, place: number, span: SourceSpan | undefined): Expression {
  const visible = visibleColumns(scope)
  const found = visible[place - 1]
  if (found) return { ...columnReference(found.column), span }
  throw new LakebookError(
    'invalid_argument',
    `#${place} is out of range: FROM has ${visible.length} columns`,
    {
      span,
    },
  )
}

/** `s.a`, or `t.s.a`: the names at the end are fields of the struct that those before them mean. */
function findField(
  parts: readonly Identifier[],
  find: (parts: readonly Identifier[]) => Expression | null,
): Expression | null {
  for (let length = Math.min(2, parts.length - 1); length > 0; length -= 1) {
    const found = find(parts.slice(0, length))
    if (!found || !['struct', 'map', 'json'].includes(found.type.kind)) continue
    return parts.slice(length).reduce((base, { name, span }) => structField(base, name, span), found)
  }
  return null
}

function bindBinary(context: ExpressionContext, sql: Of<'binary'>): Expression {
  // chains lean to the left and can be long
  const chain: Of<'binary'>[] = []
  let node: SqlExpression = sql
  while (node.kind === 'binary' && !isRowComparison(node)) {
    chain.push(node)
    node = node.left
  }
  let left =
    node.kind === 'binary' && isRowComparison(node)
      ? compareRows(node.op, rowItems(context, node.left), rowItems(context, node.right), node.span)
      : bindExpression(context, node)
  for (const link of chain.toReversed())
    left = combine(context, link, left, bindExpression(context, link.right))
  return left
}

/** `(a, b) < (c, d)`. */
function isRowComparison(sql: Of<'binary'>): boolean {
  return sql.left.kind === 'tuple' && sql.right.kind === 'tuple' && isComparison(sql.op)
}

function rowItems(context: ExpressionContext, row: SqlExpression): readonly Expression[] {
  return row.kind === 'tuple' ? row.items.map((item) => bindExpression(context, item)) : []
}

const regexps: Partial<
  Record<BinaryOperator, { readonly negated: boolean; readonly flags: readonly string[] }>
> = {
  '~': { negated: false, flags: [] },
  '!~': { negated: true, flags: [] },
  '~*': { negated: false, flags: ['i'] },
  '!~*': { negated: true, flags: ['i'] },
}

function combine(
  context: ExpressionContext,
  sql: Of<'binary'>,
  left: Expression,
  right: Expression,
): Expression {
  const { op, span } = sql
  switch (op) {
    case 'and':
    case 'or':
      return booleanCall(
        op,
        [toCondition(left, op.toUpperCase()), toCondition(right, op.toUpperCase())],
        undefined,
        span,
      )
    case '=':
    case '<>':
    case '<':
    case '<=':
    case '>':
    case '>=':
      return booleanCall(op, compared(left, right, span), undefined, span)
    case 'is_distinct_from':
    case 'is_not_distinct_from':
      return booleanCall(op, compared(left, right, span), false, span)
    case '-':
      if (isJsonb(left)) return jsonbWithout(left, right, span)
      return scalarCall(op, operands(context, left, right), span)
    case '*':
    case '%':
      return scalarCall(op, operands(context, left, right), span)
    case '/': {
      const isWhole =
        context.environment.integerDivision && isWholeNumber(left.type) && isWholeNumber(right.type)
      if (!isWhole) return scalarCall('/', operands(context, left, right), span)
      // of huge numbers // rounds down; what is divisible divides towards zero
      const isHuge = left.type.kind === 'decimal' || right.type.kind === 'decimal'
      const whole = isHuge ? scalarCall('-', [left, scalarCall('%', [left, right], span)], span) : left
      return scalarCall('//', [whole, right], span)
    }
    case '^':
      return scalarCall('pow', [left, right], span)
    case '#':
      return scalarCall('xor', [left, right], span)
    case '<<':
    case '>>':
      return shifted(context.environment, op, left, right, span)
    case '~~':
      return scalarCall('like', [left, right], span)
    case '!~~':
      return not(scalarCall('like', [left, right], span))
    case '~~*':
      return scalarCall('ilike', [left, right], span)
    case '!~~*':
      return not(scalarCall('ilike', [left, right], span))
    case '^@':
      return scalarCall('starts_with', [left, right], span)
    case '<=>':
      return isList(left) || isList(right)
        ? scalarCall('list_cosine_distance', [left, right], span)
        : booleanCall('is_not_distinct_from', compared(left, right, span), false, span)
    case '~':
    case '!~':
    case '~*':
    case '!~*': {
      const { negated, flags } = regexps[op]!
      const match = scalarCall(
        'regexp_matches',
        [left, right, ...flags.map((flag) => literal(flag, types.utf8))],
        span,
      )
      return negated ? not(match) : match
    }
    case '@>':
    case '<@': {
      const [whole, part] = op === '@>' ? [left, right] : [right, left]
      const fn = isJsonb(left) || isJsonb(right) ? 'jsonb_contains' : '@>'
      return scalarCall(fn, [asList(context, whole, part), asList(context, part, whole)], span)
    }
    case '#>':
    case '#>>':
    case '#-':
    case '?|':
    case '?&':
      return scalarCall(op, [left, asTexts(right)], span)
    case '+':
      return joinLists(left, right, span) ?? scalarCall(op, operands(context, left, right), span)
    case '||': {
      if (isJsonb(left) || isJsonb(right)) return scalarCall('jsonb_concat', [left, right], span)
      const keepsNull = context.environment.dialect === 'postgres'
      return joinLists(left, right, span, keepsNull) ?? scalarCall(op, operands(context, left, right), span)
    }
    default:
      return (
        bindJsonCall(op, [left, right], span) ??
        scalarCall(op, collatedArguments(op, [left, right], span), span)
      )
  }
}

/** Both sides of an operator, as the dialect has them. */
function operands(
  { environment }: ExpressionContext,
  left: Expression,
  right: Expression,
): readonly [Expression, Expression] {
  return environment.dialect === 'postgres' ? widened(left, right) : [left, right]
}

function isList({ type }: Expression): boolean {
  return type.kind === 'list'
}

function isJsonb({ type }: Expression): boolean {
  return type.kind === 'json' && type.binary === true
}

/** A list of texts that may be written as PostgreSQL writes it, `{a,b}`. */
function asTexts(list: Expression): Expression {
  if (list.type.kind !== 'utf8') return list
  return castTo(scalarCall('postgres_list', [list], list.span), listOf(types.utf8))
}

/** A text literal beside a list is a list in the dialect of PostgreSQL. */
function asList({ environment }: ExpressionContext, side: Expression, other: Expression): Expression {
  const isText = side.kind === 'literal' && side.type.kind === 'utf8' && other.type.kind === 'list'
  return isText ? castIn(environment, side, other.type) : side
}

/** `j - 'key'`, `j - ARRAY['key', …]` and `j - place`. */
function jsonbWithout(json: Expression, what: Expression, span: SourceSpan | undefined): Expression {
  const isKey = what.type.kind === 'utf8'
  return scalarCall('jsonb_delete', [json, isKey ? scalarCall('list_value', [what], span) : what], span)
}

/** HUGEINT is kept as a DECIMAL of 38 digits. */
function isWholeNumber(type: DataType): boolean {
  return isInteger(type) || sameType(type, types.hugeint)
}

function bindUnary(context: ExpressionContext, sql: Of<'unary'>): Expression {
  const { op, operand, span } = sql
  if (op === '-' && operand.kind === 'number') return numberLiteral(operand.text, true, span)
  const value = bindExpression(context, operand)
  switch (op) {
    case '+':
      return value
    case 'not':
      return not(toCondition(value, 'NOT'))
    case '-':
      return scalarCall('negate', [value], span)
    case '~':
      return scalarCall('~', [value], span)
    default:
      return unreachable(op)
  }
}

function bindCast(context: ExpressionContext, operand: Expression, sql: Of<'cast'>): Expression {
  const type = knownType(context.environment, sql.type, sql.span)
  if (cannotCast(operand.type, type)) {
    throw new LakebookError('type', `Cannot cast ${typeName(operand.type)} to ${typeName(type)}`, {
      span: sql.span,
    })
  }
  const bound = castAsWritten(context.environment, operand, type, sql.try)
  return bound.kind === 'literal' ? { ...bound, isTyped: true, span: sql.span } : bound
}

function bindCollate(operand: Expression, { collation, span }: Of<'collate'>): Expression {
  if (collation === null && collationOf(operand.type) === null) return operand
  if (operand.type.kind === 'utf8') return { ...operand, type: collatedType(collation ?? 'binary', span) }
  throw new LakebookError('type', `COLLATE is for VARCHAR, not ${typeName(operand.type)}`, { span })
}

function bindCase(context: ExpressionContext, sql: SqlCase): Expression {
  const bind = (each: SqlExpression) => bindExpression(context, each)
  const operand = sql.operand && bind(sql.operand)
  const conditions = sql.branches.map(({ when }) => {
    const condition = bind(when)
    return operand
      ? booleanCall('=', compared(operand, condition, when.span))
      : toCondition(condition, 'WHEN')
  })
  const results = sql.branches.map(({ then }) => bind(then))
  const all = unified([...results, ...(sql.otherwise ? [bind(sql.otherwise)] : [])], 'CASE', sql.span)
  const otherwise = sql.otherwise ? all.at(-1)! : null
  return {
    kind: 'case',
    branches: conditions.map((when, index) => ({ when, then: all[index]! })),
    otherwise,
    type: all[0]!.type,
    nullable: otherwise === null || all.some((each) => each.nullable),
    span: sql.span,
  }
}

function bindIs(operand: Expression, sql: Of<'is'>): Expression {
  const { span } = sql
  if (sql.test === 'null') return booleanCall(sql.negated ? 'is_not_null' : 'is_null', [operand], false, span)
  const wanted = literal(sql.test === 'true', types.bool)
  const fn = sql.negated ? 'is_distinct_from' : 'is_not_distinct_from'
  return booleanCall(fn, [toCondition(operand, 'IS'), wanted], false, span)
}

function bindBetween(operand: Expression, low: Expression, high: Expression, sql: Of<'between'>): Expression {
  const { span } = sql
  const inside = booleanCall(
    'and',
    [
      booleanCall('>=', compared(operand, low, span), undefined, span),
      booleanCall('<=', compared(operand, high, span), undefined, span),
    ],
    undefined,
    span,
  )
  return sql.negated ? not(inside) : inside
}

function bindInList(context: ExpressionContext, sql: Of<'in_list'>): Expression {
  if (sql.operand.kind === 'tuple' && sql.list.every((each) => each.kind === 'tuple')) {
    const row = rowItems(context, sql.operand)
    const equal = sql.list.map((each) => compareRows('=', row, rowItems(context, each), sql.span))
    const found = disjunction(equal)
    return sql.negated ? not(found) : found
  }
  const operand = bindExpression(context, sql.operand)
  const list = sql.list.map((each) => bindExpression(context, each))
  const only = list[0]
  let found: Expression
  if (list.length === 1 && only?.type.kind === 'list') {
    found = scalarCall('list_contains', [only, castTo(operand, only.type.item)], sql.span)
  } else if (list.length === 1 && only) {
    found = booleanCall('=', compared(operand, only, sql.span), undefined, sql.span)
  } else {
    const collation = commonCollation([operand, ...list], sql.span)
    const candidates = list.map((each) => collated(inOneType(operand, each, sql.span)[1], collation))
    found = scalarCall('in', [collated(operand, collation), ...candidates], sql.span)
  }
  return sql.negated ? not(found) : found
}

/** The value of an expression that must not depend on any row: LIMIT, frame offsets, VALUES. */
export function constantOf(expression: Expression, what: string): Expression & { kind: 'literal' } {
  const folded = foldExpression(expression)
  if (folded.kind === 'literal') return folded
  throw unsupported(`${what} that is not a constant`, expression.span)
}
