import { types } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import { ignoresOrder } from '../functions/order-free.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { isVolatile } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { mapInputs, nodeExpressions } from '../plan/plan-tree.ts'
import type {
  AggregateCall,
  FrameBound,
  LogicalPlan,
  Project,
  SortKey,
  Window,
  WindowCall,
  WindowFrame,
} from '../plan/plan.ts'

/**
 * Where nobody sees the order of a window's rows, and all of its frames go to the end of their partition, turns order and
 * frames round: then frames begin with the partition, and each row is taken in once.
 */
export function reverseWindows(plan: LogicalPlan): LogicalPlan {
  return reverse(plan, false)
}

/** `isUnseen`: the rows of this plan may come in any order. */
function reverse(plan: LogicalPlan, isUnseen: boolean): LogicalPlan {
  const changed = mapInputs(plan, (input) => reverse(input, isUnseenBelow(plan, isUnseen)))
  return isUnseen && changed.kind === 'window' && goesToTheEnd(changed) ? reversed(changed) : changed
}

function isUnseenBelow(plan: LogicalPlan, isUnseen: boolean): boolean {
  if (nodeExpressions(plan).some(isVolatile)) return false
  switch (plan.kind) {
    case 'aggregate':
      return (isUnseen || plan.groups.length === 0) && plan.aggregates.every(isFree)
    case 'sort':
      return plan.limit === null
    case 'filter':
    case 'project':
    case 'union':
      return isUnseen
    default:
      return false
  }
}

function isFree({ fn, args }: Pick<AggregateCall, 'fn' | 'args'>): boolean {
  return ignoresOrder(
    fn,
    args.map(({ type }) => type),
  )
}

function goesToTheEnd(plan: Window): boolean {
  const isToEnd = ({ fn, args, frame: { start, end, exclude }, ignoreNulls }: WindowCall): boolean =>
    end.kind === 'unbounded_following' &&
    (start.kind === 'current_row' || 'offset' in start) &&
    exclude === 'none' &&
    !ignoreNulls &&
    isFree({ fn, args })
  return plan.orderBy.length > 0 && plan.calls.every(isToEnd) && !nodeExpressions(plan).some(isVolatile)
}

function reversed(plan: Window): Project {
  const calls = plan.calls.map((call) => ({ ...call, frame: reversedFrame(call.frame) }))
  const orderBy = plan.orderBy.map(reversedKey)
  const window = { ...plan, calls, orderBy }
  const items = outputColumns(plan).map((output) => ({ output, expression: columnReference(output) }))
  if (calls.every(({ frame }) => frame.unit !== 'rows')) return { kind: 'project', input: window, items }
  // rows that are equal in the order turn round as well
  const number = newColumn('place', types.int64, false)
  const input: LogicalPlan = { kind: 'row_number', input: plan.input, output: number }
  const last = { expression: columnReference(number), descending: true, nullsFirst: false }
  return { kind: 'project', input: { ...window, input, orderBy: [...orderBy, last] }, items }
}

function reversedKey<Key extends Omit<SortKey, 'expression'>>(key: Key): Key {
  return { ...key, descending: !key.descending, nullsFirst: !key.nullsFirst }
}

function reversedFrame({ start, end, range, ...frame }: WindowFrame): WindowFrame {
  const bounds = { start: reversedBound(end), end: reversedBound(start) }
  if (range === undefined) return { ...frame, ...bounds }
  return { ...frame, ...bounds, range: { ...reversedKey(range), start: range.end, end: range.start } }
}

function reversedBound(bound: FrameBound): FrameBound {
  switch (bound.kind) {
    case 'unbounded_preceding':
      return { kind: 'unbounded_following' }
    case 'unbounded_following':
      return { kind: 'unbounded_preceding' }
    case 'preceding':
      return { ...bound, kind: 'following' }
    case 'following':
      return { ...bound, kind: 'preceding' }
    case 'current_row':
      return bound
    default:
      return unreachable(bound)
  }
}
