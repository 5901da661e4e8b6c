import type { Macro } from '../macro.ts'
import { category } from './define.ts'

const text = category('text')
const conditional = category('conditional')

const PRIVILEGES: Readonly<Record<string, string>> = {
  any_column: 'some column of a table',
  column: 'a column',
  database: 'a database',
  foreign_data_wrapper: 'a foreign-data wrapper',
  function: 'a function',
  language: 'a language',
  schema: 'a schema',
  sequence: 'a sequence',
  server: 'a server',
  table: 'a table',
  tablespace: 'a tablespace',
}

/** Whoever asks may do everything. `column` takes one more argument: the table. */
const privileges = Object.entries(PRIVILEGES).map(([kind, what]) => {
  const named = kind === 'column' ? 'what, part' : 'what'
  return conditional(
    `has_${kind}_privilege`,
    [`${named}, privilege → true`, `who, ${named}, privilege → true`],
    `Whether one may use ${what} so: always.`,
    `has_${kind}_privilege(${kind === 'column' ? "'t', 'c'" : "'t'"}, 'SELECT')`,
  )
})

const visible = [
  'collation',
  'conversion',
  'function',
  'operator',
  'opclass',
  'opfamily',
  'table',
  'type',
].map((kind) =>
  conditional(
    `pg_${kind}_is_visible`,
    'oid → true',
    `Whether a ${kind} is found without its schema: always.`,
    `pg_${kind}_is_visible(1)`,
  ),
)

/** What PostgreSQL's tools ask about things of which there are none here. */
const nothing = (
  [
    ['obj_description', ['oid', 'catalog'], 'The comment on an object'],
    ['shobj_description', ['oid', 'catalog'], 'The comment on an object of all databases'],
    ['col_description', ['oid', 'place'], 'The comment on a column'],
    ['pg_get_viewdef', ['oid'], 'The query of a view, by its number'],
    ['pg_get_constraintdef', ['oid'], 'The definition of a constraint, by its number'],
  ] as const
).map(([name, parameters, summary]) =>
  text(
    name,
    [
      `${parameters.join(', ')} → CAST(NULL AS VARCHAR)`,
      `${parameters.join(', ')}, more → CAST(NULL AS VARCHAR)`,
    ],
    `${summary}: NULL, since there is none.`,
    `${name}(${parameters.map((_, index) => index + 1).join(', ')}) IS NULL`,
  ),
)

export const systemMacros: readonly Macro[] = [
  text('current_database', "→ 'memory'", 'The name of the database.', 'current_database()', [
    'current_catalog',
  ]),
  text('current_schema', "→ 'main'", 'The name of the schema.', 'current_schema()'),
  text(
    'current_schemas',
    "implicit → CASE WHEN implicit THEN ['main', 'main', 'main', 'pg_catalog'] ELSE CAST([] AS VARCHAR[]) END",
    'The schemas in which names are looked for; without those that nobody named, none.',
    'current_schemas(true)',
  ),
  conditional(
    'in_search_path',
    "database, schema → lower(database) = 'memory' AND lower(schema) = 'main'",
    'Whether names are looked for in a schema.',
    "in_search_path('memory', 'main')",
  ),
  text('current_user', "→ 'lakebook'", 'Who asks.', 'current_user', ['user', 'session_user', 'current_role']),
  text('version', "→ 'Lakebook'", 'What answers.', 'version()'),
  ...privileges,
  ...visible,
  ...nothing,
  text(
    'pg_get_expr',
    ['expression, oid → expression', 'expression, oid, pretty → expression'],
    'An expression as it is.',
    "pg_get_expr('a > 0', 1)",
  ),
]
