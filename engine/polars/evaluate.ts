import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { AttributeSyntax, BinarySyntax, CallSyntax, Syntax } from './ast.ts'
import { bannedMethod, isBanned, bannedNames } from './banned.ts'
import { frameOfName, type PolarsCatalog } from './catalog-tables.ts'
import { whenExpression, type CaseBranch } from './conditional.ts'
import { foldBinary, foldUnary } from './constants.ts'
import { columnNode, renameNode, type PolarsExpression } from './expression.ts'
import type { Frame } from './frame.ts'
import { findFrameMethod, frameMethodNames } from './frame-methods.ts'
import { aggregateGroups, edgeOfGroups, type GroupedFrame } from './group-by.ts'
import { callExpressionMethod, NAMESPACES } from './method-registry.ts'
import { binaryExpression, invertExpression, negateExpression } from './methods/operators.ts'
import { bindArguments, optional, rest, type GivenArguments } from './parameters.ts'
import { callPlFunction, callSelector, plNames, plType } from './pl-functions.ts'
import type { ColumnSelector } from './selector.ts'
import { aggregateTimeGroups } from './time-groups.ts'
import { unknownMethod } from './unknown-name.ts'
import { describeValue, scalar, toExpression, type Value } from './values.ts'

/** The names a cell knows: its own, then the catalog's. */
export interface Scope {
  readonly values: Map<string, Value>
  readonly catalog: PolarsCatalog
  /** Tables of the catalog that were named already, so that a table named twice is one plan. */
  readonly tables: Map<string, Frame>
}

/** What a piece of a cell stands for. Nothing runs: frames are plans. */
export function evaluate(syntax: Syntax, scope: Scope): Value {
  switch (syntax.kind) {
    case 'string':
    case 'integer':
    case 'float':
    case 'boolean':
      return scalar(syntax.value, syntax.span)
    case 'none':
      return scalar(null)
    case 'name':
      return lookUp(syntax.name, scope, syntax.span)
    case 'list':
    case 'tuple':
      return { kind: 'list', items: syntax.items.map((item) => evaluate(item, scope)) }
    case 'dict':
      return {
        kind: 'dict',
        entries: syntax.entries.map(
          ({ key, value }) => [evaluate(key, scope), evaluate(value, scope)] as const,
        ),
      }
    case 'attribute':
      return attribute(syntax, scope)
    case 'call':
      return callValue(syntax, scope)
    case 'subscript':
      return subscript(evaluate(syntax.object, scope), evaluate(syntax.index, scope), syntax.span)
    case 'unary': {
      const operand = evaluate(syntax.operand, scope)
      if (operand.kind === 'scalar') return scalar(foldUnary(syntax.op, operand.value, syntax.span))
      const expression = toExpression(operand, 'literal', syntax.span)
      if (syntax.op === '-')
        return { kind: 'expression', expression: negateExpression(expression, syntax.span) }
      if (syntax.op === '~') return { kind: 'expression', expression: inverted(expression, syntax.span) }
      if (syntax.op === '+') return operand
      throw unsupported('`not` before an expression', syntax.span, 'Use ~(...).')
    }
    case 'binary':
      return binary(syntax, scope)
  }
}

function inverted(expression: PolarsExpression, span: SourceSpan | undefined): PolarsExpression {
  if (!isSelector(expression)) return invertExpression(expression, span)
  return {
    ...expression,
    selector: { kind: 'difference', left: { kind: 'all' }, right: expression.selector },
  }
}

/** A selector of `cs`, which has set operations of its own. */
function isSelector(
  expression: PolarsExpression,
): expression is Extract<PolarsExpression, { kind: 'columns' }> {
  return expression.kind === 'columns' && expression.selector.kind !== 'names'
}

/** Operators between selectors of `cs`. */
const SET_OPERATIONS = new Map<string, 'union' | 'intersection' | 'difference'>([
  ['|', 'union'],
  ['&', 'intersection'],
  ['-', 'difference'],
])

