import { types } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import type { TableAlias, TableExpression } from '../sql/ast.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import type { BoundFrom } from './from.ts'
import { tableScope, type Scope } from './scope.ts'

interface UnnestSource {
  readonly lists: (TableExpression & { kind: 'unnest' })['lists']
  readonly alias: TableAlias | null
  readonly span: SourceSpan | undefined
}

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
  return unnestOver(left, lists, from.alias, 'unnest')
}

/** A row for each item of the lists, beside the row that they are of. */
export function unnestOver(
  left: BoundFrom,
  lists: readonly Expression[],
  alias: TableAlias | null,
  name: string,
): BoundFrom {
  const items = lists.map((expression) => {
    const type = expression.type.kind === 'list' ? expression.type.item : types.null
    return { output: newColumn(name, type, true), expression }
  })
  const plan: LogicalPlan = { kind: 'unnest', input: left.plan, items, keepEmpty: false }
  const names = items.map(
    (_, index) => alias?.columns[index]?.name ?? (items.length === 1 && alias ? alias.name.name : name),
  )
  const added = tableScope(
    alias?.name.name ?? name,
    items.map((item) => item.output),
    names,
  )
  return { plan, columns: [...left.columns, ...added] }
}
