import { types } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { makeJoin } from '../plan/make-join.ts'
import { outputColumns } from '../plan/output.ts'
import { substitute } from '../plan/expression-tree.ts'
import { columnsOf, outputIds } from '../plan/plan-tree.ts'
import type { Column, Expression, LogicalPlan, SortKey, Window } from '../plan/plan.ts'
import { booleanCall, literal } from './coerce.ts'
import { readShared, sharedRows } from './common-tables.ts'
import type { BoundFrom } from './from.ts'

type Inequality = '>=' | '>' | '<=' | '<'

const mirrored: Readonly<Record<Inequality, Inequality>> = { '>=': '<=', '>': '<', '<=': '>=', '<': '>' }

interface AsofCondition {
  readonly keys: readonly { readonly left: Expression; readonly right: Expression }[]
  /** `left op right`. */
  readonly op: Inequality
  readonly left: Expression
  readonly right: Expression
}

/**
 * Each left row with the nearest right row that meets the inequality. Both sides are put into one sequence by time, in
 * which the last right row before a left one is its match; its number then fetches its columns.
 */
export function asofJoin(
  left: BoundFrom,
  right: BoundFrom,
  conditions: readonly Expression[],
  keepsLeft: boolean,
  span: SourceSpan | undefined,
): BoundFrom {
  const condition = readCondition(left, right, conditions, span)
  const rowNumber = newColumn('row_number', types.int64, false)
  const rows = sharedRows(
    'right side of ASOF',
    { kind: 'row_number', input: right.plan, output: rowNumber },
    true,
  )
  const sources = outputColumns(rows.plan)
  const candidates = copyOf(readShared(rows), sources, rowNumber, right)
  const { op, keys } = condition
  const isForward = op === '<=' || op === '<'
  const rightFirst = op === '>=' || op === '<='
  const width = keys.length
  const own = outputColumns(left.plan)
  const leftItems = [
    ...keys.map((key) => key.left),
    condition.left,
    side(rightFirst ? 1n : 0n),
    literal(null, types.int64),
    ...own.map(columnReference),
  ]
  const rightKeys = [...keys.map((key) => key.right), condition.right].map(candidates.replace)
  const rightItems = [
    ...rightKeys,
    side(rightFirst ? 0n : 1n),
    columnReference(candidates.number),
    ...own.map((column) => literal(null, column.type)),
  ]
  const present = rightKeys.map((key) => booleanCall('is_not_null', [key], false))
  const usable: LogicalPlan = {
    kind: 'filter',
    input: candidates.plan,
    predicate: present.reduce((all, each) => booleanCall('and', [all, each], false)),
  }
  const columns = leftItems.map((item) => newColumn('asof', item.type, true))
  const union: LogicalPlan = {
    kind: 'union',
    inputs: [projected(left.plan, leftItems), projected(usable, rightItems)],
    columns,
  }
  const [time, sideColumn, number] = columns.slice(width) as [Column, Column, Column]
  const found = newColumn('match', types.int64, true)
  const ascending = (column: Column, descending = false): SortKey => ({
    expression: columnReference(column),
    descending,
    nullsFirst: false,
  })
  const window: Window = {
    kind: 'window',
    input: union,
    partitionBy: columns.slice(0, width).map(columnReference),
    orderBy: [ascending(time, isForward), ascending(sideColumn)],
    calls: [
      {
        fn: 'last_value',
        args: [columnReference(number)],
        frame: {
          unit: 'rows',
          start: { kind: 'unbounded_preceding' },
          end: { kind: 'current_row' },
          exclude: 'none',
        },
        filter: null,
        ignoreNulls: true,
        output: found,
      },
    ],
  }
  const isLeft = booleanCall('=', [columnReference(sideColumn), side(rightFirst ? 1n : 0n)], false)
  const match: Expression = {
    kind: 'case',
    branches: [
      { when: booleanCall('is_not_null', [columnReference(time)], false), then: columnReference(found) },
    ],
    otherwise: null,
    type: types.int64,
    nullable: true,
  }
  const shown = columns.slice(width + 3)
  const matched = newColumn('match', types.int64, true)
  const kept = own.map((column) => newColumn(column.name, column.type, column.nullable))
  const leftRows: LogicalPlan = {
    kind: 'project',
    input: { kind: 'filter', input: window, predicate: isLeft },
    items: [
      ...kept.map((output, index) => ({ output, expression: columnReference(shown[index]!) })),
      { output: matched, expression: match },
    ],
  }
  const again = copyOf(readShared(rows), sources, rowNumber, right)
  const equal = booleanCall('=', [columnReference(matched), columnReference(again.number)])
  const plan = makeJoin(keepsLeft ? 'left' : 'inner', leftRows, again.plan, [equal])
  const byId = new Map([...own.map((column, index) => [column.id, kept[index]!] as const), ...again.columns])
  const output = new Map(outputColumns(plan).map((column) => [column.id, column]))
  const scope = [...left.columns, ...right.columns].map((each) => {
    const column = byId.get(each.column.id)!
    return { ...each, column: output.get(column.id) ?? column }
  })
  return { plan, columns: scope }
}

