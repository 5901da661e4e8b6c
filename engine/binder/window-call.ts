import { decimal, isNumeric, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { isWindowFunction, resolveWindow } from '../functions/window-signatures.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Expression, FrameBound, RangeLimits, SortKey, WindowFrame } from '../plan/plan.ts'
import type { SqlFrame, SqlFrameBound, SqlFunctionCall, SqlWindow } from '../sql/ast.ts'
import { castArguments } from './cast-arguments.ts'
import { castTo, literal, toCondition } from './coerce.ts'
import { bindDistinctWindow } from './distinct-window.ts'
import { atSpan } from './environment.ts'
import type { ExpressionContext, WindowCollector } from './expression-context.ts'
import { allOf, makeAggregate, type PlainAggregate } from './make-aggregate.ts'
import { bindOrderedWindow } from './ordered-window.ts'
import { outputName } from './output-name.ts'
import { scalarCall } from './scalar-call.ts'
import { bindSortKey, type Bind } from './sort-key.ts'

/** A call with OVER: a window function, or an aggregate over a window. */
export function bindWindowCall(context: ExpressionContext, sql: SqlFunctionCall, bind: Bind): Expression {
  const { windows } = context
  if (!windows) {
    throw new LakebookError('type', `The window function ${sql.name} has no place in ${context.clause}`, {
      span: sql.span,
      hint: 'Compute it in a subquery, or filter its result with QUALIFY.',
    })
  }
  if (sql.orderBy.length > 0) return bindOrderedWindow(context, sql, bind)
  const inner: ExpressionContext = {
    ...context,
    windows: null,
    unnests: null,
    clause: `the argument of ${sql.name}`,
  }
  const isStar = sql.name.toLowerCase() === 'count' && sql.args.length === 0
  const name = isStar ? 'count_star' : sql.name
  const args = sql.args.map((arg) => bind(inner, arg))
  const filter = sql.filter && toCondition(bind(inner, sql.filter), 'FILTER')
  const window = resolveNamed(windows, sql.over!, sql.span)
  const partitionBy = window.partitionBy.map((each) => bind(inner, each))
  const orderBy = window.orderBy.map((key) => bindSortKey(inner, key, bind))
  const frame = bindFrame(inner, window.frame, orderBy, bind, sql.span)
  const beginsWithPartition = frame.start.kind === 'unbounded_preceding' && frame.exclude === 'none'
  if (sql.distinct && !beginsWithPartition && !isWindowFunction(name))
    return bindDistinctWindow(context, sql, bind)
  const add = (resolved: PlainAggregate, condition: Expression | null): Expression =>
    windows.add({
      partitionBy,
      orderBy,
      call: {
        fn: resolved.fn,
        args: resolved.args,
        frame,
        filter: sql.distinct
          ? onlyFirst(windows, { args: resolved.args, filter: condition, partitionBy, orderBy }, sql.span)
          : condition,
        ignoreNulls: sql.ignoreNulls,
        output: newColumn(outputName(sql), resolved.type, resolved.nullable || resolved.fn === 'sum'),
        span: sql.span,
      },
    })
  if (!isWindowFunction(name)) {
    return makeAggregate(
      name,
      args,
      (resolved, more = {}) => {
        if (more.orderBy) throw unsupported(`${sql.name} of so many values over a window`, sql.span)
        return add(resolved, allOf([filter, more.where ?? null]))
      },
      sql.span,
    )
  }
  const resolved = atSpan(sql.span, () =>
    resolveWindow(
      name,
      args.map((arg) => arg.type),
    ),
  )
  if (sql.filter || sql.distinct) {
    throw new LakebookError(
      'type',
      `${resolved.fn} is not an aggregate, so it has no FILTER and no DISTINCT`,
      {
        span: sql.span,
      },
    )
  }
  return add({ ...resolved, args: castArguments(resolved.fn, args, resolved.argTypes) }, null)
}

/**
 * DISTINCT as a filter: only the first row of a partition that has a value counts, which is right for frames that begin
 * with the partition.
 */
function onlyFirst(
  windows: WindowCollector,
  call: {
    readonly args: readonly Expression[]
    readonly filter: Expression | null
    readonly partitionBy: readonly Expression[]
    readonly orderBy: readonly SortKey[]
  },
  span: SourceSpan | undefined,
): Expression {
  const { args, filter, partitionBy, orderBy } = call
  const number = windows.add({
    partitionBy: [...partitionBy, ...args, ...(filter === null ? [] : [filter])],
    orderBy,
    call: {
      fn: 'row_number',
      args: [],
      frame: wholePartition,
      filter: null,
      ignoreNulls: false,
      output: newColumn('row_number', types.int64, false),
      span,
    },
  })
  const isFirst = scalarCall('=', [number, literal(1n, types.int64)], span)
  return filter === null ? isFirst : scalarCall('and', [filter, isFirst], span)
}

const wholePartition: WindowFrame = {
  unit: 'rows',
  start: { kind: 'unbounded_preceding' },
  end: { kind: 'unbounded_following' },
  exclude: 'none',
}

function resolveNamed(
  windows: WindowCollector,
  over: NonNullable<SqlFunctionCall['over']>,
  span: SourceSpan | undefined,
): SqlWindow {
  const find = (name: string): SqlWindow => {
    const found = windows.named.get(name.toLowerCase())
    if (!found)
      throw new LakebookError('unknown_column', `There is no window "${name}"`, {
        span,
        hint: 'Define it with WINDOW name AS (…).',
      })
    return found
  }
  if ('name' in over) return resolveNamed(windows, find(over.name), span)
  if (!over.base) return over
  const base = resolveNamed(windows, find(over.base.name), span)
  return {
    base: null,
    partitionBy: base.partitionBy,
    orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy,
    frame: over.frame ?? base.frame,
  }
}

/** With ORDER BY the frame runs to the current row and its peers, else it is the whole partition. */
function bindFrame(
  context: ExpressionContext,
  frame: SqlFrame | null,
  orderBy: readonly SortKey[],
  bind: Bind,
  span: SourceSpan | undefined,
): WindowFrame {
  if (!frame) {
    if (orderBy.length === 0) return wholePartition
    return { ...wholePartition, unit: 'range', end: { kind: 'current_row' } }
  }
  if (frame.unit === 'groups' && orderBy.length === 0) {
    throw new LakebookError('type', 'GROUPS needs ORDER BY in its window', { span })
  }
  const convert = (bound: SqlFrameBound): FrameBound => {
    if (bound.kind === 'current_row') return bound
    if (!bound.offset)
      return { kind: bound.kind === 'preceding' ? 'unbounded_preceding' : 'unbounded_following' }
    const offset = bind(context, bound.offset)
    return { kind: bound.kind, offset: frame.unit === 'range' ? offset : castTo(offset, types.int64) }
  }
  const { unit, exclude } = frame
  const start = convert(frame.start)
  const end: FrameBound = frame.end ? convert(frame.end) : { kind: 'current_row' }
  if (unit !== 'range' || !('offset' in start || 'offset' in end)) return { unit, start, end, exclude }
  return withLimits({ unit, start, end, exclude }, orderBy, span)
}

/** Says what the rows of a RANGE frame are compared with. Offsets get the type of the distance between two keys. */
function withLimits(
  frame: WindowFrame,
  orderBy: readonly SortKey[],
  span: SourceSpan | undefined,
): WindowFrame {
  const [order] = orderBy
  if (!order || orderBy.length !== 1) {
    throw new LakebookError('type', 'RANGE with an offset needs exactly one ORDER BY expression', { span })
  }
  const { expression, descending, nullsFirst } = order
  const isNumber = isNumeric(expression.type)
  const type = comparedType(expression.type)
  const key = castTo(expression, type)
  const distance = (bound: FrameBound): FrameBound =>
    'offset' in bound ? { ...bound, offset: castTo(bound.offset, isNumber ? type : types.interval) } : bound
  const start = distance(frame.start)
  const end = distance(frame.end)
  const limit = (bound: FrameBound): Expression | null => {
    if (!('offset' in bound)) return null
    const back = (bound.kind === 'preceding') !== descending
    return castTo(scalarCall(back ? '-' : '+', [key, bound.offset], span), type)
  }
  const range: RangeLimits = { key, start: limit(start), end: limit(end), descending, nullsFirst }
  return { ...frame, start, end, range }
}

/** A type in which keys and distances add up without overflow, where there is one. */
function comparedType(type: DataType): DataType {
  switch (type.kind) {
    case 'int8':
    case 'uint8':
    case 'int16':
    case 'uint16':
    case 'int32':
    case 'uint32':
      return types.int64
    case 'int64':
    case 'uint64':
      return types.hugeint
    case 'decimal':
      return decimal(38, type.scale)
    case 'float32':
      return types.float64
    case 'date':
      return types.timestamp
    default:
      return type
  }
}
