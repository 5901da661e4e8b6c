import type { SourceSpan } from '../errors.ts'
import type { ExpressionMethod, MacroMethod } from './expression-method.ts'
import type { PolarsExpression } from './expression.ts'
import { aggregateMethods } from './methods/aggregates.ts'
import { elementMethods, innerMethods } from './methods/elements.ts'
import { membershipMethod } from './methods/membership.ts'
import { replacingMethods } from './methods/replacing.ts'
import { distributionMethods } from './methods/distribution.ts'
import { listEvalMethods } from './methods/list-eval.ts'
import { listItemMethods } from './methods/list-items.ts'
import { textPartMethods } from './methods/text-parts.ts'
import { zoneMethods } from './methods/zones.ts'
import { listMethods } from './methods/lists.ts'
import { macroMethods } from './methods/macros.ts'
import { numberMethods } from './methods/numbers.ts'
import { operatorMethods } from './methods/operators.ts'
import { explodeMethod, quantileMethods, sequenceMethods } from './methods/sequences.ts'
import { arrayMethods } from './methods/arrays.ts'
import { bytesMethods } from './methods/bytes.ts'
import { businessDayMethods } from './methods/business-days.ts'
import { categoryMethods } from './methods/categories.ts'
import { manyTextsMethods } from './methods/many-texts.ts'
import { binningMethods, binningParts } from './methods/binning.ts'
import { gatherParts, pickingAggregates, pickingMethods } from './methods/picking.ts'
import { positionMethods } from './methods/positions.ts'
import { structMethods } from './methods/structs.ts'
import { textMethods } from './methods/text.ts'
import { timeMethods } from './methods/time.ts'
import { ewmMethods } from './methods/ewm.ts'
import { interpolationMethods } from './methods/interpolation.ts'
import { rollingMethods } from './methods/rolling.ts'
import { windowMethods } from './methods/windows.ts'
import { unknownMethod } from './unknown-name.ts'
import { bindArguments, type GivenArguments, type Parameter } from './parameters.ts'
import type { Value } from './values.ts'
import { withNamedOutputs } from './named-outputs.ts'
import { withWrittenLists } from './written-list.ts'

export const NAMESPACES: readonly string[] = ['str', 'dt', 'list', 'arr', 'bin', 'cat', 'struct', 'name']

const inner = new Map<string, ExpressionMethod>(
  [
    ...innerMethods,
    ...quantileMethods,
    ...sequenceMethods.filter((method) => method.name === 'sort_by_key'),
    ...gatherParts,
    ...binningParts,
  ].map((method) => [method.name, method]),
)

const methods = new Map<string, ExpressionMethod | MacroMethod>(
  [
    ...elementMethods,
    membershipMethod,
    ...replacingMethods,
    ...numberMethods,
    ...operatorMethods,
    ...aggregateMethods.filter((method) => !method.name.startsWith('pl.')),
    ...windowMethods,
    ...rollingMethods,
    ...interpolationMethods,
    ...ewmMethods,
    ...sequenceMethods.filter((method) => method.name !== 'sort_by_key'),
    explodeMethod,
    ...textMethods,
    ...timeMethods,
    ...listMethods,
    ...listItemMethods,
    ...listEvalMethods,
    ...arrayMethods,
    ...bytesMethods,
    ...categoryMethods,
    ...manyTextsMethods,
    ...businessDayMethods,
    ...textPartMethods,
    ...zoneMethods,
    ...structMethods,
    ...macroMethods(invoke),
    ...distributionMethods(invoke),
    ...positionMethods(invoke),
    ...binningMethods(invoke),
    ...pickingMethods,
    ...pickingAggregates,
  ].map((method) => [method.name, method]),
)

/** Every method of expressions, with its namespace: `sum`, `str.contains`. `pipe` is called otherwise. */
export function expressionMethodNames(): readonly string[] {
  return [...methods.keys(), 'pipe']
}

export function isExpressionMethod(name: string): boolean {
  return methods.has(name)
}

/** The parameters of each, for the reference. */
export function expressionMethodParameters(): ReadonlyMap<string, readonly Parameter[]> {
  return new Map([...methods].map(([name, method]) => [name, method.params]))
}

/** `receiver.name(...)`. Throws `unsupported` with the nearest method for one that is not known. */
export function callExpressionMethod(
  receiver: PolarsExpression,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): PolarsExpression {
  const method = methods.get(name)
  if (method === undefined)
    throw unknownMethod(`The expression method \`${name}\``, name, methods.keys(), nameSpan)
  return callMethod(method, receiver, given)
}

export function callMethod(
  method: ExpressionMethod | MacroMethod,
  receiver: PolarsExpression | null,
  given: GivenArguments,
): PolarsExpression {
  const isNamed = method.kind === 'element' && method.namedOutputs === true
  const values = withWrittenLists(method.params, isNamed ? withNamedOutputs(given) : given)
  const args = bindArguments(method.name, method.params, values, receiver)
  if (method.kind === 'macro') return method.expand({ args, span: given.span })
  return { kind: 'call', method, args, span: given.span }
}

function invoke(
  receiver: PolarsExpression,
  name: string,
  args: readonly (PolarsExpression | bigint | number | boolean | string)[] = [],
): PolarsExpression {
  const values = args.map((arg): Value =>
    typeof arg === 'object' ? { kind: 'expression', expression: arg } : { kind: 'scalar', value: arg },
  )
  const given = { args: values, keywords: [], span: receiver.span }
  const method = inner.get(name)
  return method === undefined
    ? callExpressionMethod(receiver, name, given, receiver.span)
    : callMethod(method, receiver, given)
}
