import { typeName, types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { newColumn, columnReference } from '../plan/column-ids.ts'
import { conjunction } from '../plan/expression-tree.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import { columnsOf } from '../plan/plan-tree.ts'
import type { SelectItem, SqlExpression, SqlUnpivot } from '../sql/ast.ts'
import { expressionsOf } from '../sql/rewrite.ts'
import { booleanCall, literal, unified } from './coerce.ts'
import { expandSelectItem } from './columns.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import type { BindFrom, BoundFrom } from './from.ts'
import { outputName } from './output-name.ts'
import { scalarCall } from './scalar-call.ts'
import { tableScope, type Scope } from './scope.ts'
import { expandStar } from './star.ts'

interface Entry {
  readonly name: string
  readonly values: readonly Expression[]
}

/** UNPIVOT: a row for each of the columns, with the column's name and its value. */
export function bindUnpivot(
  environment: Environment,
  from: SqlUnpivot,
  outer: Scope | null,
  bindFrom: BindFrom,
): BoundFrom {
  const source = bindFrom(environment, from.source, outer)
  const scope: Scope = { columns: source.columns, parent: outer }
  const entries = from.entries.flatMap((item) => entriesOf(environment, item, scope))
  const odd = entries.find(({ values }) => values.length !== from.values.length)
  if (odd) {
    throw new LakebookError(
      'type',
      `UNPIVOT has ${from.values.length} columns of values, but "${odd.name}" stands for ${odd.values.length}`,
      {
        span: odd.values[0]?.span ?? from.span,
        hint: 'Name as many after VALUE, or put fewer in parentheses.',
      },
    )
  }
  const name = newColumn(from.name.name, types.utf8, false)
  const names = scalarCall(
    'list_value',
    entries.map((entry) => literal(entry.name, types.utf8)),
    from.span,
  )
  const values = from.values.map((value, index) => {
    const list = sameKind(
      entries.map((entry) => entry.values[index]!),
      from,
    )
    const type = list[0]!.type
    return {
      output: newColumn(
        value.name,
        type,
        list.some((each) => each.nullable),
      ),
      expression: scalarCall('list_value', list, from.span),
    }
  })
  const unnested: LogicalPlan = {
    kind: 'unnest',
    input: source.plan,
    items: [{ output: name, expression: names }, ...values],
    keepEmpty: false,
  }
  const present = values.map(({ output }) => booleanCall('is_not_null', [columnReference(output)], false))
  const plan: LogicalPlan = from.includeNulls
    ? unnested
    : { kind: 'filter', input: unnested, predicate: conjunction(present) }
  const used = new Set(entries.flatMap((entry) => entry.values.flatMap((value) => [...columnsOf(value)])))
  const { alias } = from
  const kept = source.columns.filter(({ column, hidden }) => !hidden && !used.has(column.id))
  const columns = [...kept.map((each) => each.column), name, ...values.map(({ output }) => output)]
  const called = [...kept.map((each) => each.name), from.name.name, ...from.values.map((value) => value.name)]
  return {
    plan,
    columns: tableScope(
      alias?.name.name ?? null,
      columns,
      called.map((each, index) => alias?.columns[index]?.name ?? each),
    ),
  }
}

function entriesOf(environment: Environment, item: SelectItem, scope: Scope): readonly Entry[] {
  const context = plainContext(environment, scope, 'UNPIVOT')
  const bind = (sql: SqlExpression): Expression => bindExpression(context, sql)
  if (item.kind === 'star') {
    return expandStar(item, scope).map((each) => ({
      name: each.name,
      values: [each.sql ? bind(each.sql) : each.expression],
    }))
  }
  return expandSelectItem(environment, item, scope).map(({ expression, alias }) => {
    const row = expression.kind === 'tuple' ? expression.items : [expression]
    return { name: alias?.name ?? row.map(entryName).join('_'), values: row.map(bind) }
  })
}

/** An expression is called after the column that it is of. */
function entryName(sql: SqlExpression): string {
  const [column] = expressionsOf(sql, 'identifier')
  return outputName(column ?? sql)
}

function sameKind(list: readonly Expression[], from: SqlUnpivot): readonly Expression[] {
  const isText = ({ type }: Expression): boolean => type.kind === 'utf8'
  const text = list.find(isText)
  const other = list.find((each) => !isText(each) && each.type.kind !== 'null')
  if (text && other) {
    throw new LakebookError(
      'type',
      `UNPIVOT puts ${typeName(text.type)} and ${typeName(other.type)} into one column`,
      { span: other.span ?? from.span, hint: 'Cast them first: ON a::VARCHAR, b.' },
    )
  }
  return unified(list, 'UNPIVOT', from.span)
}
