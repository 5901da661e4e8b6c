import { listOf, types, type DataType } from '../arrow/types.ts'
import type { FileFunction } from '../catalog/file-request.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { DTYPES, parametrisedDtype } from './dtypes.ts'
import type { ElementMethod, ExpressionMethod } from './expression-method.ts'
import { literalNode, renameNode, type PolarsExpression } from './expression.ts'
import { callExpressionMethod, callMethod } from './method-registry.ts'
import { aggregateMethods, rowCountMethod } from './methods/aggregates.ts'
import { element, horizontalMethods } from './methods/elements.ts'
import { elementNode } from './methods/list-items.ts'
import { intRangesMethod } from './methods/lists.ts'
import { structMethod } from './methods/structs.ts'
import { durationMethod } from './methods/time.ts'
import { dateMethod, datetimeMethod, fromEpochMethod, timeMethod } from './methods/time-makers.ts'
import { rowIndexMethod } from './methods/windows.ts'
import { call, castTo, literal } from './lowered.ts'
import { foldMethods } from './lambda.ts'
import { literalFrame, oneRow } from './literal-frame.ts'
import { withNamedOutputs } from './named-outputs.ts'
import { sqlFrame } from './sql-frame.ts'
import { parseLength, type CalendarLength } from './time-length.ts'
import { unknownMethod } from './unknown-name.ts'
import {
  bindArguments,
  optional,
  required,
  rest,
  type BoundArguments,
  type GivenArguments,
  type Parameter,
} from './parameters.ts'
import { polarsCast } from './polars-cast.ts'
import { readFiles, readParameters } from './read-files.ts'
import { concatFrames, type ConcatHow } from './reshape.ts'
import { selectFrame } from './select.ts'
import { selectorForNames, type ColumnSelector } from './selector.ts'
import { describeValue, type Value } from './values.ts'
import { writtenList } from './written-list.ts'

interface PlFunction {
  readonly params: readonly Parameter[]
  /** Keywords that are no parameters name further expressions: `pl.struct(b=pl.col("a"))`. */
  readonly namedOutputs?: boolean
  run(args: BoundArguments, catalog: PolarsCatalog): Value
}

function expressionValue(expression: PolarsExpression): Value {
  return { kind: 'expression', expression }
}

function fromMethod(method: ExpressionMethod): PlFunction {
  return {
    params: method.params,
    run: (args) => expressionValue({ kind: 'call', method, args, span: args.span }),
  }
}

/** pl.col("a", "b"), pl.col(["a"]), pl.col("^x.*$"), pl.col(pl.Int64). */
function col(args: BoundArguments): Value {
  const given = args.value('name')
  const items = given?.kind === 'list' ? given.items : []
  const dtypes = items.filter((item) => item.kind === 'dtype')
  if (dtypes.length > 0 && dtypes.length === items.length) {
    const kinds = new Set(dtypes.map((item) => item.type.kind))
    const selector: ColumnSelector = {
      kind: 'types',
      label: [...kinds].join(', '),
      matches: (type) => kinds.has(type.kind),
    }
    return expressionValue({ kind: 'columns', selector, span: args.span })
  }
  const names = args.strings('name')
  if (names.length === 1 && names[0] === '*')
    return expressionValue({ kind: 'columns', selector: { kind: 'all' }, span: args.span })
  return expressionValue({ kind: 'columns', selector: selectorForNames(names), span: args.span })
}

function lit(args: BoundArguments): Value {
  const value = args.value('value')
  let expression: PolarsExpression
  if (value?.kind === 'expression') ({ expression } = value)
  else if (value?.kind === 'scalar') {
    const type =
      typeof value.value === 'string' ? types.utf8 : typeof value.value === 'boolean' ? types.bool : null
    expression = literalNode(value.value, args.span, type)
  } else if (value?.kind === 'list' && value.items.length > 0)
    expression = renameNode(writtenList(value.items, args.span), () => 'literal')
  else throw args.invalid('value', 'a constant')
  if (!args.has('dtype')) return expressionValue(expression)
  const dtype: Value = { kind: 'dtype', type: args.dtype('dtype') }
  return expressionValue(
    callExpressionMethod(expression, 'cast', { args: [dtype], keywords: [], span: args.span }, args.span),
  )
}

/** pl.sum("a") is pl.col("a").sum(). */
function columnMethod(name: string): PlFunction {
  return {
    params: [rest('names', 'columns')],
    run(args) {
      const [first, ...others] = args.expressions('names')
      const merged = others.reduce<PolarsExpression | undefined>((left, right) => {
        if (left?.kind !== 'columns' || right.kind !== 'columns')
          throw unsupported(`Several expressions in pl.${name}`, args.span)
        return { ...left, selector: { kind: 'union', left: left.selector, right: right.selector } }
      }, first)
      const receiver = merged ?? { kind: 'columns', selector: { kind: 'all' }, span: args.span }
      return expressionValue(
        callExpressionMethod(receiver, name, { args: [], keywords: [], span: args.span }, args.span),
      )
    },
  }
}

