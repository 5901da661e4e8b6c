import { unreachable } from '../errors.ts'
import { explainExpression } from './explain-expression.ts'
import { inputs, outputColumns } from './output.ts'
import type { LogicalPlan, SharedRows, SortKey } from './plan.ts'
import { visitPlan } from './plan-tree.ts'

/** A plan as an indented tree, the root first, one node a line; below it the rows that it shares. */
export function explainPlan(plan: LogicalPlan): string {
  const shared = new Set<SharedRows>()
  visitPlan(plan, (node) => {
    if (node.kind === 'shared') shared.add(node.rows)
  })
  const parts = [...shared].map((rows) => `With ${rows.name}\n${explainTree(rows.plan, 1)}`)
  return [explainTree(plan, 0), ...parts].join('\n')
}

function explainTree(plan: LogicalPlan, depth: number): string {
  const line = `${'  '.repeat(depth)}${explainNode(plan)}`
  return [line, ...inputs(plan).map((input) => explainTree(input, depth + 1))].join('\n')
}

function explainNode(plan: LogicalPlan): string {
  switch (plan.kind) {
    case 'scan': {
      const columns = outputColumns(plan)
        .map((column) => column.name)
        .join(', ')
      const filters = plan.filters.map((filter) => explainExpression(filter)).join(' AND ')
      const pruned = [...new Set(plan.predicates.map((predicate) => predicate.text))].join(' AND ')
      const joined = (plan.joinFilters ?? []).map(({ column, filter }) => {
        const name = outputColumns(plan).find(({ id }) => id === column)?.name ?? `#${column}`
        return `${name} among ${filter.name}`
      })
      const parts = [
        `Scan ${plan.table} [${columns}]`,
        filters === '' ? '' : ` filter ${filters}`,
        pruned === '' ? '' : ` prune by ${pruned}`,
        joined.length === 0 ? '' : ` keep ${joined.join(', ')}`,
      ]
      return parts.join('')
    }
    case 'values':
      return `Values (${plan.rows.length} rows)`
    case 'filter':
      return `Filter ${explainExpression(plan.predicate)}`
    case 'project':
      return `Project ${plan.items.map(({ output, expression }) => named(explainExpression(expression), output.name)).join(', ')}`
    case 'aggregate': {
      const groups = plan.groups.map(({ output, expression }) =>
        named(explainExpression(expression), output.name),
      )
      const calls = plan.aggregates.map((call) => call.output.name)
      return `Aggregate${groups.length === 0 ? '' : ` by ${groups.join(', ')}`}${calls.length === 0 ? '' : `: ${calls.join(', ')}`}`
    }
    case 'sort':
      return `${plan.limit === null ? 'Sort' : `TopN ${plan.limit}`} by ${explainKeys(plan.keys)}`
    case 'limit':
      return `Limit ${plan.limit ?? 'all'}${plan.offset === 0 ? '' : ` offset ${plan.offset}`}`
    case 'join': {
      const keys = plan.keys.map(
        ({ left, right, nullSafe }) =>
          `${explainExpression(left)} ${nullSafe ? 'IS NOT DISTINCT FROM' : '='} ${explainExpression(right)}`,
      )
      const residual = plan.residual === null ? [] : [explainExpression(plan.residual)]
      const on = [...keys, ...residual].join(' AND ')
      return `Join ${plan.type}${on === '' ? '' : ` on ${on}`} (build ${plan.buildSide})`
    }
    case 'window': {
      const partition = plan.partitionBy.map((expression) => explainExpression(expression)).join(', ')
      const calls = plan.calls.map((call) => `${call.fn} as ${call.output.name}`).join(', ')
      return `Window ${calls}${partition === '' ? '' : ` partition by ${partition}`}${plan.orderBy.length === 0 ? '' : ` order by ${explainKeys(plan.orderBy)}`}`
    }
    case 'union':
      return 'Union all'
    case 'unnest':
      return `Unnest ${plan.items.map(({ expression }) => explainExpression(expression)).join(', ')}`
    case 'shared':
      return `Shared ${plan.rows.name} [${plan.columns.map((column) => column.name).join(', ')}]`
    case 'recursion':
      return `Recursion ${plan.key.name}${plan.limit === null ? '' : ` limit ${plan.limit}`}`
    case 'working_table':
      return plan.rows === 'last' ? `WorkingTable ${plan.key.name}` : `RowsSoFar ${plan.key.name}`
    case 'row_number':
      return `RowNumber ${outputColumns(plan).at(-1)?.name ?? ''}`
    default:
      return unreachable(plan)
  }
}

function named(text: string, name: string): string {
  return text === name ? text : `${text} AS ${name}`
}

function explainKeys(keys: readonly SortKey[]): string {
  return keys
    .map(
      ({ expression, descending, nullsFirst }) =>
        `${explainExpression(expression)}${descending ? ' DESC' : ''}${nullsFirst ? ' NULLS FIRST' : ''}`,
    )
    .join(', ')
}
