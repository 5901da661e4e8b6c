import { typeName, types } from '../arrow/types.ts'
import type { ColumnRule } from '../catalog/table-definition.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { functionReference } from '../functions/function-reference.ts'
import { newColumn } from '../plan/column-ids.ts'
import type { Column, LogicalPlan } from '../plan/plan.ts'
import {
  columnsOf,
  defaultText,
  definitionOf,
  isNullable,
  isView,
  listed,
  listedColumns,
  ruleOf,
  schemaAndName,
  schemas,
  type CatalogTable,
} from './catalog-entries.ts'
import { constraintTables } from './constraint-tables.ts'
import { databaseTables } from './database-tables.ts'
import { definitionText } from './definition-text.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { nameHint } from './name-hint.ts'
import { postgresTables } from './postgres-tables.ts'
import { wordTables } from './word-tables.ts'

const text = types.utf8
const truth = types.bool
const whole = types.int64

const INTERNAL_SCHEMAS: readonly string[] = ['main', 'information_schema']

const TABLES: Readonly<Record<string, CatalogTable>> = {
  'information_schema.tables': {
    columns: [
      ['table_catalog', text],
      ['table_schema', text],
      ['table_name', text],
      ['table_type', text],
      ['is_insertable_into', text],
    ],
    rows: (environment) =>
      listed(environment).map((each) => [
        'memory',
        each.schema,
        each.name,
        isView(each) ? 'VIEW' : each.definition?.temporary ? 'LOCAL TEMPORARY' : 'BASE TABLE',
        each.entry.kind === 'table' && each.entry.isChangeable ? 'YES' : 'NO',
      ]),
  },
  'information_schema.columns': {
    columns: [
      ['table_catalog', text],
      ['table_schema', text],
      ['table_name', text],
      ['column_name', text],
      ['ordinal_position', types.int32],
      ['column_default', text],
      ['is_nullable', text],
      ['data_type', text],
    ],
    rows: (environment) =>
      listedColumns(environment).map(({ place, fallback, isNullable, type }) => [
        ...place,
        fallback,
        isNullable ? 'YES' : 'NO',
        type,
      ]),
  },
  'information_schema.views': {
    columns: [
      ['table_catalog', text],
      ['table_schema', text],
      ['table_name', text],
      ['view_definition', text],
      ['check_option', text],
      ['is_updatable', text],
      ['is_insertable_into', text],
    ],
    rows: (environment) =>
      listed(environment)
        .filter(isView)
        .map((each) => ['memory', each.schema, each.name, definitionText(each), 'NONE', 'NO', 'NO']),
  },
  'information_schema.schemata': {
    columns: [
      ['catalog_name', text],
      ['schema_name', text],
    ],
    rows: (environment) =>
      schemas(environment).map((schema) => [schema === 'information_schema' ? 'system' : 'memory', schema]),
  },
  duckdb_schemas: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['internal', truth],
    ],
    rows: (environment) =>
      schemas(environment).map((schema) => ['memory', schema, INTERNAL_SCHEMAS.includes(schema)]),
  },
  duckdb_tables: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['table_name', text],
      ['internal', truth],
      ['temporary', truth],
      ['has_primary_key', truth],
      ['estimated_size', whole],
      ['column_count', whole],
      ['check_constraint_count', whole],
      ['sql', text],
    ],
    rows: (environment) =>
      listed(environment)
        .filter((each) => !isView(each))
        .map((each) => [
          'memory',
          each.schema,
          each.name,
          false,
          each.definition?.temporary ?? false,
          each.definition?.keys.some((key) => key.primary) ?? false,
          each.entry.kind === 'table' ? BigInt(each.entry.provider.statistics.rowCount) : null,
          BigInt(each.columns.length),
          BigInt(each.definition?.checks.length ?? 0),
          definitionText(each),
        ]),
  },
  duckdb_views: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['view_name', text],
      ['internal', truth],
      ['column_count', whole],
      ['sql', text],
    ],
    rows: (environment) =>
      listed(environment)
        .filter(isView)
        .map((each) => [
          'memory',
          each.schema,
          each.name,
          false,
          BigInt(each.columns.length),
          definitionText(each),
        ]),
  },
  duckdb_columns: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['table_name', text],
      ['column_name', text],
      ['column_index', types.int32],
      ['internal', truth],
      ['column_default', text],
      ['is_nullable', truth],
      ['data_type', text],
    ],
    rows: (environment) =>
      listedColumns(environment).map(({ place, fallback, isNullable, type }) => [
        ...place,
        false,
        fallback,
        isNullable,
        type,
      ]),
  },
  duckdb_functions: {
    columns: [
      ['function_name', text],
      ['function_type', text],
      ['category', text],
      ['description', text],
      ['example', text],
    ],
    rows: () =>
      functionReference().flatMap(({ name, aliases, category, summary, example }) => {
        const kind = category === 'aggregate' || category === 'window' ? category : 'scalar'
        return [name, ...aliases].map((each) => [each, kind, category, summary, example])
      }),
  },
  duckdb_sequences: {
    columns: [
      ['schema_name', text],
      ['sequence_name', text],
      ['temporary', truth],
      ['start_value', whole],
      ['min_value', whole],
      ['max_value', whole],
      ['increment_by', whole],
      ['cycle', truth],
      ['last_value', whole],
    ],
    rows: ({ catalog }) =>
      (catalog.sequences?.list() ?? []).map((each) => {
        const [schema, name] = schemaAndName(each.name, catalog.schemas?.() ?? [])
        const { temporary, start, least, greatest, increment, cycles } = each
        return [schema, name, temporary, start, least, greatest, increment, cycles, each.last()]
      }),
  },
  duckdb_variables: {
    columns: [
      ['name', text],
      ['type', text],
    ],
    rows: ({ catalog }) => catalog.variables?.() ?? [],
  },
  duckdb_settings: {
    columns: [
      ['name', text],
      ['value', text],
    ],
    rows: ({ catalog }) => (catalog.settings?.() ?? []).map(({ name, value }) => [name, value]),
  },
  ...constraintTables,
  ...databaseTables,
  ...postgresTables,
  ...wordTables,
}

