import { listOf, types, type DataType } from '../arrow/types.ts'
import { unsupported, type LakebookError } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import type { ElementMethod } from './expression-method.ts'
import { literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { eachItem, itemsWhere } from './list-lambda.ts'
import { and, call, caseWhen, castTo, int64, literal, type Lowered } from './lowered.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { rowCountMethod } from './methods/aggregates.ts'
import { element } from './methods/elements.ts'
import { intRangesMethod } from './methods/lists.ts'
import { clockMicros } from './methods/time-micros.ts'
import { countingMethod, repeatedMethod, rowIndexMethod } from './methods/windows.ts'
import { optional, required, type BoundArguments } from './parameters.ts'
import { expressionValue, fromMethod, type PlFunction } from './pl-function.ts'
import { MICROS, parseLength, type CalendarLength } from './time-length.ts'
import type { Value } from './values.ts'

const INT_RANGE = [
  required('start', 'column'),
  optional('end', 'column'),
  optional('step', 'column'),
  optional('dtype', 'dtype'),
  optional('eager', 'bool'),
]

/** As long as the frame where it counts up to pl.len(); else its own rows, which stand alone in select. */
function intRange(args: BoundArguments): Value {
  const operands = ['start', 'end'].flatMap((name) => args.expressions(name))
  const [start, end] = operands.length > 1 ? operands : [null, operands[0]]
  const isFromZero = start === null || (start.kind === 'literal' && start.value === 0n)
  const isLength = end?.kind === 'call' && end.method === rowCountMethod && !args.has('step')
  const type = args.has('dtype') ? args.dtype('dtype') : types.int64
  if (isFromZero && isLength) {
    const bare = callMethod(rowIndexMethod, null, { args: [], keywords: [], span: args.span })
    const dtype: Value = { kind: 'dtype', type }
    return expressionValue(
      callExpressionMethod(bare, 'cast', { args: [dtype], keywords: [], span: args.span }, args.span),
    )
  }
  if (end !== undefined && countsRows(end)) {
    const bounds = [start ?? literalNode(0n), end, args.expressions('step')[0] ?? literalNode(1n)]
    const given = { args: bounds.map(expressionValue), keywords: [], span: args.span }
    const counted = callMethod(countingMethod, null, given)
    const dtype: Value = { kind: 'dtype', type }
    return expressionValue(
      callExpressionMethod(counted, 'cast', { args: [dtype], keywords: [], span: args.span }, args.span),
    )
  }
  const given = ['start', 'end', 'step'].flatMap((name) => args.expressions(name)).map(expressionValue)
  const lists = callMethod(intRangesMethod, null, { args: given, keywords: [], span: args.span })
  const typed: Value = { kind: 'dtype', type: listOf(type) }
  const cast = callExpressionMethod(
    lists,
    'cast',
    { args: [typed], keywords: [], span: args.span },
    args.span,
  )
  return exploded(cast, args)
}

/** Whether pl.len() is part of it. */
function countsRows(node: PolarsExpression): boolean {
  if (node.kind === 'rename') return countsRows(node.input)
  return node.kind === 'call' && (node.method === rowCountMethod || node.args.operands().some(countsRows))
}

/** A list of its own as rows. */
function exploded(list: PolarsExpression, args: BoundArguments): Value {
  return expressionValue(
    callExpressionMethod(list, 'explode', { args: [], keywords: [], span: args.span }, args.span),
  )
}

const CLOSED = ['both', 'left', 'right', 'none'] as const

/** The items of a range that begin and end as `closed` says. */
function within(list: Expression, start: Expression, end: Expression, args: BoundArguments): Expression {
  const closed = args.choice('closed', CLOSED, 'both')
  if (closed === 'both') return list
  return itemsWhere(list, (item) =>
    and([
      ...(closed === 'left' ? [] : [call('<>', [item, start])]),
      ...(closed === 'right' ? [] : [call('<>', [item, end])]),
    ]),
  )
}

const MAKES: Readonly<Record<'date' | 'datetime' | 'time', DataType>> = {
  date: types.date,
  datetime: types.timestamp,
  time: types.time,
}

/** The points in time from one to the other, as one list for every row. */
function timeList(kind: keyof typeof MAKES): ElementMethod {
  const isTime = kind === 'time'
  const params = [
    isTime ? optional('start', 'column') : required('start', 'column'),
    isTime ? optional('end', 'column') : required('end', 'column'),
    optional('interval', 'any'),
    optional('closed', 'string'),
    optional('time_unit', 'string'),
    optional('time_zone', 'string'),
    optional('eager', 'bool'),
  ]
  return {
    ...element(`pl.${kind}_ranges`, params, (operands, node) => {
      const { args } = node
      const { months, days, micros } = rangeStep(args, isTime ? '1h' : '1d')
      const step = literal({ months, days, micros }, types.interval)
      const [start, end] = isTime
        ? timesOfDay(operands, args)
        : operands.map((operand) => castTo(operand.expression, types.timestamp))
      const series =
        months === 0
          ? call('generate_series', [start!, end!, step])
          : byMonths(start!, end!, months, days, micros)
      const list = within(series, start!, end!, args)
      if (args.has('time_zone') && !isTime) throw refusedZone(args)
      return kind === 'datetime' ? list : castTo(list, listOf(MAKES[kind]))
    }),
    ...(isTime ? { outputName: 'literal' } : {}),
  }
}

/** Each of them so many months after the first, so that a month without its day does not shift those after it. */
function byMonths(
  start: Expression,
  end: Expression,
  months: number,
  days: number,
  micros: bigint,
): Expression {
  const month = (point: Expression) =>
    call('+', [
      call('*', [castTo(call('year', [point]), types.int64), int64(12)]),
      castTo(call('month', [point]), types.int64),
    ])
  const count = call('+', [
    call('floordiv', [call('-', [month(end), month(start)]), int64(months)]),
    int64(2),
  ])
  const rest = { months: 0, days, micros }
  const points = eachItem(call('int_ranges', [int64(0), count, int64(1)]), (place) => {
    const point = call('+', [start, call('to_months', [call('*', [place, int64(months)])])])
    if (days === 0 && micros === 0n) return point
    return call('+', [point, call('*', [literal(rest, types.interval), place])])
  })
  return itemsWhere(points, (point) => call(months > 0 ? '<=' : '>=', [point, end]))
}

function refusedZone(args: BoundArguments): LakebookError {
  return unsupported(
    'The argument `time_zone` of a range',
    args.span,
    'Add .dt.replace_time_zone("...") after it.',
  )
}

/** Times of day as points of one day, from midnight to the last microsecond where they are not given. */
function timesOfDay(operands: readonly Lowered[], args: BoundArguments): readonly Expression[] {
  let next = 0
  return ['start', 'end'].map((name) => {
    const given = args.expressions(name).length > 0 ? operands[next++]!.expression : null
    if (given === null) return literal(name === 'start' ? 0n : MICROS.days - 1n, types.timestamp)
    return call('make_timestamp', [clockMicros(castTo(given, types.time))])
  })
}

const dateRanges = timeList('date')
const datetimeRanges = timeList('datetime')
const timeRanges = timeList('time')

/** Its own rows instead of a list for every row. */
function rowsOf(lists: ElementMethod): PlFunction {
  const method: ElementMethod = { ...lists, name: lists.name.replace(/s$/, '') }
  return {
    params: method.params,
    run: (args) => exploded({ kind: 'call', method, args, span: args.span }, args),
  }
}

function rangeStep(args: BoundArguments, otherwise: string): CalendarLength {
  const interval = args.value('interval')
  if (interval?.kind === 'expression' && interval.expression.kind === 'literal') {
    const { value, type } = interval.expression
    if (type?.kind === 'duration' && typeof value === 'bigint') return { months: 0, days: 0, micros: value }
  }
  return parseLength(args.string('interval', otherwise), args.span)
}

/** So many numbers from one to the other, at one distance. */
const linearSpaces: ElementMethod = element(
  'pl.linear_spaces',
  [
    required('start', 'column'),
    required('end', 'column'),
    required('num_samples', 'column'),
    optional('closed', 'string'),
    optional('eager', 'bool'),
  ],
  (operands, node) => {
    const [start, end] = operands.map((operand) => castTo(operand.expression, types.float64))
    const count = castTo(operands[2]!.expression, types.int64)
    const closed = node.args.choice('closed', CLOSED, 'both')
    const steps = call('+', [count, int64(closed === 'both' ? -1 : closed === 'none' ? 1 : 0)])
    const first = int64(closed === 'both' || closed === 'left' ? 0 : 1)
    const places = call('int_ranges', [first, call('+', [count, first]), int64(1)])
    const distance = call('div_float', [call('-', [end!, start!]), castTo(steps, types.float64)])
    const isOne = call('=', [steps, int64(0)])
    return eachItem(places, (place) => {
      const at = call('+', [start!, call('*', [castTo(place, types.float64), distance])])
      return caseWhen([{ when: isOne, then: start! }], at)
    })
  },
)

/** pl.repeat(value, n): as long as the frame where n is pl.len(); else its own rows. */
function repeated(name: string, value: (args: BoundArguments) => PolarsExpression): PlFunction {
  const own = name === 'repeat' ? [required('value', 'operand')] : []
  return {
    params: [...own, required('n', 'column'), optional('dtype', 'dtype'), optional('eager', 'bool')],
    run(args) {
      const { span } = args
      const given = { args: [], keywords: [], span }
      const plain = value(args)
      const typed = args.has('dtype')
        ? callExpressionMethod(
            plain,
            'cast',
            { ...given, args: [{ kind: 'dtype', type: args.dtype('dtype') }] },
            span,
          )
        : plain
      const named = renameNode(typed, () => name)
      const count = args.expression('n')
      if (count.kind === 'call' && count.method === rowCountMethod) {
        const repeat = callMethod(repeatedMethod, null, { ...given, args: [expressionValue(typed)] })
        return expressionValue(renameNode(repeat, () => name))
      }
      const list = callExpressionMethod(
        named,
        'repeat_by',
        { ...given, args: [expressionValue(count)] },
        span,
      )
      return exploded(list, args)
    },
  }
}

function constant(value: number) {
  return ({ span }: BoundArguments) => literalNode(value, span, types.float64)
}

/** Functions that make numbers and times out of nothing. */
export const rangeFunctions: Readonly<Record<string, PlFunction>> = {
  int_range: { params: INT_RANGE, run: intRange },
  int_ranges: fromMethod(intRangesMethod),
  arange: { params: INT_RANGE, run: intRange },
  date_range: rowsOf(dateRanges),
  date_ranges: fromMethod(dateRanges),
  datetime_range: rowsOf(datetimeRanges),
  datetime_ranges: fromMethod(datetimeRanges),
  time_range: rowsOf(timeRanges),
  time_ranges: fromMethod(timeRanges),
  linear_space: rowsOf(linearSpaces),
  linear_spaces: fromMethod(linearSpaces),
  repeat: repeated('repeat', (args) => args.expression('value')),
  ones: repeated('ones', constant(1)),
  zeros: repeated('zeros', constant(0)),
}
