import { typeName, types } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, Expression, Join, SortKey } from '../plan/plan.ts'
import { apartFrom } from './apart-frame.ts'
import type { PolarsExpression } from './expression.ts'
import { projectFrame, withTotalOrder, type Frame, type NamedExpression } from './frame.ts'
import { call, int64, literal, lowered } from './lowered.ts'
import { Lowering } from './lowering.ts'
import { expandOutputs } from './outputs.ts'
import { WHOLE_PARTITION } from './stage.ts'
import { unify } from './supertype.ts'

export type JoinHow = 'inner' | 'left' | 'right' | 'full' | 'outer' | 'semi' | 'anti' | 'cross'

export interface JoinOptions {
  readonly how: JoinHow
  /** Whose order of rows goes first; without it the left's. */
  readonly first?: 'left' | 'right'
  readonly leftOn: readonly PolarsExpression[]
  readonly rightOn: readonly PolarsExpression[]
  /** Behind names of the right that the left has too; without it `_right`. */
  readonly suffix?: string
  readonly nullsEqual?: boolean
  /** Which sides' keys may not repeat; without it either may. */
  readonly unique?: { readonly left: boolean; readonly right: boolean }
  /** Key columns of both sides as one; without it as the kind of join has it. */
  readonly coalesce?: boolean | undefined
  readonly span: SourceSpan | undefined
}

interface Side {
  readonly frame: Frame
  readonly keys: readonly NamedExpression[]
}

function lowerSide(frame: Frame, on: readonly PolarsExpression[], unique: string | null): Side {
  const lowering = new Lowering(withTotalOrder(frame))
  const keys = expandOutputs(on, frame.columns).map(({ name, expression }) => ({
    name,
    expression: lowering.row(expression),
  }))
  if (unique === null || keys.length === 0) return { frame: lowering.stage.finish(), keys }
  const partitionBy = keys.map((key) => key.expression)
  const count = lowering.stage.window('count_star', [], { partitionBy, orderBy: [] }, WHOLE_PARTITION)
  const message = literal(
    `join: the keys of the ${unique} frame repeat, which \`validate\` forbids`,
    types.utf8,
  )
  const predicate = call('ensure', [literal(true, types.bool), call('=', [count, int64(1)]), message])
  const staged = lowering.stage.finish()
  return { frame: { ...staged, plan: { kind: 'filter', input: staged.plan, predicate } }, keys }
}

/** left.join(right, ...), in the order of the left rows (of the right rows for a right join). */
export function joinFrames(leftFrame: Frame, rightFrame: Frame, options: JoinOptions): Frame {
  const { how, nullsEqual = false, unique, span } = options
  const left = lowerSide(leftFrame, options.leftOn, unique?.left ? 'left' : null)
  const right = lowerSide(apartFrom(left.frame, rightFrame), options.rightOn, unique?.right ? 'right' : null)
  if (left.keys.length !== right.keys.length) {
    throw new LakebookError(
      'invalid_argument',
      `join has ${left.keys.length} keys on the left and ${right.keys.length} on the right`,
      { span },
    )
  }
  if ((how === 'cross') !== (left.keys.length === 0)) {
    throw new LakebookError(
      'invalid_argument',
      how === 'cross' ? 'A cross join has no keys' : 'join needs `on`, or `left_on` and `right_on`',
      { span },
    )
  }
  const keys = left.keys.map((key, i) => joinKey(key, right.keys[i]!, nullsEqual, span))
  const type = how === 'cross' ? 'inner' : how === 'outer' ? 'full' : how
  const plan: Join = {
    kind: 'join',
    type,
    left: left.frame.plan,
    right: right.frame.plan,
    keys,
    residual: null,
    mark: null,
    buildSide: 'right',
  }
  const produced = new Map(outputColumns(plan).map((column) => [column.id, column]))
  const read = (column: Column): Expression => columnReference(produced.get(column.id) ?? column)
  const keysOf = (side: Side) => sideOrder(side.frame, produced)
  if (how === 'semi' || how === 'anti') {
    return { plan, columns: left.frame.columns, order: left.frame.order }
  }
  const order =
    options.first === 'right' ? [...keysOf(right), ...keysOf(left)] : [...keysOf(left), ...keysOf(right)]
  const joined: Frame = { plan, columns: [], order: { keys: order, total: true } }
  return projectFrame(joined, outputsOf(left, right, options, read))
}

