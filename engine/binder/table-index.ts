import type { TableDefinition } from '../catalog/table-definition.ts'
import { LakebookError, unsupported } from '../errors.ts'
import type { SqlStatement } from '../sql/ast.ts'
import { expressionsOf, withoutSpans } from '../sql/rewrite.ts'
import type { BoundAlterTable } from './alter-table.ts'
import { columnPlace, findTarget } from './change-target.ts'
import { constraintChecks } from './constraints.ts'
import type { Environment } from './environment.ts'
import { nameHint } from './name-hint.ts'
import { sameName } from './scope.ts'

type Of<Kind extends SqlStatement['kind']> = SqlStatement & { readonly kind: Kind }

/**
 * The table with one index more: no more than a name, since scans prune by statistics, but a unique one is a key from then
 * on. Null where there is one of that name and that is allowed.
 */
export function bindCreateIndex(
  environment: Environment,
  statement: Of<'create_index'>,
): BoundAlterTable | null {
  const { table, name, isUnique, ifNotExists } = statement
  const target = findTarget(environment, table, null)
  const columns = statement.columns.flatMap((expression) => {
    const names = expressionsOf(expression, 'identifier')
    if (isUnique && expression.kind !== 'identifier')
      throw unsupported(
        'A unique index over an expression',
        expression.span,
        'Make it a generated column first.',
      )
    return names.map(({ parts }) => target.fields[columnPlace(target.fields, parts.at(-1)!)]!.name)
  })
  const called = name?.name ?? `${target.entry.name}_${columns.join('_')}_idx`
  if (indexes(environment).some((index) => sameName(index.name, called))) {
    if (ifNotExists) return null
    throw new LakebookError('invalid_argument', `There is an index "${called}" already`, { span: name?.span })
  }
  const index = { name: called, columns, isUnique }
  const { definition } = target
  const whole = { ...definition, indexes: [...definition.indexes, index] }
  return {
    kind: 'alter_table',
    table: target.entry.name,
    name: target.entry.name,
    definition: withoutSpans(whole),
    plan: null,
    checks: (rows) =>
      constraintChecks(
        environment,
        {
          name: target.entry.name,
          definition: { ...whole, columns: [], keys: [], indexes: [index], checks: [], foreignKeys: [] },
          mode: 'whole',
          span: target.span,
        },
        rows,
        rows,
      ),
  }
}

/** The table without the index. Null where there is none and need not be. */
export function bindDropIndex(environment: Environment, statement: Of<'drop_index'>): BoundAlterTable | null {
  const { name, ifExists } = statement
  const found = indexes(environment).find((index) => sameName(index.name, name.name))
  if (found) {
    const { definition } = found
    const left = definition.indexes.filter((index) => !sameName(index.name, name.name))
    return {
      kind: 'alter_table',
      table: found.table,
      name: found.table,
      definition: { ...definition, indexes: left },
      plan: null,
      checks: () => [],
    }
  }
  if (ifExists) return null
  throw new LakebookError('invalid_argument', `There is no index "${name.name}"`, {
    span: name.span,
    hint: nameHint(
      name.name,
      indexes(environment).map((index) => index.name),
    ),
  })
}

function indexes({ catalog }: Environment): readonly {
  readonly name: string
  readonly table: string
  readonly definition: TableDefinition
}[] {
  return catalog.names().flatMap((table) => {
    const entry = catalog.table(table)
    const definition = entry?.kind === 'table' ? entry.definition : undefined
    return definition ? definition.indexes.map(({ name }) => ({ name, table, definition })) : []
  })
}