function allColumns(args: BoundArguments): Value {
  const names = args.expressions('names')
  if (names.length > 0) return columnMethod('all').run(args, { table: () => null, names: () => [] })
  return expressionValue({ kind: 'columns', selector: { kind: 'all' }, span: args.span })
}

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

/** A list of its own as rows. */
function exploded(list: PolarsExpression, args: BoundArguments): Value {
  return expressionValue(
    callExpressionMethod(list, 'explode', { args: [], keywords: [], span: args.span }, args.span),
  )
}

/** pl.date_range(start, end, "1d"): its own rows, with both ends. */
function timeRange(type: DataType): PlFunction {
  const name = type.kind === 'date' ? 'pl.date_range' : 'pl.datetime_range'
  const params = [
    required('start', 'column'),
    required('end', 'column'),
    optional('interval', 'any'),
    optional('closed', 'string'),
    optional('eager', 'bool'),
  ]
  const method: ElementMethod = element(name, params, (operands, node) => {
    const [start, end] = operands.map((operand) => castTo(operand.expression, types.timestamp))
    const { months, days, micros } = rangeStep(node.args)
    const step = literal({ months, days, micros }, types.interval)
    const list = call('generate_series', [start!, end!, step])
    return type.kind === 'date' ? castTo(list, listOf(types.date)) : list
  })
  return {
    params,
    run(args) {
      args.choice('closed', ['both'], 'both')
      return exploded({ kind: 'call', method, args, span: args.span }, args)
    },
  }
}

function rangeStep(args: BoundArguments): CalendarLength {
  const interval = args.value('interval')
  if (interval?.kind === 'expression' && interval.expression.kind === 'literal') {
    const { value, type } = interval.expression
    if (type?.kind === 'duration' && typeof value === 'bigint') return { months: 0, days: 0, micros: value }
  }
  return parseLength(args.string('interval', '1d'), args.span)
}

const formatMethod: ElementMethod = element(
  'pl.format',
  [required('f_string', 'string'), rest('args', 'columns')],
  (operands, node) => {
    const parts = node.args.string('f_string', '').split('{}')
    if (parts.length - 1 !== operands.length) {
      throw new LakebookError(
        'invalid_argument',
        `pl.format has ${parts.length - 1} places and ${operands.length} values`,
        { span: node.span },
      )
    }
    const texts = parts.flatMap((part, i) => {
      const operand = operands[i]
      return [
        literal(part, types.utf8),
        ...(operand === undefined ? [] : [polarsCast(operand.expression, types.utf8, false)]),
      ]
    })
    return texts.reduce((left, right) => call('||', [left, right]))
  },
)

function concat(args: BoundArguments): Value {
  const items = args.value('items')
  const list = items?.kind === 'list' ? items.items : []
  const frames = list.map((item) => {
    if (item.kind !== 'frame') {
      throw new LakebookError('type', `pl.concat takes a list of frames, not ${describeValue(item)}`, {
        span: args.span,
      })
    }
    return item.frame
  })
  const how = args.choice<ConcatHow>(
    'how',
    ['vertical', 'vertical_relaxed', 'diagonal', 'diagonal_relaxed', 'horizontal'],
    'vertical',
  )
  return { kind: 'frame', frame: concatFrames(frames, how, args.span) }
}

function reading(reader: FileFunction): PlFunction {
  return {
    params: readParameters[reader],
    run: (args, catalog) => ({ kind: 'frame', frame: readFiles(reader, args, catalog) }),
  }
}

const dataFrame: PlFunction = {
  params: [
    optional('data', 'any'),
    optional('schema', 'any'),
    optional('schema_overrides', 'any'),
    optional('strict', 'bool'),
  ],
  run: (args) => ({ kind: 'frame', frame: literalFrame(args) }),
}

const names = [rest('names', 'columns')]

