import type { SourceSpan } from '../errors.ts'
import { columnNode, renameNode } from './expression.ts'
import type { Frame } from './frame.ts'
import { literalFrame } from './literal-frame.ts'
import { callExpressionMethod, isExpressionMethod } from './method-registry.ts'
import { bindArguments, required, type GivenArguments } from './parameters.ts'
import { selectFrame } from './select.ts'
import { scalar, type Value } from './values.ts'

/** One column taken by itself. */
export function seriesOf(frame: Frame): Value {
  return { kind: 'frame', frame, isSeries: true }
}

/** Methods that a series has as a frame has them, though expressions have one of that name. */
const AS_FRAME: ReadonlySet<string> = new Set(['value_counts', 'sample', 'item', 'rechunk', 'is_empty'])

/** Whether the method is one of expressions, over the series' only column. */
export function isSeriesMethod(name: string): boolean {
  return isExpressionMethod(name) && !AS_FRAME.has(name)
}

/** `series.name(...)`: what the expression's method of that name makes of the column. */
export function callSeries(
  series: Frame,
  name: string,
  given: GivenArguments,
  nameSpan: SourceSpan | undefined,
): Value {
  const column = series.columns[0]?.name ?? ''
  const made = callExpressionMethod(columnNode(column, nameSpan), name, given, nameSpan)
  return seriesOf(selectFrame(series, [made], given.span))
}

/** `series.rename("b")` and `series.alias("b")`. */
export function renamedSeries(series: Frame, name: string, span: SourceSpan | undefined): Value {
  const column = columnNode(series.columns[0]?.name ?? '', span)
  return seriesOf(selectFrame(series, [renameNode(column, () => name)], span))
}

/** Lists of True and False among the conditions of a filter, which say of each row whether it stays. */
export function withMasks(given: GivenArguments): GivenArguments {
  const isMask = (value: Value) =>
    value.kind === 'list' &&
    value.items.length > 0 &&
    value.items.every((item) => item.kind === 'scalar' && typeof item.value === 'boolean')
  const read = (value: Value): Value => {
    if (!isMask(value)) return value
    const data: Value = { kind: 'dict', entries: [[scalar('mask'), value]] }
    const args = { args: [data], keywords: [], span: given.span }
    return seriesOf(literalFrame(bindArguments('filter', [required('data', 'any')], args, null)))
  }
  return { ...given, args: given.args.map(read) }
}