function side(value: bigint): Expression {
  return literal(value, types.int32)
}

function projected(input: LogicalPlan, expressions: readonly Expression[]): LogicalPlan {
  const items = expressions.map((expression) => ({
    output: newColumn('asof', expression.type, true),
    expression,
  }))
  return { kind: 'project', input, items }
}

/** The right rows once more, with what their columns are called there. */
function copyOf(plan: LogicalPlan, sources: readonly Column[], number: Column, right: BoundFrom) {
  const copies = outputColumns(plan)
  const columns = new Map(sources.map((column, index) => [column.id, copies[index]!]))
  const scope = new Map(right.columns.map(({ column }) => [column.id, columns.get(column.id)!]))
  const replace = (expression: Expression): Expression => substituteColumns(expression, columns)
  return { plan, columns: scope, number: columns.get(number.id)!, replace }
}

function substituteColumns(expression: Expression, columns: ReadonlyMap<number, Column>): Expression {
  return substitute(expression, new Map([...columns].map(([id, column]) => [id, columnReference(column)])))
}

/** Equalities and one inequality, each with the left side's expression first. */
function readCondition(
  left: BoundFrom,
  right: BoundFrom,
  conditions: readonly Expression[],
  span: SourceSpan | undefined,
): AsofCondition {
  const leftIds = outputIds(left.plan)
  const rightIds = outputIds(right.plan)
  const reads = (expression: Expression, ids: ReadonlySet<number>) =>
    [...columnsOf(expression)].every((id) => ids.has(id)) && columnsOf(expression).size > 0
  const keys: { left: Expression; right: Expression }[] = []
  let inequality: Pick<AsofCondition, 'op' | 'left' | 'right'> | null = null
  for (const each of conditions) {
    const wrong = (message: string) =>
      new LakebookError('invalid_argument', message, {
        span: each.span ?? span,
        hint: 'Write ASOF JOIN … ON left.key = right.key AND left.time >= right.time.',
      })
    if (each.kind !== 'call' || each.args.length !== 2)
      throw wrong('ASOF JOIN takes comparisons of both sides')
    const [a, b] = each.args as [Expression, Expression]
    const inOrder = reads(a, leftIds) && reads(b, rightIds)
    if (!inOrder && !(reads(b, leftIds) && reads(a, rightIds)))
      throw wrong('ASOF JOIN takes comparisons of both sides')
    const [onLeft, onRight] = inOrder ? [a, b] : [b, a]
    if (each.fn === '=') {
      keys.push({ left: onLeft, right: onRight })
      continue
    }
    if (!Object.hasOwn(mirrored, each.fn)) throw wrong('ASOF JOIN takes equalities and one inequality')
    if (inequality !== null) throw wrong('ASOF JOIN takes one inequality only')
    const op = each.fn as Inequality
    inequality = { op: inOrder ? op : mirrored[op], left: onLeft, right: onRight }
  }
  if (inequality === null) {
    throw new LakebookError('invalid_argument', 'ASOF JOIN needs an inequality', {
      span,
      hint: 'Write ASOF JOIN … ON left.key = right.key AND left.time >= right.time.',
    })
  }
  return { keys, ...inequality }
}
