import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import type { TableExpression } from '../sql/ast.ts'
import { castTo, literal } from './coerce.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import type { BoundFrom } from './from.ts'
import { scalarCall } from './scalar-call.ts'
import { bindRows, givesRows } from './row-functions.ts'
import { tableScope, type Scope } from './scope.ts'

type UnnestSource = Omit<TableExpression & { kind: 'unnest' }, 'kind'>

/** UNNEST in FROM reads the tables before it. */
export function bindUnnest(
  environment: Environment,
  left: BoundFrom,
  from: UnnestSource,
  outer: Scope | null,
): BoundFrom {
  const context = plainContext(environment, { columns: left.columns, parent: outer }, 'UNNEST')
  const lists = from.lists.map((list) => bindExpression(context, list))
  for (const list of lists) {
    if (list.type.kind !== 'list')
      throw new LakebookError('type', 'UNNEST takes lists', { span: list.span ?? from.span })
  }
  return unnestOver(left, lists, from, 'unnest')
}

/** A function that gives rows reads the tables before it. Null for any other function. */
export function bindRowFunction(
  environment: Environment,
  left: BoundFrom,
  from: TableExpression & { kind: 'table_function' },
  outer: Scope | null,
): BoundFrom | null {
  const name = from.name.toLowerCase()
  if (name === 'generate_series' || !givesRows(name, environment.dialect)) return null
  const context = plainContext(environment, { columns: left.columns, parent: outer }, from.name)
  const args = from.args.map((arg) => bindExpression(context, arg))
  const { lists, names } = bindRows(name, args, from.span)
  return unnestOver(left, lists, from, name, names)
}

/** A row for each item of the lists, beside the row that they are of; WITH ORDINALITY also the item's place. */
export function unnestOver(
  left: BoundFrom,
  lists: readonly Expression[],
  { alias, ordinality }: Pick<UnnestSource, 'alias' | 'ordinality'>,
  name: string,
  columnNames: readonly string[] = [name],
): BoundFrom {
  const unnested = ordinality ? [...lists, placesOf(lists)] : lists
  const items = unnested.map((expression, index) => {
    const type = expression.type.kind === 'list' ? expression.type.item : types.null
    const isPlace = index === lists.length
    const called = isPlace ? 'ordinality' : (columnNames[index] ?? name)
    return { output: newColumn(called, type, !isPlace), expression }
  })
  const plan: LogicalPlan = { kind: 'unnest', input: left.plan, items, keepEmpty: false }
  const names = items.map(
    ({ output }, index) =>
      alias?.columns[index]?.name ??
      (lists.length === 1 && alias && index === 0 ? alias.name.name : output.name),
  )
  const added = tableScope(
    alias?.name.name ?? name,
    items.map((item) => item.output),
    names,
  ).map((column, index) =>
    index === 0 && !alias?.columns.length ? { ...column, alternative: columnNames[0] ?? name } : column,
  )
  return { plan, columns: [...left.columns, ...added] }
}

/** The numbers from 1 to the length of the longest list. */
function placesOf(lists: readonly Expression[]): Expression {
  const zero = literal(0n, types.int64)
  const lengths = lists.map((list) =>
    scalarCall('coalesce', [castTo(scalarCall('len', [list], list.span), types.int64), zero], list.span),
  )
  const longest = lengths.length > 1 ? scalarCall('greatest', lengths, undefined) : (lengths[0] ?? zero)
  return scalarCall('generate_series', [literal(1n, types.int64), longest], undefined)
}
