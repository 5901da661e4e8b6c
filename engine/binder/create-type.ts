import type { DataType } from '../arrow/types.ts'
import { LakebookError, unsupported } from '../errors.ts'
import type { Identifier, SqlStatement } from '../sql/ast.ts'
import { queryTemplate } from '../sql/template.ts'
import type { Environment } from './environment.ts'
import { knownType } from './named-types.ts'

/** A type to be known by a name. */
export interface BoundCreateType {
  readonly kind: 'create_type'
  readonly name: Identifier
  readonly type: DataType
  readonly orReplace: boolean
  readonly ifNotExists: boolean
}

const SEPARATOR = '\u001f'
const MOST_VALUES = 100_000

/** Errors: `invalid_argument` for an enum without values, or with one that is there twice. */
export function bindCreateType(
  environment: Environment,
  statement: SqlStatement & { readonly kind: 'create_type' },
): BoundCreateType {
  const { name, definition, orReplace, ifNotExists } = statement
  const type: DataType =
    'kind' in definition
      ? knownType(environment, definition, name.span)
      : { kind: 'enum', values: selectedValues(environment, definition.values, name) }
  if (type.kind === 'enum') {
    const seen = new Set<string>()
    const twice = type.values.find((value) => seen.size === seen.add(value).size)
    if (twice !== undefined || type.values.length === 0) {
      const what = twice === undefined ? 'has no values' : `has the value '${twice}' twice`
      throw new LakebookError('invalid_argument', `The type ${name.name} ${what}`, { span: name.span })
    }
  }
  return { kind: 'create_type', name, type, orReplace, ifNotExists }
}

/** The texts that a query gives, each once, in its order. */
function selectedValues(
  environment: Environment,
  query: Parameters<Environment['bindQuery']>[1],
  { span }: Identifier,
): readonly string[] {
  const { catalog } = environment
  if (!catalog.ask) throw unsupported('CREATE TYPE … AS ENUM (SELECT …)', span, 'List the values.')
  const joined = queryTemplate(
    `SELECT string_agg(value, chr(31) ORDER BY place) FROM (
       SELECT CAST(value AS VARCHAR) AS value, min(place) AS place
       FROM (SELECT r.value, row_number() OVER () AS place FROM "$rows" AS r(value)) AS n
       WHERE value IS NOT NULL GROUP BY 1 ORDER BY place LIMIT ${MOST_VALUES + 1}) AS l`,
    { tables: { rows: { kind: 'derived', query, lateral: false, alias: null } } },
  )
  const answer = catalog.ask(environment.bindQuery(environment, joined, null))
  const values = answer === null ? [] : answer.split(SEPARATOR)
  if (values.length > MOST_VALUES) throw unsupported(`A type of more than ${MOST_VALUES} values`, span)
  return values
}