const functions: Readonly<Record<string, PlFunction>> = {
  col: { params: [rest('name', 'any')], run: col },
  lit: {
    params: [required('value', 'any'), optional('dtype', 'dtype'), optional('allow_object', 'bool')],
    run: lit,
  },
  all: { params: names, run: allColumns },
  exclude: {
    params: [rest('columns', 'any')],
    run(args) {
      const excluded = args.strings('columns').reduce<ColumnSelector>(
        (left, name) => ({
          kind: 'union',
          left,
          right: name.startsWith('^')
            ? { kind: 'pattern', pattern: name }
            : { kind: 'names', names: [name], required: false },
        }),
        { kind: 'names', names: [], required: false },
      )
      return expressionValue({
        kind: 'columns',
        selector: { kind: 'difference', left: { kind: 'all' }, right: excluded },
        span: args.span,
      })
    },
  },
  nth: {
    params: [required('index', 'int')],
    run: (args) =>
      expressionValue({
        kind: 'columns',
        selector: { kind: 'position', index: args.int('index', 0) },
        span: args.span,
      }),
  },
  element: { params: [], run: (args) => expressionValue(elementNode(args.span)) },
  len: fromMethod(rowCountMethod),
  count: {
    params: names,
    run: (args, catalog) =>
      args.expressions('names').length === 0
        ? fromMethod(rowCountMethod).run(args, catalog)
        : columnMethod('count').run(args, catalog),
  },
  ...Object.fromEntries(
    [
      'sum',
      'mean',
      'min',
      'max',
      'median',
      'std',
      'var',
      'first',
      'last',
      'n_unique',
      'any',
      'cum_sum',
      'cum_count',
      'head',
      'tail',
      'implode',
    ].map((name) => [name, columnMethod(name)]),
  ),
  avg: columnMethod('mean'),
  int_ranges: fromMethod(intRangesMethod),
  int_range: { params: INT_RANGE, run: intRange },
  duration: fromMethod(durationMethod),
  struct: { ...fromMethod(structMethod), namedOutputs: true },
  date_range: timeRange(types.date),
  datetime_range: timeRange(types.timestamp),
  time: fromMethod(timeMethod),
  arange: { params: INT_RANGE, run: intRange },
  arctan2: fromMethod(
    element('pl.arctan2', [required('y', 'column'), required('x', 'column')], (operands) =>
      call(
        'atan2',
        operands.map((operand) => castTo(operand.expression, types.float64)),
      ),
    ),
  ),
  from_epoch: fromMethod(fromEpochMethod),
  quantile: {
    params: [
      required('column', 'column'),
      required('quantile', 'number'),
      optional('interpolation', 'string'),
    ],
    run(args) {
      const values = ['quantile', 'interpolation'].flatMap((name) => args.value(name) ?? [])
      return expressionValue(
        callExpressionMethod(
          args.expression('column'),
          'quantile',
          { args: values, keywords: [], span: args.span },
          args.span,
        ),
      )
    },
  },
  sql: {
    params: [required('query', 'string'), optional('eager', 'bool')],
    run: (args, catalog) => ({
      kind: 'frame',
      frame: sqlFrame(args.string('query', ''), catalog, catalog.frames?.() ?? new Map(), args.span),
    }),
  },
  date: fromMethod(dateMethod),
  datetime: fromMethod(datetimeMethod),
  format: fromMethod(formatMethod),
  concat: {
    params: [
      required('items', 'any'),
      optional('how', 'string'),
      optional('rechunk', 'bool'),
      optional('parallel', 'bool'),
    ],
    run: concat,
  },
  DataFrame: dataFrame,
  LazyFrame: dataFrame,
  select: {
    params: [rest('exprs', 'columns')],
    run: (args) => ({ kind: 'frame', frame: selectFrame(oneRow(), args.expressions('exprs'), args.span) }),
  },
  from_dict: dataFrame,
  from_dicts: dataFrame,
  read_parquet: reading('parquet'),
  scan_parquet: reading('parquet'),
  read_csv: reading('csv'),
  scan_csv: reading('csv'),
  read_json: reading('json'),
  read_ndjson: reading('ndjson'),
  scan_ndjson: reading('ndjson'),
  read_ipc: reading('arrow'),
  scan_ipc: reading('arrow'),
  ...Object.fromEntries(
    [
      ...foldMethods,
      ...horizontalMethods,
      ...aggregateMethods.filter((method) => method.name.startsWith('pl.')),
    ].map((method) => [method.name.slice(3), fromMethod(method)]),
  ),
}

/** Names under `pl.`, for completion and for the nearest one. */
export function plNames(): readonly string[] {
  return [...Object.keys(functions), ...Object.keys(DTYPES), 'List', 'when']
}

/** The parameters of each function, for the reference. */
export function plFunctionParameters(): ReadonlyMap<string, readonly Parameter[]> {
  return new Map(Object.entries(functions).map(([name, fn]) => [name, fn.params]))
}

/** `pl.Int64` and the like; null for what is no type. */
export function plType(name: string): Value | null {
  const type = DTYPES[name]
  return type === undefined ? null : { kind: 'dtype', type }
}

/** `pl.name(...)`. */
export function callPlFunction(
  name: string,
  given: GivenArguments,
  catalog: PolarsCatalog,
  nameSpan: SourceSpan | undefined,
): Value {
  if (Object.hasOwn(DTYPES, name) || name === 'List') {
    const keywords = new Map(given.keywords.map((keyword) => [keyword.name, keyword.value]))
    return { kind: 'dtype', type: parametrisedDtype(name, given.args, keywords, given.span) }
  }
  const fn = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (fn === undefined) {
    const known = plNames().map((one) => `pl.${one}`)
    throw unknownMethod(`The function \`pl.${name}\``, `pl.${name}`, known, nameSpan)
  }
  const bound = fn.namedOutputs === true ? withNamedOutputs(given) : given
  return fn.run(bindArguments(`pl.${name}`, fn.params, bound, null), catalog)
}
