import { typeName, type DataType } from '../arrow/types.ts'
import type { ColumnRule, TableDefinition } from '../catalog/table-definition.ts'
import { LakebookError } from '../errors.ts'
import { outputColumns } from '../plan/output.ts'
import type { Column, LiteralValue } from '../plan/plan.ts'
import { selectAll } from '../sql/convert/query.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { expressionText } from './output-name.ts'

/** A table about tables: its columns, and its rows where it is read. */
export interface CatalogTable {
  readonly columns: readonly (readonly [name: string, type: DataType])[]
  readonly rows: (environment: Environment) => readonly (readonly LiteralValue[])[]
}

export interface Listed {
  readonly schema: string
  readonly name: string
  readonly entry: CatalogEntry
  readonly columns: readonly Column[]
  readonly definition: TableDefinition | undefined
}

/** Everything that has a name. A view whose query fails meanwhile has no columns. */
export function listed(environment: Environment): readonly Listed[] {
  const { catalog } = environment
  return catalog
    .names()
    .toSorted()
    .flatMap((full) => {
      const entry = catalog.table(full)
      if (!entry) return []
      const [schema, name] = schemaAndName(full, catalog.schemas?.() ?? [])
      // A view's columns are those of its query, which is bound when somebody asks for them.
      let columns: readonly Column[] | null = null
      return [
        {
          schema,
          name,
          entry,
          definition: definitionOf(entry),
          get columns() {
            return (columns ??= columnsOf(environment, entry))
          },
        },
      ]
    })
}

export function schemaAndName(
  full: string,
  schemas: readonly string[],
): readonly [schema: string, name: string] {
  const dot = full.indexOf('.')
  const schema =
    dot < 0 ? undefined : schemas.find((each) => each.toLowerCase() === full.slice(0, dot).toLowerCase())
  return schema === undefined ? ['main', full] : [schema, full.slice(dot + 1)]
}

export function definitionOf(entry: CatalogEntry): TableDefinition | undefined {
  return entry.kind === 'table' ? entry.definition : undefined
}

export function columnsOf(environment: Environment, entry: CatalogEntry): readonly Column[] {
  const name = [{ name: entry.name, span: undefined }]
  const all = selectAll({ kind: 'table', name, alias: null, span: undefined })
  try {
    return outputColumns(environment.bindQuery(environment, all, null))
  } catch (error) {
    if (error instanceof LakebookError) return []
    throw error
  }
}

export function isView({ entry }: Listed): boolean {
  return entry.kind !== 'table'
}

/** Whether a column can hold NULL, and its default, as DESCRIBE has them. */
export function ruleOf({ definition }: Pick<Listed, 'definition'>, column: Column): ColumnRule | undefined {
  return definition?.columns.find((rule) => rule.name === column.name)
}

export function defaultText(rule: ColumnRule | undefined): string | null {
  return rule?.default ? expressionText(rule.default) : null
}

export function isNullable(rule: ColumnRule | undefined, column: Column): boolean {
  return rule ? !rule.notNull : column.nullable
}

/** Every column: the names that lead to it and its place, and what is known of it. */
export function listedColumns(environment: Environment): readonly {
  readonly place: readonly [database: string, schema: string, table: string, column: string, place: bigint]
  readonly fallback: string | null
  readonly isNullable: boolean
  readonly type: string
}[] {
  return listed(environment).flatMap((each) =>
    each.columns.map((column, index) => {
      const rule = ruleOf(each, column)
      return {
        place: ['memory', each.schema, each.name, column.name, BigInt(index + 1)] as const,
        fallback: defaultText(rule),
        isNullable: isNullable(rule, column),
        type: typeName(column.type),
      }
    }),
  )
}

export function schemas(environment: Environment): readonly string[] {
  return [...new Set(['main', ...(environment.catalog.schemas?.() ?? []), 'information_schema'])].toSorted()
}