function binary(syntax: BinarySyntax, scope: Scope): Value {
  const [left, right] = [evaluate(syntax.left, scope), evaluate(syntax.right, scope)]
  const { op, span } = syntax
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return scalar(foldBinary(op, left.value, right.value, span))
  if (left.kind === 'list' && right.kind === 'list' && op === '+')
    return { kind: 'list', items: [...left.items, ...right.items] }
  if (op === 'and' || op === 'or') {
    throw unsupported(
      `\`${op}\` between expressions`,
      span,
      `Use ${op === 'and' ? '&' : '|'} with both sides in brackets.`,
    )
  }
  if (left.kind === 'frame' || right.kind === 'frame') {
    throw unsupported(`\`${op}\` between frames`, span, 'Use expressions inside with_columns or select.')
  }
  const [a, b] = [
    toExpression(left, 'literal', syntax.left.span),
    toExpression(right, 'literal', syntax.right.span),
  ]
  const setOperation = SET_OPERATIONS.get(op)
  if (setOperation !== undefined && isSelector(a) && b.kind === 'columns') {
    const selector: ColumnSelector = { kind: setOperation, left: a.selector, right: b.selector }
    return { kind: 'expression', expression: { kind: 'columns', selector, span } }
  }
  return { kind: 'expression', expression: binaryExpression(op, a, b, span) }
}

const BUILTINS: Readonly<Record<string, Value>> = {
  pl: { kind: 'module', name: 'pl' },
  polars: { kind: 'module', name: 'pl' },
  cs: { kind: 'module', name: 'cs' },
  float: { kind: 'function', name: 'float' },
  int: { kind: 'function', name: 'int' },
  str: { kind: 'function', name: 'str' },
}

function lookUp(name: string, scope: Scope, span: SourceSpan | undefined): Value {
  const value = scope.values.get(name)
  if (value !== undefined) return value
  const frame = scope.tables.get(name) ?? frameOfName(scope.catalog, name, span)
  if (frame !== null) {
    scope.tables.set(name, frame)
    return { kind: 'frame', frame }
  }
  const builtin = Object.hasOwn(BUILTINS, name) ? BUILTINS[name] : undefined
  if (builtin !== undefined) return builtin
  const near = nearestName(name, [...scope.values.keys(), ...scope.catalog.names(), 'pl'])
  throw new LakebookError('unknown_table', `There is no table, frame or constant called "${name}"`, {
    span,
    hint:
      near === null
        ? 'Drop a file on the page, or assign the name in an earlier line or cell.'
        : `Did you mean "${near}"?`,
  })
}

/** An attribute that is not called: a type, or what a frame knows about itself. */
function attribute(syntax: AttributeSyntax, scope: Scope): Value {
  const { name, nameSpan } = syntax
  if (isColumnSugar(syntax)) return { kind: 'expression', expression: columnNode(name, syntax.span) }
  const object = evaluate(syntax.object, scope)
  switch (object.kind) {
    case 'module': {
      if (object.name === 'pl') {
        const type = plType(name)
        if (type !== null) return type
        if (name === 'selectors') return { kind: 'module', name: 'cs' }
      }
      throw unknownMethod(`\`${object.name}.${name}\` without brackets`, name, plNames(), nameSpan)
    }
    case 'frame':
      if (name === 'columns')
        return { kind: 'list', items: object.frame.columns.map((column) => scalar(column.name)) }
      if (name === 'width') return scalar(BigInt(object.frame.columns.length))
      if (name === 'height' || name === 'shape') {
        throw unsupported(
          `\`${name}\` of a frame`,
          nameSpan,
          'It is known only when the cell has run: use frame.select(pl.len()).',
        )
      }
      throw unknownMethod(
        `\`${name}\` of a frame`,
        name,
        [...frameMethodNames(), 'columns', 'width'],
        nameSpan,
      )
    default:
      throw unsupported(`\`${name}\` without brackets`, nameSpan, `Call it: .${name}().`)
  }
}

/** pl.col.name is pl.col("name"). */
function isColumnSugar({ object }: AttributeSyntax): boolean {
  return (
    object.kind === 'attribute' &&
    object.name === 'col' &&
    object.object.kind === 'name' &&
    object.object.name === 'pl'
  )
}

function givenArguments(syntax: CallSyntax, scope: Scope): GivenArguments {
  return {
    args: syntax.args.map((arg) => evaluate(arg, scope)),
    keywords: syntax.keywords.map(({ name, value, span }) => ({ name, value: evaluate(value, scope), span })),
    span: syntax.span,
  }
}

