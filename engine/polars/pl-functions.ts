import { types } from '../arrow/types.ts'
import type { FileFunction } from '../catalog/file-request.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { DTYPES, PARAMETRISED, parametrisedDtype } from './dtypes.ts'
import type { ElementMethod } from './expression-method.ts'
import { renameNode, type PolarsExpression } from './expression.ts'
import { isOneValue } from './frame.ts'
import { callExpressionMethod } from './method-registry.ts'
import { aggregateMethods, rowCountMethod } from './methods/aggregates.ts'
import { element } from './methods/elements.ts'
import { elementNode } from './methods/list-eval.ts'
import { structMethod } from './methods/structs.ts'
import { durationMethod } from './methods/time.ts'
import { dateMethod, datetimeMethod, fromEpochMethod, timeMethod } from './methods/time-makers.ts'
import { call, castTo, literal } from './lowered.ts'
import { oneRow } from './literal-frame.ts'
import { withNamedOutputs } from './named-outputs.ts'
import { outputName } from './outputs.ts'
import { sqlFrame } from './sql-frame.ts'
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
import { selectFrame } from './select.ts'
import { selectorForNames, type ColumnSelector } from './selector.ts'
import { toExpression, type Value } from './values.ts'
import { expressionValue, fromMethod, type PlFunction } from './pl-function.ts'
import { columnFunctions } from './pl-columns.ts'
import { frameFunctions } from './pl-frames.ts'
import { rangeFunctions } from './pl-ranges.ts'
import { writtenList } from './written-list.ts'

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
  else if (value?.kind === 'scalar' || (value?.kind === 'frame' && isOneValue(value.frame)))
    expression = toExpression(value, 'literal', args.span)
  else if (value?.kind === 'list' && value.items.length > 0)
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
      const selectors = [first, ...others].flatMap((one) => (one?.kind === 'columns' ? [one.selector] : []))
      if (others.length > 0 && selectors.length <= others.length)
        throw unsupported(`Several expressions in pl.${name}`, args.span)
      const merged: PolarsExpression | undefined =
        others.length === 0
          ? first
          : { kind: 'columns', selector: { kind: 'sequence', selectors }, span: args.span }
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

function reading(reader: FileFunction): PlFunction {
  return {
    params: readParameters[reader],
    run: (args, catalog) => ({ kind: 'frame', frame: readFiles(reader, args, catalog) }),
  }
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
    params: [rest('indices', 'any'), optional('strict', 'bool')],
    run(args) {
      const given = args.value('indices')
      const places = (given?.kind === 'list' ? given.items : []).map((item): ColumnSelector => {
        if (item.kind === 'scalar' && typeof item.value === 'bigint')
          return { kind: 'position', index: Number(item.value) }
        throw args.invalid('indices', 'whole numbers')
      })
      if (places.length === 0) throw args.invalid('indices', 'at least one number')
      const selector: ColumnSelector = { kind: 'sequence', selectors: places }
      return expressionValue({ kind: 'columns', selector, span: args.span })
    },
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
      'approx_n_unique',
      'cum_sum',
      'cum_min',
      'cum_max',
      'cum_prod',
      'cum_count',
      'head',
      'tail',
      'implode',
    ].map((name) => [name, columnMethod(name)]),
  ),
  avg: columnMethod('mean'),
  duration: {
    params: durationMethod.params,
    run(args) {
      const length: PolarsExpression = { kind: 'call', method: durationMethod, args, span: args.span }
      if (args.operands().every((part) => part.kind === 'literal')) return expressionValue(length)
      // of its parts, weeks come first
      const [weeks] = args.expressions('weeks')
      const name = weeks === undefined ? 'literal' : outputName(weeks, [])
      return expressionValue(renameNode(length, () => name))
    },
  },
  struct: { ...fromMethod(structMethod), namedOutputs: true },
  time: fromMethod(timeMethod),
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
  select: {
    params: [rest('exprs', 'columns')],
    run: (args) => ({ kind: 'frame', frame: selectFrame(oneRow(), args.expressions('exprs'), args.span) }),
  },
  ...rangeFunctions,
  ...frameFunctions,
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
    aggregateMethods
      .filter((method) => method.name.startsWith('pl.'))
      .map((method) => [method.name.slice(3), fromMethod(method)]),
  ),
  ...columnFunctions,
}

/** Names under `pl.`, for completion and for the nearest one. */
export function plNames(): readonly string[] {
  return [...Object.keys(functions), ...Object.keys(DTYPES), ...PARAMETRISED, 'when']
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
  if (Object.hasOwn(DTYPES, name) || PARAMETRISED.includes(name)) {
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
