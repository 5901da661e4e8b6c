import { isNumeric, typeName, types, type DataType } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import type { Column } from '../plan/plan.ts'
import { columnNode, literalNode, renameNode, type PolarsExpression } from './expression.ts'
import type { Frame } from './frame.ts'
import { callExpressionMethod } from './method-registry.ts'
import type { BoundArguments } from './parameters.ts'
import { callPlFunction } from './pl-functions.ts'
import { explodeFrame } from './reshape.ts'
import { selectFrame } from './select.ts'
import type { Value } from './values.ts'

/** frame.describe(): one row for each statistic. Numbers and truth values are floats, everything else is text. */
export function describeFrame(frame: Frame, args: BoundArguments): Frame {
  const { span } = args
  const shares = percentiles(args)
  const how = args.string('interpolation', 'nearest')
  const labels = ['count', 'null_count', 'mean', 'std', 'min', ...shares.map(percentLabel), 'max']
  const list = (items: readonly PolarsExpression[], name: string): PolarsExpression => {
    const values = items.map((expression): Value => ({ kind: 'expression', expression }))
    const made = callPlFunction(
      'concat_list',
      { args: values, keywords: [], span },
      { table: () => null, names: () => [] },
      span,
    )
    if (made.kind !== 'expression') throw new TypeError('concat_list makes an expression')
    return renameNode(made.expression, () => name)
  }
  const columns = frame.columns.map((column) => list(statistics(column, shares, how), column.name))
  const statistic = list(
    labels.map((label) => literalNode(label, span, types.utf8)),
    'statistic',
  )
  const listed = selectFrame(frame, [statistic, ...columns], span)
  return explodeFrame(listed, listed.columns, span)
}

function percentiles(args: BoundArguments): readonly number[] {
  const given = args.value('percentiles')
  if (given === undefined) return [0.25, 0.5, 0.75]
  const items = given.kind === 'list' ? given.items : [given]
  return items.map((item) => {
    const share = item.kind === 'scalar' ? Number(item.value) : NaN
    if (!(share >= 0 && share <= 1)) throw args.invalid('percentiles', 'shares from 0 to 1')
    return share
  })
}

function percentLabel(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`
}

function invoke(receiver: PolarsExpression, name: string, ...args: readonly Value[]): PolarsExpression {
  return callExpressionMethod(receiver, name, { args, keywords: [], span: undefined }, undefined)
}

function castExpression(value: PolarsExpression, type: DataType): PolarsExpression {
  return invoke(value, 'cast', { kind: 'dtype', type })
}

function statistics({ name, type }: Column, shares: readonly number[], how: string): PolarsExpression[] {
  const column = columnNode(name)
  const isNumber = isNumeric(type) || type.kind === 'bool'
  const isTime = type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'duration'
  const out = isNumber ? types.float64 : types.utf8
  const none = literalNode(null, undefined, out)
  const stored = isTime ? castExpression(column, types.int64) : castExpression(column, types.float64)
  const back = (value: PolarsExpression): PolarsExpression =>
    castExpression(isTime ? castExpression(castExpression(value, types.int64), type) : value, out)
  const quantile = (share: number) =>
    invoke(stored, 'quantile', { kind: 'scalar', value: share }, { kind: 'scalar', value: how })
  const isOrdered = isNumber || isTime || type.kind === 'utf8' || type.kind === 'time'
  const extreme = (method: 'min' | 'max') =>
    isOrdered ? castExpression(invoke(type.kind === 'bool' ? stored : column, method), out) : none
  const isMeasured = isNumber || type.kind === 'timestamp'
  if (type.kind === 'duration' || type.kind === 'time') {
    throw unsupported(
      `\`describe\` of ${typeName(type)} ("${name}")`,
      undefined,
      'Leave the column out with drop.',
    )
  }
  const instants = castExpression(castExpression(column, types.timestamp), types.int64)
  const meanDay = castExpression(
    castExpression(castExpression(invoke(instants, 'mean'), types.int64), types.timestamp),
    out,
  )
  return [
    castExpression(invoke(column, 'count'), out),
    castExpression(invoke(column, 'null_count'), out),
    isMeasured ? back(invoke(stored, 'mean')) : type.kind === 'date' ? meanDay : none,
    isNumber && type.kind !== 'bool' ? castExpression(invoke(column, 'std'), out) : none,
    extreme('min'),
    ...shares.map((share) => (isTime || (isNumber && type.kind !== 'bool') ? back(quantile(share)) : none)),
    extreme('max'),
  ]
}
