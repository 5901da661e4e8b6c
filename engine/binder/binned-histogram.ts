import { sameType, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported } from '../errors.ts'
import { valueBounds } from '../plan/literal-cast.ts'
import type { Expression, LiteralExpression, LiteralValue } from '../plan/plan.ts'
import { castTo, literal, not } from './coerce.ts'
import type { Derivation } from './derived-aggregate.ts'
import { scalarCall } from './scalar-call.ts'

/** Each bin is an aggregate of its own. */
const MOST_BINS = 500

/**
 * How many values are in each bin, by its upper end, which belongs to it, or of `histogram_exact` how many are the bin's
 * own; those in no bin are counted under the greatest value of the type, if there are any. NULL over no values.
 */
export function binnedHistogram({ fn, args, type, make, span }: Derivation): Expression {
  const isExact = fn === 'histogram_exact'
  const value = args[0]!
  const bins = binsOf(args[1]!, value.type)
  const call = (fn: string, ...list: readonly Expression[]): Expression => scalarCall(fn, list, span)
  const counted = (where: readonly Expression[]): Expression => {
    const [first, ...rest] = where
    const count = make('count', [value], first && { where: rest.reduce((a, b) => call('and', a, b), first) })
    return castTo(count, types.uint64)
  }
  const counts = bins.map((bin, index) => {
    if (isExact) return counted([call('=', value, bin)])
    const above = bins[index - 1]
    const within = call('<=', value, bin)
    return counted(above === undefined ? [within] : [call('>', value, above), within])
  })
  const last = bins.at(-1)
  const isBeyond = isExact ? not(call('in', value, ...bins)) : last && call('>', value, last)
  const beyond = counted(last === undefined || isBeyond === undefined ? [] : [isBeyond])
  const mapOf = (keys: readonly Expression[], values: readonly Expression[]): Expression =>
    castTo(call('map', call('list_value', ...keys), call('list_value', ...values)), type)
  const none = literal(0n, types.uint64)
  const greatest = greatestOf(value.type)
  if (greatest === null) throw unsupported(`histogram with bins of ${typeName(value.type)}`, span)
  const further = literal(greatest, value.type)
  const otherwise = bins.length === 0 ? null : mapOf(bins, counts)
  return {
    kind: 'case',
    branches: [
      { when: call('>', beyond, none), then: mapOf([...bins, further], [...counts, beyond]) },
    ].concat(otherwise === null ? [] : [{ when: call('>', counted([]), none), then: otherwise }]),
    otherwise: null,
    type,
    nullable: true,
    span,
  }
}

/** The upper ends, in order, each once. */
function binsOf(list: Expression, type: DataType): readonly LiteralExpression[] {
  const written = list.kind === 'cast' ? list.arg : list
  if (written.kind !== 'call' || written.fn !== 'list_value')
    throw unsupported('histogram with bins that are not a list as it is typed', list.span)
  const bins = written.args.map((item) => {
    const bin = castTo(item, type)
    if (bin.kind !== 'literal')
      throw unsupported('histogram with a bin that is computed', item.span, 'Write the value.')
    if (bin.value === null)
      throw new LakebookError('invalid_argument', 'A bin of histogram cannot be NULL', { span: item.span })
    return bin
  })
  if (bins.length > MOST_BINS) throw unsupported(`histogram with more than ${MOST_BINS} bins`, list.span)
  const inOrder = bins.toSorted((a, b) => compare(a.value, b.value))
  return inOrder.filter((bin, index) => index === 0 || compare(inOrder[index - 1]!.value, bin.value) !== 0)
}

function compare(a: LiteralValue, b: LiteralValue): number {
  if (typeof a === 'string' && typeof b === 'string') {
    const encoder = new TextEncoder()
    return compareBytes(encoder.encode(a), encoder.encode(b))
  }
  if (a === null || b === null || typeof a === 'object' || typeof b === 'object')
    throw unsupported('histogram with bins of this type')
  return a < b ? -1 : a > b ? 1 : 0
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const different = a.findIndex((byte, index) => byte !== b[index])
  return different < 0 ? a.length - b.length : (a[different] ?? 0) - (b[different] ?? -1)
}

/** What stands for values in none of the bins; null where nothing does. */
export function greatestOf(type: DataType): LiteralValue | null {
  if (sameType(type, types.utf8)) return ''
  if (sameType(type, types.bool)) return true
  if (type.kind === 'float32' || type.kind === 'float64') return Infinity
  if (type.kind === 'date') return 2n ** 31n - 1n
  return valueBounds(type)?.[1] ?? null
}
