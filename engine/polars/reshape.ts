import { typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Column, Expression, LogicalPlan, Unnest } from '../plan/plan.ts'
import { apartFrom } from './apart-frame.ts'
import { ascending, inOrder, projectFrame, withOrdinal, type Frame } from './frame.ts'
import { and, call, castTo, literal } from './lowered.ts'
import { supertype } from './supertype.ts'

/** frame.explode(...): one row for each item; a row whose list is empty or null stays, with null. */
export function explodeFrame(
  given: Frame,
  columns: readonly Column[],
  span: SourceSpan | undefined,
  kept: { readonly empty: boolean; readonly nulls: boolean } = { empty: true, nulls: true },
): Frame {
  const frame = withLists(given, columns, kept, span)
  const outputs = new Map<Column, Column>()
  const items: { output: Column; expression: ReturnType<typeof columnReference> }[] = []
  for (const column of columns) {
    if (column.type.kind !== 'list') {
      throw new LakebookError('type', `"${column.name}" is ${typeName(column.type)}, not a list`, { span })
    }
    const output = newColumn(column.name, column.type.item, true)
    outputs.set(column, output)
    items.push({ output, expression: columnReference(column) })
  }
  let plan: LogicalPlan = { kind: 'unnest', input: frame.plan, items, keepEmpty: true } satisfies Unnest
  let order = frame.order
  if (order !== null) {
    const position = newColumn('item order', types.int64, false)
    plan = { kind: 'row_number', input: plan, output: position }
    order = { keys: [...order.keys, ascending(columnReference(position))], total: order.total }
  }
  const exploded: Frame = { plan, columns: frame.columns, order }
  return projectFrame(
    exploded,
    frame.columns.map((column) => ({
      name: column.name,
      expression: columnReference(outputs.get(column) ?? column),
    })),
  )
}

/** Without the rows that are not to be kept. Lists of different lengths in one row fail the query. */
function withLists(
  frame: Frame,
  columns: readonly Column[],
  kept: { readonly empty: boolean; readonly nulls: boolean },
  span: SourceSpan | undefined,
): Frame {
  const [first, ...others] = columns.filter(({ type }) => type.kind === 'list').map(columnReference)
  if (first === undefined) return frame
  const isEmpty = call('=', [call('len', [first]), literal(0n, types.int64)])
  const conditions = [
    ...(kept.nulls ? [] : [call('is_not_null', [first])]),
    ...(kept.empty ? [] : [call('coalesce', [call('not', [isEmpty]), literal(true, types.bool)])]),
  ]
  if (others.length > 0) {
    // null and empty lists are one row both
    const rows = (list: Expression) =>
      call('greatest', [
        call('coalesce', [call('len', [list]), literal(1n, types.int64)]),
        literal(1n, types.int64),
      ])
    const areSame = others.map((other) => call('=', [rows(first), rows(other)]))
    const message = literal('exploded columns have lists of different lengths in one row', types.utf8)
    conditions.push(call('ensure', [literal(true, types.bool), and(areSame), message], span))
  }
  if (conditions.length === 0) return frame
  return { ...frame, plan: { kind: 'filter', input: frame.plan, predicate: and(conditions) } }
}

export type ConcatHow = 'vertical' | 'vertical_relaxed' | 'diagonal' | 'diagonal_relaxed' | 'horizontal'

/** pl.concat([...]): the frames' rows one after the other. */
export function concatFrames(frames: readonly Frame[], how: ConcatHow, span: SourceSpan | undefined): Frame {
  const [first, ...others] = frames
  if (first === undefined)
    throw new LakebookError('invalid_argument', 'pl.concat needs at least one frame', { span })
  if (how === 'horizontal') {
    return others.reduce((left, right) => {
      checkOtherNames(left, right, span)
      return besideFrame(left, right).frame
    }, first)
  }
  const isDiagonal = how.startsWith('diagonal')
  const isRelaxed = how.endsWith('relaxed')
  const names = isDiagonal
    ? [...new Set(frames.flatMap((frame) => frame.columns.map((column) => column.name)))]
    : first.columns.map((column) => column.name)
  if (!isDiagonal) for (const frame of others) checkSameNames(first, frame, span)
  const columns = names.map((name) => {
    const found = frames.map((frame) => frame.columns.find((column) => column.name === name))
    const nullable = found.some((column) => column === undefined || column.nullable)
    return newColumn(name, commonType(name, found, isRelaxed, span), nullable)
  })
  const inputs = frames.map((frame) => {
    const aligned = columns.map((column) => {
      const own = frame.columns.find((candidate) => candidate.name === column.name)
      const expression =
        own === undefined ? literal(null, column.type) : castTo(columnReference(own), column.type)
      return { name: column.name, expression }
    })
    return withoutHidden(inOrder(projectFrame(frame, aligned)))
  })
  return { plan: { kind: 'union', inputs, columns }, columns, order: null }
}

