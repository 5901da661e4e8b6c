import { types } from '../arrow/types.ts'
import type { LiteralValue } from '../plan/plan.ts'
import { isView, listed, schemas, type CatalogTable, type Listed } from './catalog-entries.ts'
import { definitionText, indexText } from './definition-text.ts'
import type { Environment } from './environment.ts'

const text = types.utf8
const truth = types.bool
const whole = types.int64

/** What `sqlite_master` has: tables, views and indexes with the statements that make them. */
const master: CatalogTable = {
  columns: [
    ['type', text],
    ['name', text],
    ['tbl_name', text],
    ['rootpage', types.int32],
    ['sql', text],
  ],
  rows: (environment) =>
    listed(environment).flatMap((each) => [
      [isView(each) ? 'view' : 'table', each.name, each.name, 0n, definitionText(each)],
      ...(each.definition?.indexes ?? []).map((index) => [
        'index',
        index.name,
        each.name,
        0n,
        indexText(index, each),
      ]),
    ]),
}

function ofDatabase(columns: CatalogTable['columns'], row: readonly LiteralValue[]): CatalogTable {
  return { columns, rows: () => [row] }
}

/** Tables about the database as a whole, some in the words of SQLite and PostgreSQL. */
export const databaseTables: Readonly<Record<string, CatalogTable>> = {
  duckdb_databases: ofDatabase(
    [
      ['database_name', text],
      ['path', text],
      ['comment', text],
      ['internal', truth],
      ['type', text],
      ['readonly', truth],
    ],
    ['memory', null, null, false, 'lakebook', false],
  ),
  show_databases: ofDatabase([['database_name', text]], ['memory']),
  show_schemas: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['current', truth],
    ],
    rows: (environment) =>
      schemas(environment)
        .filter((schema) => schema !== 'information_schema')
        .map((schema) => ['memory', schema, schema === 'main']),
  },
  pragma_database_list: ofDatabase(
    [
      ['seq', whole],
      ['name', text],
      ['file', text],
    ],
    [0n, 'memory', null],
  ),
  sqlite_master: master,
  sqlite_schema: master,
  pg_tables: {
    columns: [
      ['schemaname', text],
      ['tablename', text],
      ['tableowner', text],
      ['tablespace', types.int32],
      ['hasindexes', truth],
      ['hasrules', truth],
      ['hastriggers', truth],
    ],
    rows: (environment) =>
      tables(environment).map(({ schema, name, definition }) => [
        schema,
        name,
        'lakebook',
        null,
        (definition?.indexes.length ?? 0) + (definition?.keys.length ?? 0) > 0,
        false,
        false,
      ]),
  },
  pg_views: {
    columns: [
      ['schemaname', text],
      ['viewname', text],
      ['viewowner', text],
      ['definition', text],
    ],
    rows: (environment) =>
      listed(environment)
        .filter(isView)
        .map((each) => [each.schema, each.name, 'lakebook', definitionText(each)]),
  },
}

function tables(environment: Environment): readonly Listed[] {
  return listed(environment).filter((each) => !isView(each))
}
