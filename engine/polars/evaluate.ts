import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type {
  AttributeSyntax,
  BinarySyntax,
  CallSyntax,
  ComprehensionClause,
  ComprehensionSyntax,
  LambdaSyntax,
  SliceSyntax,
  SubscriptSyntax,
  Syntax,
} from './ast.ts'
import { bannedLoop, bannedMethod, isBanned, bannedNames } from './banned.ts'
import { callOtherwise, callThen, startWhen } from './call-when.ts'
import { frameOfName, type PolarsCatalog } from './catalog-tables.ts'
import {
  callConstantMethod,
  compareConstants,
  entriesOf,
  formatted,
  isTruthy,
  itemOf,
  iterate,
  sliceOf,
  textOf,
} from './constant-values.ts'
import { foldBinary, foldUnary } from './constants.ts'
import { callSelector } from './cs-functions.ts'
import { columnNode, type PolarsExpression } from './expression.ts'
import { isOneValue, type Frame } from './frame.ts'
import { countOf, frameAttribute } from './frame-attributes.ts'
import { cellsOfFrame, itemOfFrame, type FrameIndex, type SliceBounds } from './frame-items.ts'
import { findFrameMethod, frameMethodNames } from './frame-methods.ts'
import { callGroup, callTimeGroup, groupBy, groupsHaving } from './group-methods.ts'
import { callExpressionMethod, isExpressionMethod, NAMESPACES } from './method-registry.ts'
import { binaryExpression, invertExpression, negateExpression } from './methods/operators.ts'
import { withConstraints, withNamedOutputs } from './named-outputs.ts'
import { outsideSubset } from './outside-subset.ts'
import { bindArguments, type GivenArguments } from './parameters.ts'
import { callPlFunction, plNames, plType } from './pl-functions.ts'
import { callPython, PYTHON_FUNCTIONS } from './python-functions.ts'
import type { ColumnSelector } from './selector.ts'
import { checkCount, ofFairSize } from './constant-size.ts'
import { callSeries, isSeriesMethod, renamedSeries, withMasks } from './series.ts'
import { unknownMethod } from './unknown-name.ts'
import { describeValue, dictOf, scalar, toExpression, type Value } from './values.ts'

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
      return { kind: 'list', items: evaluateItems(syntax.items, scope) }
    case 'unpacked':
      throw unsupported('Unpacking here', syntax.span, 'Unpack inside a list or a call.')
    case 'dict':
      return dictOf(
        syntax.entries.flatMap(({ key, value }) =>
          key === null
            ? entriesOf(evaluate(value, scope), value.span)
            : [[evaluate(key, scope), evaluate(value, scope)] as const],
        ),
      )
    case 'comprehension':
      return comprehension(syntax, scope)
    case 'conditional':
      return isTruthy(evaluate(syntax.condition, scope), syntax.condition.span)
        ? evaluate(syntax.value, scope)
        : evaluate(syntax.otherwise, scope)
    case 'comparison':
      return compareConstants(
        syntax.op,
        evaluate(syntax.left, scope),
        evaluate(syntax.right, scope),
        syntax.span,
      )
    case 'format':
      return ofFairSize(
        scalar(
          syntax.parts
            .map((part) => (typeof part === 'string' ? part : textOf(evaluate(part, scope), part.span)))
            .join(''),
          syntax.span,
        ),
        syntax.span,
      )
    case 'formatted':
      return scalar(formatted(evaluate(syntax.value, scope), syntax.spec, syntax.span), syntax.span)
    case 'named': {
      const value = evaluate(syntax.value, scope)
      scope.values.set(syntax.name, value)
      return value
    }
    case 'slice':
      throw unsupported('A slice here', syntax.span)
    case 'lambda':
      return lambdaValue(syntax, scope)
    case 'attribute':
      return attribute(syntax, scope)
    case 'call':
      return callValue(syntax, scope)
    case 'subscript':
      return subscript(syntax, scope)
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
const SET_OPERATIONS = new Map<string, 'union' | 'intersection' | 'difference' | 'symmetric_difference'>([
  ['|', 'union'],
  ['&', 'intersection'],
  ['-', 'difference'],
  ['^', 'symmetric_difference'],
])