function withoutHidden(frame: Frame): LogicalPlan {
  const items = frame.columns.map((output) => ({ output, expression: columnReference(output) }))
  return { kind: 'project', input: frame.plan, items }
}

function checkSameNames(first: Frame, frame: Frame, span: SourceSpan | undefined): void {
  const [wanted, got] = [first, frame].map((one) => one.columns.map((column) => column.name))
  if (wanted!.length === got!.length && wanted!.every((name, i) => name === got![i])) return
  throw new LakebookError(
    'schema_mismatch',
    `pl.concat needs frames of the same columns: ${wanted!.join(', ')} against ${got!.join(', ')}`,
    { span, hint: 'Select the same columns in the same order first, or use how="diagonal".' },
  )
}

function commonType(
  name: string,
  columns: readonly (Column | undefined)[],
  isRelaxed: boolean,
  span: SourceSpan | undefined,
): DataType {
  const kinds = columns.flatMap((column) => (column === undefined ? [] : [column.type]))
  return kinds.reduce((left, right) => {
    const met = supertype(left, right)
    const isSame = left.kind === right.kind || left.kind === 'null' || right.kind === 'null'
    if (met !== null && (isRelaxed || isSame)) return met
    throw new LakebookError(
      'schema_mismatch',
      `"${name}" is ${typeName(left)} in one frame and ${typeName(right)} in another`,
      { span, hint: 'Cast one of them, or use how="vertical_relaxed".' },
    )
  })
}

function checkOtherNames(left: Frame, right: Frame, span: SourceSpan | undefined): void {
  const clash = right.columns.find((column) => left.columns.some((other) => other.name === column.name))
  if (clash === undefined) return
  throw new LakebookError('invalid_argument', `Both frames have a column "${clash.name}"`, {
    span,
    hint: 'Rename one of them.',
  })
}

interface Beside {
  readonly frame: Frame
  /** The number of the row on either side; null where the side has no more rows. */
  readonly places: readonly Column[]
}

/** Columns side by side, row by row. */
function besideFrame(left: Frame, given: Frame): Beside {
  const right = apartFrom(left, given)
  const [a, b] = [numbered(left), numbered(right)]
  const keys = [{ left: columnReference(a.number), right: columnReference(b.number), nullSafe: false }]
  const plan: LogicalPlan = {
    kind: 'join',
    type: 'full',
    left: a.plan,
    right: b.plan,
    keys,
    residual: null,
    mark: null,
    buildSide: 'right',
  }
  const columns = [...left.columns, ...right.columns].map((column) => ({ ...column, nullable: true }))
  const orderKeys = [a, b].map(({ number }) => ({
    ...ascending(columnReference({ ...number, nullable: true })),
    nullsFirst: false,
  }))
  const places = [a, b].map(({ number }) => ({ ...number, nullable: true }))
  return { frame: { plan, columns, order: { keys: orderKeys, total: true } }, places }
}

/** Columns of frames that have as many rows, side by side. Another number of rows fails the query. */
export function equalBeside(left: Frame, right: Frame, span: SourceSpan | undefined): Frame {
  const { frame, places } = besideFrame(left, right)
  const areThere = places.map((place) => call('is_not_null', [columnReference(place)]))
  const message = literal('columns side by side have different numbers of rows', types.utf8)
  const predicate = call('ensure', [literal(true, types.bool), and(areThere), message], span)
  return { ...frame, plan: { kind: 'filter', input: frame.plan, predicate } }
}

/** The rows numbered 1, 2, 3, … in their order. */
function numbered(frame: Frame): { readonly plan: LogicalPlan; readonly number: Column } {
  const { frame: ordered, ordinal } = withOrdinal(frame)
  const number = newColumn('row number', types.int64, false)
  const plan: LogicalPlan = {
    kind: 'window',
    input: ordered.plan,
    partitionBy: [],
    orderBy: [ascending(columnReference(ordinal))],
    calls: [
      {
        fn: 'row_number',
        args: [],
        frame: {
          unit: 'rows',
          start: { kind: 'unbounded_preceding' },
          end: { kind: 'current_row' },
          exclude: 'none',
        },
        filter: null,
        ignoreNulls: false,
        output: number,
      },
    ],
  }
  return { plan, number }
}
