import { types } from '../arrow/types.ts'
import { expressionsOf } from '../sql/rewrite.ts'
import { listed, type CatalogTable, type Listed } from './catalog-entries.ts'
import { foreignKeyText, indexText, keyText } from './definition-text.ts'
import type { Environment } from './environment.ts'
import { expressionText } from './output-name.ts'

const text = types.utf8
const truth = types.bool
const whole = types.int64

interface Constraint {
  readonly type: 'PRIMARY KEY' | 'UNIQUE' | 'CHECK' | 'NOT NULL' | 'FOREIGN KEY'
  readonly text: string
  readonly expression: string | null
  readonly name: string
  /** Those of a key; of what is none, none. */
  readonly columns: readonly string[]
  readonly referenced: string | null
}

/** Where a constraint is, in the tables of information_schema. */
const PLACE = [
  ['constraint_catalog', text],
  ['constraint_schema', text],
  ['constraint_name', text],
  ['table_catalog', text],
  ['table_schema', text],
  ['table_name', text],
] as const

function placeOf(of: Listed, name: string): readonly string[] {
  return ['memory', of.schema, name, 'memory', of.schema, of.name]
}

/** What holds for a table's rows, under the names that DuckDB gives. */
function constraintsOf({ name, definition }: Listed): readonly Constraint[] {
  if (!definition) return []
  const named = (columns: readonly string[], ending: string): string =>
    [name, ...columns.map((column) => column.toLowerCase()), ending].join('_')
  const plain = { expression: null, referenced: null, columns: [] }
  return [
    ...definition.keys.map((key) => ({
      ...plain,
      type: key.primary ? ('PRIMARY KEY' as const) : ('UNIQUE' as const),
      text: keyText(key),
      columns: key.columns,
      name: named(key.columns, key.primary ? 'pkey' : 'key'),
    })),
    ...definition.checks.map((check) => {
      const expression = expressionText(check)
      const names = expressionsOf(check, 'identifier').map(({ parts }) => parts.at(-1)!.name)
      return {
        ...plain,
        type: 'CHECK' as const,
        text: `CHECK(${expression})`,
        expression,
        name: named(names, 'check'),
      }
    }),
    ...definition.columns
      .filter(({ notNull }) => notNull)
      .map((rule) => ({
        ...plain,
        type: 'NOT NULL' as const,
        text: 'NOT NULL',
        name: named([rule.name], 'not_null'),
      })),
    ...definition.foreignKeys.map((key) => ({
      ...plain,
      type: 'FOREIGN KEY' as const,
      text: foreignKeyText(key),
      columns: key.columns,
      name: named([...key.columns, ...key.referenced], 'fkey'),
      referenced: key.table,
    })),
  ]
}

function listedConstraints(environment: Environment): readonly (Constraint & { readonly of: Listed })[] {
  return listed(environment).flatMap((of) => constraintsOf(of).map((each) => ({ ...each, of })))
}

/** Tables about what holds for rows, and about indexes. */
export const constraintTables: Readonly<Record<string, CatalogTable>> = {
  duckdb_constraints: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['table_name', text],
      ['constraint_index', whole],
      ['constraint_type', text],
      ['constraint_text', text],
      ['expression', text],
      ['constraint_name', text],
      ['referenced_table', text],
    ],
    rows: (environment) =>
      listed(environment).flatMap((of) =>
        constraintsOf(of).map((each, index) => [
          'memory',
          of.schema,
          of.name,
          BigInt(index),
          each.type,
          each.text,
          each.expression,
          each.name,
          each.referenced,
        ]),
      ),
  },
  duckdb_indexes: {
    columns: [
      ['database_name', text],
      ['schema_name', text],
      ['index_name', text],
      ['table_name', text],
      ['is_unique', truth],
      ['is_primary', truth],
      ['expressions', text],
      ['sql', text],
    ],
    rows: (environment) =>
      listed(environment).flatMap((of) =>
        (of.definition?.indexes ?? []).map((index) => [
          'memory',
          of.schema,
          index.name,
          of.name,
          index.isUnique,
          false,
          `[${index.columns.join(', ')}]`,
          indexText(index, of),
        ]),
      ),
  },
  'information_schema.table_constraints': {
    columns: [
      ...PLACE,
      ['constraint_type', text],
      ['is_deferrable', text],
      ['initially_deferred', text],
      ['enforced', text],
      ['nulls_distinct', text],
    ],
    rows: (environment) =>
      listedConstraints(environment).map(({ of, name, type }) => [
        ...placeOf(of, name),
        type === 'NOT NULL' ? 'CHECK' : type,
        'NO',
        'NO',
        'YES',
        'YES',
      ]),
  },
  'information_schema.key_column_usage': {
    columns: [
      ...PLACE,
      ['column_name', text],
      ['ordinal_position', types.int32],
      ['position_in_unique_constraint', types.int32],
    ],
    rows: (environment) =>
      listedConstraints(environment)
        .filter(({ type }) => type.endsWith('KEY') || type === 'UNIQUE')
        .flatMap(({ of, name, type, columns }) =>
          columns.map((column, index) => [
            ...placeOf(of, name),
            column,
            BigInt(index + 1),
            type === 'FOREIGN KEY' ? BigInt(index + 1) : null,
          ]),
        ),
  },
}
