import { itemPhysical, itemTypeOf, structOf, types, type DataType } from '../arrow/types.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import { rewritePlanUp } from '../plan/plan-tree.ts'
import type { Column, Expression, LogicalPlan } from '../plan/plan.ts'
import { passThrough } from '../plan/project-columns.ts'

/** Aggregates that keep some of the values they were given. */
const KEEPS: ReadonlySet<string> = new Set(['min', 'max', 'first', 'last', 'any_value', 'arg_min', 'arg_max'])

/** Those that compare values by their bytes. */
const COMPARES: ReadonlySet<string> = new Set(['mode', 'entropy'])

/**
 * Aggregates keep values as bytes without addresses. A list of texts has addresses; the struct `{'': list}` is in one
 * piece, and compares as the list does. So such lists are aggregated as structs, and taken out of them afterwards.
 */
export function wrapLists(plan: LogicalPlan): LogicalPlan {
  return rewritePlanUp(plan, (node) => {
    if (node.kind === 'aggregate') {
      const { calls, unwrapped } = wrapCalls(node.aggregates)
      if (calls === node.aggregates) return node
      return unwrap({ ...node, aggregates: calls }, outputColumns(node), unwrapped)
    }
    if (node.kind === 'window') {
      const { calls, unwrapped } = wrapCalls(node.calls)
      if (calls === node.calls) return node
      return unwrap({ ...node, calls }, outputColumns(node), unwrapped)
    }
    return node
  })
}

interface Call {
  readonly fn: string
  readonly args: readonly Expression[]
  readonly output: Column
}

function wrapCalls<C extends Call>(given: readonly C[]) {
  const unwrapped = new Map<Column, Expression>()
  const calls = given.map((call): C => {
    const args = call.args.map((arg) => (isWrapped(call.fn, arg.type) ? wrapped(arg) : arg))
    const { output } = call
    if (!isWrapped(call.fn, output.type)) return { ...call, args }
    const struct = newColumn(output.name, structOf([{ name: '', type: output.type }]), true)
    unwrapped.set(output, listIn(struct, output))
    return { ...call, args, output: struct }
  })
  const isChanged = calls.some(({ args }, index) => args.some((arg, i) => arg !== given[index]!.args[i]))
  return { calls: isChanged ? calls : given, unwrapped }
}

function isWrapped(fn: string, type: DataType): boolean {
  const item = itemTypeOf(type)
  return item !== null && (COMPARES.has(fn) || (KEEPS.has(fn) && itemPhysical(item) === 'bytes'))
}

/** NULL stays NULL. */
function wrapped(list: Expression): Expression {
  const type = structOf([{ name: '', type: list.type }])
  const struct: Expression = { kind: 'call', fn: 'struct_pack', args: [list], type, nullable: false }
  if (!list.nullable) return struct
  const when: Expression = {
    kind: 'call',
    fn: 'is_not_null',
    args: [list],
    type: types.bool,
    nullable: false,
  }
  return { kind: 'case', branches: [{ when, then: struct }], otherwise: null, type, nullable: true }
}

function listIn(struct: Column, { type }: Column): Expression {
  const place: Expression = { kind: 'literal', value: 1n, type: types.int64, nullable: false }
  return {
    kind: 'call',
    fn: 'struct_extract',
    args: [columnReference(struct), place],
    type,
    nullable: true,
  }
}

function unwrap(
  input: LogicalPlan,
  outputs: readonly Column[],
  unwrapped: ReadonlyMap<Column, Expression>,
): LogicalPlan {
  if (unwrapped.size === 0) return input
  const items = outputs.map((output) => {
    const expression = unwrapped.get(output)
    return expression === undefined ? passThrough(output) : { output, expression }
  })
  return { kind: 'project', input, items }
}
