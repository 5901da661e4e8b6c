import { types } from '../arrow/types.ts'
import { isView, listed, ruleOf, schemas, type CatalogTable, type Listed } from './catalog-entries.ts'
import type { Environment } from './environment.ts'

const text = types.utf8
const truth = types.bool
const whole = types.int64

/** The numbers of a person's own things begin here, as PostgreSQL's do. */
const FIRST_OID = 16384

/** What PostgreSQL's own tables go by: names, and numbers that hold for one statement. */
function numbered(environment: Environment): readonly (Listed & { readonly oid: bigint })[] {
  return listed(environment).map((each, index) => ({
    schema: each.schema,
    name: each.name,
    entry: each.entry,
    definition: each.definition,
    // bound only where somebody asks for them
    get columns() {
      return each.columns
    },
    oid: BigInt(FIRST_OID + index),
  }))
}

function namespaces(environment: Environment): readonly string[] {
  return [...schemas(environment), 'pg_catalog']
}

/** PostgreSQL's tables of schemas, tables and columns, as far as tools ask for them. */
export const postgresTables: Readonly<Record<string, CatalogTable>> = {
  pg_namespace: {
    columns: [
      ['oid', whole],
      ['nspname', text],
    ],
    rows: (environment) => namespaces(environment).map((schema, index) => [BigInt(index + 1), schema]),
  },
  pg_class: {
    columns: [
      ['oid', whole],
      ['relname', text],
      ['relnamespace', whole],
      ['relkind', text],
      ['relhasindex', truth],
      ['relnatts', types.int16],
    ],
    rows: (environment) =>
      numbered(environment).map((each) => [
        each.oid,
        each.name,
        BigInt(namespaces(environment).indexOf(each.schema) + 1),
        isView(each) ? 'v' : 'r',
        (each.definition?.indexes.length ?? 0) + (each.definition?.keys.length ?? 0) > 0,
        BigInt(each.columns.length),
      ]),
  },
  pg_attribute: {
    columns: [
      ['attrelid', whole],
      ['attname', text],
      ['attnum', types.int32],
      ['attnotnull', truth],
      ['attisdropped', truth],
    ],
    rows: (environment) =>
      numbered(environment).flatMap((each) =>
        each.columns.map((column, index) => [
          each.oid,
          column.name,
          BigInt(index + 1),
          ruleOf(each, column)?.notNull ?? false,
          false,
        ]),
      ),
  },
  pg_description: {
    columns: [
      ['objoid', whole],
      ['classoid', whole],
      ['objsubid', types.int32],
      ['description', text],
    ],
    rows: () => [],
  },
}