function callValue(syntax: CallSyntax, scope: Scope): Value {
  const { callee } = syntax
  if (callee.kind !== 'attribute') {
    const fn = evaluate(callee, scope)
    if (fn.kind === 'function') return callBuiltin(fn.name, givenArguments(syntax, scope))
    throw new LakebookError('type', `${describeValue(fn)} cannot be called`, { span: syntax.span })
  }
  const namespace = namespaceOf(callee)
  if (namespace !== null) {
    const receiver = evaluate(namespace.object, scope)
    if (receiver.kind === 'expression' || receiver.kind === 'scalar') {
      const expression = toExpression(receiver, 'literal', syntax.span)
      const name = `${namespace.name}.${callee.name}`
      return {
        kind: 'expression',
        expression: callExpressionMethod(expression, name, givenArguments(syntax, scope), callee.nameSpan),
      }
    }
  }
  if (isColumnSugar(callee)) throw unsupported('This call', syntax.span, 'Write pl.col("name").method().')
  return callMethodOf(evaluate(callee.object, scope), callee, syntax, scope)
}

/** `x.str` in `x.str.contains(...)`. */
function namespaceOf(callee: AttributeSyntax): AttributeSyntax | null {
  const { object } = callee
  if (object.kind !== 'attribute' || !NAMESPACES.includes(object.name) || isColumnSugar(object)) return null
  return object
}

function callMethodOf(object: Value, callee: AttributeSyntax, syntax: CallSyntax, scope: Scope): Value {
  const { name, nameSpan } = callee
  switch (object.kind) {
    case 'module': {
      if (object.name === 'cs') return callSelector(name, givenArguments(syntax, scope), nameSpan)
      const given = givenArguments(syntax, scope)
      if (name === 'when') return startWhen([], given)
      return callPlFunction(name, given, scope.catalog, nameSpan)
    }
    case 'when':
      return callWhen(object, name, givenArguments(syntax, scope), nameSpan)
    case 'expression':
      if (isBanned(name)) throw bannedMethod(name, null, nameSpan)
      if (name === 'when' || name === 'then' || name === 'otherwise')
        throw unsupported(`\`${name}\` here`, nameSpan, 'Start with pl.when(...).')
      return {
        kind: 'expression',
        expression: callExpressionMethod(object.expression, name, givenArguments(syntax, scope), nameSpan),
      }
    case 'frame': {
      if (isBanned(name)) throw bannedMethod(name, object.frame, nameSpan)
      const given = givenArguments(syntax, scope)
      if (name === 'group_by' || name === 'groupby') return groupBy(object, given)
      const method = findFrameMethod(name)
      if (method === undefined) {
        throw unknownMethod(
          `The frame method \`${name}\``,
          name,
          [...frameMethodNames(), ...bannedNames()],
          nameSpan,
        )
      }
      const bound = method.namedOutputs === true ? withNamedOutputs(given) : given
      return method.run(object.frame, bindArguments(name, method.params, bound, null))
    }
    case 'time_group': {
      if (name !== 'agg')
        throw unknownMethod(`\`${name}\` of ${describeValue(object)}`, name, ['agg'], nameSpan)
      const args = bindArguments('agg', AGGREGATES, withNamedOutputs(givenArguments(syntax, scope)), null)
      return { kind: 'frame', frame: aggregateTimeGroups(object.group, args.expressions('aggs')) }
    }
    case 'group':
      return { kind: 'frame', frame: callGroup(object.group, name, givenArguments(syntax, scope), nameSpan) }
    case 'scalar':
    case 'list':
    case 'dict':
    case 'dtype':
    case 'function':
      throw new LakebookError('type', `${describeValue(object)} has no method \`${name}\``, {
        span: nameSpan,
      })
  }
}

/** Keywords become renamed expressions after the positional ones. */
function withNamedOutputs(given: GivenArguments): GivenArguments {
  const named = given.keywords.map(({ name, value, span }): Value => ({
    kind: 'expression',
    expression: renameNode(toExpression(value, 'literal', span), () => name),
  }))
  return { ...given, args: [...given.args, ...named], keywords: [] }
}

function startWhen(branches: readonly CaseBranch[], given: GivenArguments): Value {
  const args = bindArguments('when', [rest('predicates', 'columns')], given, null)
  const [first, ...others] = args.expressions('predicates')
  if (first === undefined)
    throw new LakebookError('invalid_argument', '`when` needs a condition', { span: given.span })
  const condition = others.reduce((left, right) => binaryExpression('&', left, right, given.span), first)
  return { kind: 'when', branches, condition }
}