function binary(syntax: BinarySyntax, scope: Scope): Value {
  const { op, span } = syntax
  const left = evaluate(syntax.left, scope)
  // the right side is not looked at where the left decides
  if ((op === 'and' || op === 'or') && ['scalar', 'list', 'dict'].includes(left.kind))
    return isTruthy(left, span) === (op === 'or') ? left : evaluate(syntax.right, scope)
  const right = evaluate(syntax.right, scope)
  if (left.kind === 'scalar' && right.kind === 'scalar')
    return ofFairSize(scalar(foldBinary(op, left.value, right.value, span)), span)
  if (left.kind === 'list' && right.kind === 'list' && op === '+')
    return ofFairSize({ kind: 'list', items: [...left.items, ...right.items] }, span)
  if (op === 'and' || op === 'or') {
    throw unsupported(
      `\`${op}\` between expressions`,
      span,
      `Use ${op === 'and' ? '&' : '|'} with both sides in brackets.`,
    )
  }
  if (isManyValues(left) || isManyValues(right)) {
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

function isManyValues(value: Value): boolean {
  return value.kind === 'frame' && value.isSeries !== true && !isOneValue(value.frame)
}

const BUILTINS: Readonly<Record<string, Value>> = {
  pl: { kind: 'module', name: 'pl' },
  polars: { kind: 'module', name: 'pl' },
  cs: { kind: 'module', name: 'cs' },
  ...Object.fromEntries(PYTHON_FUNCTIONS.map((name) => [name, { kind: 'function', name } as const])),
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
  if (name === 'print') throw outsideSubset('PrintStatement', span)
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
      return frameAttribute(object, name, scope.catalog, nameSpan)
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
    args: evaluateItems(syntax.args, scope),
    keywords: syntax.keywords.flatMap(({ name, value, span }) =>
      name === null
        ? entriesOf(evaluate(value, scope), span).map(([key, item]) => ({
            name: textOf(key, span),
            value: item,
            span,
          }))
        : [{ name, value: evaluate(value, scope), span }],
    ),
    span: syntax.span,
  }
}

function callValue(syntax: CallSyntax, scope: Scope): Value {
  const { callee } = syntax
  if (callee.kind !== 'attribute') {
    const fn = evaluate(callee, scope)
    const [only] = syntax.args
    if (fn.kind === 'function' && fn.name === 'len' && syntax.args.length === 1) {
      const counted = evaluate(only!, scope)
      if (counted.kind === 'frame') return countOf(counted.frame, scope.catalog, syntax.span)
    }
    if (fn.kind === 'function') return callPython(fn.name, givenArguments(syntax, scope))
    if (fn.kind === 'lambda') return fn.call(givenArguments(syntax, scope))
    throw new LakebookError('type', `${describeValue(fn)} cannot be called`, { span: syntax.span })
  }
  const namespace = namespaceOf(callee)
  if (namespace !== null) {
    const receiver = evaluate(namespace.object, scope)
    const name = `${namespace.name}.${callee.name}`
    if (receiver.kind === 'frame' && receiver.isSeries === true && receiver.frame.columns.length === 1)
      return callSeries(receiver.frame, name, givenArguments(syntax, scope), callee.nameSpan)
    if (receiver.kind === 'expression' || receiver.kind === 'scalar') {
      const expression = toExpression(receiver, 'literal', syntax.span)
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
      if (isBanned(name)) throw bannedMethod(name, null, nameSpan)
      const given = givenArguments(syntax, scope)
      if (name === 'when') return startWhen([], given)
      return callPlFunction(name, given, scope.catalog, nameSpan)
    }
    case 'when':
      return callThen(object, name, givenArguments(syntax, scope), nameSpan)
    case 'expression':
      if (isBanned(name) && !isExpressionMethod(name)) throw bannedMethod(name, null, nameSpan)
      if (name === 'pipe') return pipe(object, givenArguments(syntax, scope))
      if (object.branches !== undefined && name === 'when')
        return startWhen(object.branches, givenArguments(syntax, scope))
      if (object.branches !== undefined && name === 'otherwise')
        return callOtherwise(object.branches, givenArguments(syntax, scope))
      if (name === 'when' || name === 'then' || name === 'otherwise')
        throw unsupported(`\`${name}\` here`, nameSpan, 'Start with pl.when(...).')
      return {
        kind: 'expression',
        expression: callExpressionMethod(object.expression, name, givenArguments(syntax, scope), nameSpan),
      }
    case 'frame': {
      if (isBanned(name)) throw bannedMethod(name, object.frame, nameSpan)
      const given = givenArguments(syntax, scope)
      if (name === 'pipe') return pipe(object, given)
      if (object.isSeries === true) {
        const [label] = given.args
        if ((name === 'rename' || name === 'alias') && label?.kind === 'scalar')
          return renamedSeries(object.frame, textOf(label, given.span), given.span)
        if (name === 'len') return countOf(object.frame, scope.catalog, nameSpan)
        if (isSeriesMethod(name)) return callSeries(object.frame, name, given, nameSpan)
      }
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
      const bound =
        method.namedOutputs === true
          ? withNamedOutputs(given)
          : method.namedConstraints === true
            ? withConstraints(withMasks(given))
            : given
      return method.run(object.frame, bindArguments(name, method.params, bound, null), scope.catalog)
    }
    case 'time_group':
      return {
        kind: 'frame',
        frame: callTimeGroup(object.group, name, givenArguments(syntax, scope), nameSpan),
      }
    case 'group':
      if (name === 'having') return groupsHaving(object.group, givenArguments(syntax, scope))
      return { kind: 'frame', frame: callGroup(object.group, name, givenArguments(syntax, scope), nameSpan) }
    case 'function':
      if (object.name === 'datetime') return callPython(`datetime.${name}`, givenArguments(syntax, scope))
      throw new LakebookError('type', `${describeValue(object)} has no method \`${name}\``, {
        span: nameSpan,
      })
    case 'scalar':
    case 'dict':
      return callConstantMethod(object, name, givenArguments(syntax, scope), nameSpan)
    case 'list':
    case 'dtype':
    case 'lambda':
      throw new LakebookError('type', `${describeValue(object)} has no method \`${name}\``, {
        span: nameSpan,
      })
  }
}

function subscript({ object, index, span }: SubscriptSyntax, scope: Scope): Value {
  const value = evaluate(object, scope)
  if (value.kind === 'frame') {
    if (index.kind === 'tuple' && index.items.length === 2) {
      const [rows, columns] = index.items.map((item) => frameIndex(item, scope))
      return cellsOfFrame(value.frame, rows!, columns!, span)
    }
    return itemOfFrame(value.frame, frameIndex(index, scope), value.isSeries === true, span)
  }
  if (index.kind === 'slice') return sliceOf(value, boundsOf(index, scope), span)
  return itemOf(value, evaluate(index, scope), span)
}

function frameIndex(index: Syntax, scope: Scope): FrameIndex {
  return index.kind === 'slice' ? { kind: 'slice', bounds: boundsOf(index, scope) } : evaluate(index, scope)
}

function boundsOf(slice: SliceSyntax, scope: Scope): SliceBounds {
  const bound = (syntax: Syntax | null): number | string | null => {
    if (syntax === null) return null
    const given = evaluate(syntax, scope)
    if (given.kind === 'scalar' && given.value === null) return null
    if (given.kind === 'scalar' && typeof given.value === 'bigint') return Number(given.value)
    if (given.kind === 'scalar' && typeof given.value === 'string') return given.value
    throw new LakebookError('type', 'A slice goes from one whole number to another', { span: syntax.span })
  }
  const step = bound(slice.step)
  return { start: bound(slice.start), stop: bound(slice.stop), step: typeof step === 'number' ? step : 1 }
}

function evaluateItems(items: readonly Syntax[], scope: Scope): Value[] {
  return items.flatMap((item) =>
    item.kind === 'unpacked' ? iterate(evaluate(item.value, scope), item.span) : [evaluate(item, scope)],
  )
}

/** The items one after the other, each with the names of the clauses before it. */
function comprehension(syntax: ComprehensionSyntax, scope: Scope): Value {
  const scopes = syntax.clauses.reduce<readonly Scope[]>(
    (outer, clause) => {
      let count = 0
      return outer.flatMap((each) => {
        const inner = clauseScopes(clause, each)
        checkCount((count += inner.length), syntax.span)
        return inner
      })
    },
    [scope],
  )
  const { key, item } = syntax
  if (key === null) return { kind: 'list', items: scopes.map((each) => evaluate(item, each)) }
  return dictOf(scopes.map((each) => [evaluate(key, each), evaluate(item, each)] as const))
}

/** A lambda is no function of rows: its body is read once, with what it is called with. */
function lambdaValue({ parameters, body, span }: LambdaSyntax, scope: Scope): Value {
  return {
    kind: 'lambda',
    call({ args, keywords }) {
      const values = new Map(scope.values)
      parameters.slice(0, args.length).forEach((name, i) => values.set(name, args[i]!))
      for (const { name, value } of keywords) values.set(name, value)
      const given = [...parameters.slice(0, args.length), ...keywords.map(({ name }) => name)]
      const isWhole = new Set(given).size === parameters.length && given.length === parameters.length
      if (!isWhole || args.length > parameters.length || given.some((name) => !parameters.includes(name))) {
        const wanted = parameters.join(', ')
        throw new LakebookError('type', `The lambda takes (${wanted}), which it was not called with`, {
          span,
        })
      }
      return evaluate(body, { ...scope, values })
    },
  }
}

/** `object.pipe(lambda ...)`: what the lambda makes of it. */
function pipe(object: Value, given: GivenArguments): Value {
  const [fn, ...others] = given.args
  if (fn?.kind !== 'lambda') {
    throw new LakebookError('type', '`pipe` takes a lambda', {
      span: given.span,
      hint: 'Write pipe(lambda frame: frame.head(5)).',
    })
  }
  return fn.call({ ...given, args: [object, ...others] })
}

function clauseScopes({ targets, iterable, conditions }: ComprehensionClause, scope: Scope): Scope[] {
  const over = evaluate(iterable, scope)
  if (over.kind === 'frame') throw bannedLoop(over.frame, iterable.span)
  return iterate(over, iterable.span).flatMap((item) => {
    const values = new Map(scope.values)
    const parts = targets.length === 1 ? [item] : iterate(item, iterable.span)
    if (parts.length !== targets.length) {
      throw new LakebookError('type', `${describeValue(item)} does not fall into ${targets.length} parts`, {
        span: iterable.span,
      })
    }
    targets.forEach((target, i) => values.set(target, parts[i]!))
    const inner = { ...scope, values }
    return conditions.every((condition) => isTruthy(evaluate(condition, inner), condition.span))
      ? [inner]
      : []
  })
}