function joinKey(
  left: NamedExpression,
  right: NamedExpression,
  nullSafe: boolean,
  span: SourceSpan | undefined,
) {
  const [a, b] = [left.expression.type, right.expression.type]
  const unified = unify([lowered(left.expression), lowered(right.expression)])
  const isMixed = a.kind !== b.kind && (a.kind.startsWith('float') || b.kind.startsWith('float'))
  if (unified === null || isMixed) {
    throw new LakebookError(
      'type',
      `join keys have different types: "${left.name}" is ${typeName(a)}, "${right.name}" is ${typeName(b)}`,
      {
        span: left.expression.span ?? span,
        hint: 'Cast one of them with .cast(...).',
      },
    )
  }
  return { left: unified.operands[0]!.expression, right: unified.operands[1]!.expression, nullSafe }
}

/** The side's order among the joined rows; rows without a partner on that side come last. */
function sideOrder(frame: Frame, produced: ReadonlyMap<number, Column>): SortKey[] {
  const keys = frame.order?.keys ?? []
  const first = keys[0]?.expression
  const isOuter = first?.kind === 'column' && !first.nullable && produced.get(first.id)?.nullable === true
  return keys.map((key): SortKey => {
    const column = key.expression.kind === 'column' ? produced.get(key.expression.id) : undefined
    const expression = column === undefined ? key.expression : columnReference(column)
    return { ...key, expression, nullsFirst: isOuter ? false : key.nullsFirst }
  })
}

function outputsOf(
  left: Side,
  right: Side,
  options: JoinOptions,
  read: (column: Column) => Expression,
): NamedExpression[] {
  const { how, suffix = '_right' } = options
  const coalesce = options.coalesce ?? (how !== 'full' && how !== 'outer')
  const isKey = (side: Side, column: Column) =>
    side.keys.some((key) => key.expression.kind === 'column' && key.expression.id === column.id)
  // a key that is computed stands for no column, so its partner stays
  const isShared = (column: Column) => {
    const place = (side: Side) =>
      side.keys.findIndex((key) => key.expression.kind === 'column' && key.expression.id === column.id)
    const index = Math.max(place(left), place(right))
    return [left, right].every((side) => side.keys[index]?.expression.kind === 'column')
  }
  const dropsLeft = how === 'right' && coalesce
  const dropsRight = how !== 'cross' && coalesce && !dropsLeft
  const outputs: NamedExpression[] = []
  for (const column of left.frame.columns) {
    if (dropsLeft && isKey(left, column) && isShared(column)) continue
    outputs.push({ name: column.name, expression: leftValue(left, right, column, options, coalesce, read) })
  }
  const names = new Set(left.frame.columns.map((column) => column.name))
  if (dropsLeft) for (const column of left.frame.columns) if (isKey(left, column)) names.delete(column.name)
  for (const column of right.frame.columns) {
    if (dropsRight && isKey(right, column) && isShared(column)) continue
    const name = names.has(column.name) ? `${column.name}${suffix}` : column.name
    if (outputs.some((output) => output.name === name)) {
      throw new LakebookError('invalid_argument', `The joined frame would have two columns "${name}"`, {
        span: options.span,
        hint: 'Choose another suffix=.',
      })
    }
    outputs.push({ name, expression: read(column) })
  }
  return outputs
}

/** The left column; in a coalesced full join its key takes the right one's value where the left has none. */
function leftValue(
  left: Side,
  right: Side,
  column: Column,
  { how }: JoinOptions,
  coalesce: boolean,
  read: (column: Column) => Expression,
): Expression {
  const value = read(column)
  if (!coalesce || (how !== 'full' && how !== 'outer')) return value
  const index = left.keys.findIndex(
    (key) => key.expression.kind === 'column' && key.expression.id === column.id,
  )
  const other = right.keys[index]?.expression
  if (other?.kind !== 'column') return value
  const partner = right.frame.columns.find((candidate) => candidate.id === other.id)
  return partner === undefined ? value : call('coalesce', [value, read(partner)])
}