/** The rows of a table about tables; null when there is none of the name. Most need no schema before it. */
export function catalogTable(environment: Environment, name: string): LogicalPlan | null {
  const folded = name.toLowerCase().replace(/^(pg_catalog|main)\./, '')
  const table = Object.hasOwn(TABLES, folded) ? TABLES[folded] : undefined
  if (!table) return null
  const rows = table.rows(environment)
  const columns = table.columns.map(([column, type]) => newColumn(column, type, true))
  return { kind: 'values', columns, rows }
}

/** pragma_table_info('t'). Errors: `unknown_table` with the nearest name. */
export function tableInfo(environment: Environment, name: string, span: SourceSpan | undefined): LogicalPlan {
  const { catalog } = environment
  const entry = catalog.table(name)
  if (!entry) {
    throw new LakebookError('unknown_table', `There is no table "${name}"`, {
      span,
      hint: nameHint(name, catalog.names()),
    })
  }
  const definition = definitionOf(entry)
  const primary = definition?.keys.find((key) => key.primary)?.columns ?? []
  const names: CatalogTable['columns'] = [
    ['cid', types.int32],
    ['name', text],
    ['type', text],
    ['notnull', truth],
    ['dflt_value', text],
    ['pk', truth],
  ]
  const rows = columnsOf(environment, entry).map((column, index) => {
    const rule = ruleOf({ definition }, column)
    return [
      BigInt(index),
      column.name,
      typeName(column.type),
      !isNullable(rule, column),
      defaultText(rule),
      primary.includes(column.name),
    ]
  })
  return { kind: 'values', columns: names.map(([column, type]) => newColumn(column, type, true)), rows }
}

/** DESCRIBE: the columns of a query, and of a table what its definition says of them. */
export function describeColumns(columns: readonly Column[], entry: CatalogEntry | null): LogicalPlan {
  const definition = entry ? definitionOf(entry) : undefined
  const keyOf = (name: string): string | null => {
    const keys = definition?.keys.filter((key) => key.columns.includes(name)) ?? []
    return keys.some((key) => key.primary) ? 'PRI' : keys.length > 0 ? 'UNI' : null
  }
  // of a query nothing is said, and of a file what its schema says
  const canBeNull = (column: Column, rule: ColumnRule | undefined): boolean =>
    definition === undefined && entry !== null ? column.nullable : rule?.notNull !== true
  const rows = columns.map((column) => {
    const rule = ruleOf({ definition }, column)
    return [
      column.name,
      typeName(column.type),
      canBeNull(column, rule) ? 'YES' : 'NO',
      keyOf(column.name),
      defaultText(rule),
      null,
    ]
  })
  const names = ['column_name', 'column_type', 'null', 'key', 'default', 'extra']
  return { kind: 'values', columns: names.map((name) => newColumn(name, text, true)), rows }
}