function callWhen(
  object: Extract<Value, { kind: 'when' }>,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): Value {
  if (object.condition !== null) {
    if (name !== 'then')
      throw new LakebookError('syntax', `pl.when(...) is followed by .then(...), not .${name}(...)`, {
        span: nameSpan,
      })
    const value = bindArguments('then', [optional('statement', 'column')], given, null).expression(
      'statement',
    )
    return {
      kind: 'when',
      branches: [...object.branches, { when: object.condition, then: value }],
      condition: null,
    }
  }
  if (name === 'when') return startWhen(object.branches, given)
  if (name === 'otherwise') {
    const value = bindArguments('otherwise', [optional('statement', 'column')], given, null).expression(
      'statement',
    )
    return { kind: 'expression', expression: whenExpression(object.branches, value, given.span) }
  }
  const finished = whenExpression(object.branches, null, given.span)
  return { kind: 'expression', expression: callExpressionMethod(finished, name, given, nameSpan) }
}

function groupBy(object: Extract<Value, { kind: 'frame' }>, given: GivenArguments): Value {
  const flag = given.keywords.find((keyword) => keyword.name === 'maintain_order')
  const others = withNamedOutputs({
    ...given,
    keywords: given.keywords.filter((keyword) => keyword !== flag),
  })
  const args = bindArguments('group_by', [rest('by', 'columns')], others, null)
  const keys = args.expressions('by')
  if (keys.length === 0)
    throw new LakebookError('invalid_argument', '`group_by` needs at least one key', { span: given.span })
  const maintainOrder = flag?.value.kind === 'scalar' && flag.value.value === true
  return { kind: 'group', group: { frame: object.frame, keys, maintainOrder, span: given.span } }
}

const AGGREGATES = [rest('aggs', 'columns')]

const GROUP_AGGREGATES = [
  'sum',
  'mean',
  'min',
  'max',
  'median',
  'first',
  'last',
  'n_unique',
  'count',
  'all',
] as const

function callGroup(
  group: GroupedFrame,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
) {
  switch (name) {
    case 'agg': {
      const args = bindArguments('agg', AGGREGATES, withNamedOutputs(given), null)
      return aggregateGroups(group, args.expressions('aggs'))
    }
    case 'head':
    case 'tail':
      return edgeOfGroups(group, bindArguments(name, [optional('n', 'int')], given, null).int('n', 5), name)
    case 'len': {
      const args = bindArguments('len', [optional('name', 'string')], given, null)
      const length = callPlFunction(
        'len',
        { args: [], keywords: [], span: given.span },
        { table: () => null, names: () => [] },
        nameSpan,
      )
      const label = args.string('name', 'len')
      return aggregateGroups(group, [renameNode(toExpression(length, 'literal', given.span), () => label)])
    }
    default: {
      const method = GROUP_AGGREGATES.find((known) => known === name)
      if (method === undefined) {
        if (isBanned(name)) throw bannedMethod(name, group.frame, nameSpan)
        throw unknownMethod(
          `\`${name}\` of a group_by`,
          name,
          ['agg', 'head', 'tail', 'len', ...GROUP_AGGREGATES],
          nameSpan,
        )
      }
      const every: PolarsExpression = { kind: 'columns', selector: { kind: 'all' }, span: given.span }
      if (method === 'all') return aggregateGroups(group, [every])
      return aggregateGroups(group, [callExpressionMethod(every, method, given, nameSpan)])
    }
  }
}

function callBuiltin(name: string, given: GivenArguments): Value {
  const [argument] = given.args
  if (argument?.kind === 'scalar' && given.args.length === 1) {
    const { value } = argument
    if (name === 'str') return scalar(describeValue(argument).replaceAll('"', ''))
    const text =
      typeof value === 'string' ? value.trim().replace(/^([+-]?)inf(inity)?$/i, '$1Infinity') : String(value)
    const number = text.toLowerCase() === 'nan' ? NaN : Number(text)
    const isNumber = !Number.isNaN(number) || text.toLowerCase() === 'nan'
    if (isNumber && name === 'float') return scalar(number)
    if (isNumber && name === 'int' && Number.isFinite(number)) return scalar(BigInt(Math.trunc(number)))
  }
  throw new LakebookError('invalid_argument', `\`${name}\` cannot read its argument`, { span: given.span })
}

function subscript(object: Value, index: Value, span: SourceSpan | undefined): Value {
  if (object.kind === 'list' && index.kind === 'scalar' && typeof index.value === 'bigint') {
    const item = object.items.at(Number(index.value))
    if (item !== undefined) return item
    throw new LakebookError('invalid_argument', `The list has ${object.items.length} items`, { span })
  }
  if (object.kind === 'frame') {
    throw unsupported(
      'Square brackets after a frame',
      span,
      'Use select("column") for columns, filter or slice for rows.',
    )
  }
  throw new LakebookError('type', `${describeValue(object)} cannot be indexed`, { span })
}
