import { types } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlDialect } from '../sql/ast.ts'
import { dimensionLength } from './array-call.ts'
import { castTo, literal } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/** Columns of a function that gives rows: each is the items of a list. */
export interface RowLists {
  readonly lists: readonly Expression[]
  readonly names: readonly string[]
}

interface RowFunction {
  /** Absent: in both. */
  readonly dialect?: SqlDialect
  readonly names?: readonly string[]
  readonly lists: (args: readonly Expression[], span: SourceSpan | undefined) => readonly Expression[]
}

const one = literal(1n, types.int64)

/** Columns of json_each and json_tree: each has a function of its own. */
const JSON_COLUMNS = ['key', 'value', 'type', 'atom', 'id', 'parent', 'fullkey', 'path']

function jsonRows(fn: string): RowFunction {
  return {
    names: JSON_COLUMNS,
    lists: ([json, path], span) =>
      JSON_COLUMNS.map((column) =>
        scalarCall(`${fn}_${column}`, [json!, path ?? literal('$', types.utf8)], span),
      ),
  }
}

/** Functions that give rows in a select list as well as in FROM, beside unnest. */
const rowFunctions: Readonly<Record<string, RowFunction>> = {
  generate_series: {
    dialect: 'postgres',
    lists: (args, span) => [scalarCall('generate_series', args, span)],
  },
  generate_subscripts: {
    lists([list, dimension, isReversed], span) {
      const length = dimensionLength(list!, dimension ?? one, span)
      const step = literal(-1n, types.int64)
      const reversed = isReversed?.kind === 'literal' && isReversed.value === true
      return [scalarCall('generate_series', reversed ? [length, one, step] : [one, length], span)]
    },
  },
  regexp_matches: {
    dialect: 'postgres',
    lists: ([text, pattern, options], span) => [
      scalarCall('regexp_match_all', [text!, pattern!, options ?? literal('', types.utf8)], span),
    ],
  },
  regexp_split_to_table: { lists: (args, span) => [scalarCall('postgres_regexp_split', args, span)] },
  string_to_table: { lists: (args, span) => [scalarCall('string_split', args, span)] },
  jsonb_array_elements: {
    names: ['value'],
    lists: ([json], span) => [scalarCall('json_items', [castTo(json!, types.jsonb)], span)],
  },
  json_array_elements: { names: ['value'], lists: (args, span) => [scalarCall('json_items', args, span)] },
  jsonb_array_elements_text: {
    names: ['value'],
    lists: ([json], span) => [scalarCall('json_item_texts', [castTo(json!, types.jsonb)], span)],
  },
  json_array_elements_text: {
    names: ['value'],
    lists: (args, span) => [scalarCall('json_item_texts', args, span)],
  },
  json_each: jsonRows('json_each'),
  json_tree: jsonRows('json_tree'),
  jsonb_object_keys: {
    lists: ([json], span) => [scalarCall('json_keys', [castTo(json!, types.jsonb)], span)],
  },
  json_object_keys: { lists: (args, span) => [scalarCall('json_keys', args, span)] },
  jsonb_each: {
    names: ['key', 'value'],
    lists([given], span) {
      const json = castTo(given!, types.jsonb)
      return [scalarCall('json_keys', [json], span), scalarCall('json_items', [json], span)]
    },
  },
  jsonb_each_text: {
    names: ['key', 'value'],
    lists([given], span) {
      const json = castTo(given!, types.jsonb)
      return [scalarCall('json_keys', [json], span), scalarCall('json_item_texts', [json], span)]
    },
  },
}

/** Whether a call of the name gives rows. */
export function givesRows(name: string, dialect: SqlDialect): boolean {
  const found = Object.hasOwn(rowFunctions, name) ? rowFunctions[name] : undefined
  return found !== undefined && (found.dialect ?? dialect) === dialect
}

/** What a function that `givesRows` gives for these arguments. */
export function bindRows(name: string, args: readonly Expression[], span: SourceSpan | undefined): RowLists {
  const { lists, names = [name] } = rowFunctions[name]!
  return { lists: lists(args, span), names }
}
