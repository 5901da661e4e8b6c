import { listOf, structOf, types, type DataType } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { disjunction } from '../plan/expression-tree.ts'
import type { Expression } from '../plan/plan.ts'
import { castTo, literal, not } from './coerce.ts'
import { overItems } from './over-items.ts'
import { scalarCall } from './scalar-call.ts'
import { typeOfName } from './type-name.ts'

/** Functions of a document and a path, by their names; also those that operators have. */
const OF_PATH: ReadonlySet<string> = new Set([
  '->',
  '->>',
  'json_extract',
  'json_extract_path',
  'json_extract_string',
  'json_extract_path_text',
  'json_exists',
  'json_type',
  'json_array_length',
  'json_keys',
  'json_value',
])

const OF_ALL: Readonly<Record<string, string>> = {
  '->': 'json_extract_all',
  json_extract: 'json_extract_all',
  json_extract_path: 'json_extract_all',
  '->>': 'json_extract_string_all',
  json_extract_string: 'json_extract_string_all',
  json_extract_path_text: 'json_extract_string_all',
}

/**
 * Calls over JSON that what their arguments say decides: a path to several values, or a list of paths, gives a list; the
 * second argument of json_transform is a type. Null for any other call.
 */
export function bindJsonCall(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  const [json, second] = args
  if (json === undefined || second === undefined) return null
  switch (name) {
    case 'json_merge_patch':
      if (args.length < 3) return null
      return args.slice(1).reduce((whole, patch) => scalarCall(name, [whole, patch], span), json)
    case 'json_transform':
    case 'from_json':
      return castTo(written(json, span), typeOf(second, span), true)
    case 'json_transform_strict':
    case 'from_json_strict':
      return strictly(written(json, span), typeOf(second, span), span)
    default:
  }
  if (args.length !== 2 || !OF_PATH.has(name)) return null
  if (second.kind === 'call' && second.fn === 'list_value') {
    const each = second.args.map((path) => atPath(name, json, path, span))
    const all = scalarCall('list_value', each, span)
    if (!json.nullable) return all
    const isNull = scalarCall('is_null', [json], span)
    const branches = [{ when: isNull, then: literal(null, all.type) }]
    return { kind: 'case', branches, otherwise: all, type: all.type, nullable: true, span }
  }
  return second.type.kind === 'utf8' ? atPath(name, json, second, span) : null
}

/** The document without blanks. */
function written(json: Expression, span: SourceSpan | undefined): Expression {
  return scalarCall('json', [castTo(json, types.json)], span)
}

/** Keys and values have no function of their own that takes a path. */
function atPath(name: string, json: Expression, path: Expression, span: SourceSpan | undefined): Expression {
  const isBinary = json.type.kind === 'json' && json.type.binary === true
  const isToMany =
    !isBinary &&
    path.kind === 'literal' &&
    typeof path.value === 'string' &&
    /^\$.*(\.\*|\[\*|\.\.)/.test(path.value.replaceAll(/"[^"]*"/g, ''))
  if (isToMany) {
    const fn = OF_ALL[name]
    if (fn !== undefined) return scalarCall(fn, [json, path], span)
    const found = scalarCall('json_extract_all', [json, path], span)
    return overItems(found, (each) => ofValue(name, each, span), span)
  }
  const isCall = name !== 'json_keys' && name !== 'json_value'
  return isCall
    ? scalarCall(name, [json, path], span)
    : ofValue(name, scalarCall('json_extract', [json, path], span), span)
}

/** What the function says of a whole document. */
function ofValue(name: string, json: Expression, span: SourceSpan | undefined): Expression {
  if (name === 'json_exists') return scalarCall('is_not_null', [json], span)
  if (name !== 'json_value') return scalarCall(name, [json], span)
  const type = scalarCall('json_type', [json], span)
  const nested = ['OBJECT', 'ARRAY', 'NULL'].map((each) => literal(each, types.utf8))
  return {
    kind: 'case',
    branches: [{ when: not(scalarCall('in', [type, ...nested], span)), then: castTo(json, types.utf8) }],
    otherwise: null,
    type: types.utf8,
    nullable: true,
    span,
  }
}

/** A document in which every key of the type is there. */
function strictly(json: Expression, type: DataType, span: SourceSpan | undefined): Expression {
  const cast = castTo(json, type)
  const paths = keyPaths(type, '$', span)
  if (paths.length === 0) return cast
  const missing = paths.map((path) => not(scalarCall('json_exists', [json, literal(path, types.utf8)], span)))
  const message = literal('A key of the structure is not in the document', types.utf8)
  const nothing = literal(null, type)
  const failed: Expression = {
    kind: 'case',
    branches: [{ when: scalarCall('error', [message], span), then: nothing }],
    otherwise: null,
    type,
    nullable: true,
  }
  return {
    kind: 'case',
    branches: [{ when: disjunction(missing), then: failed }],
    otherwise: cast,
    type,
    nullable: true,
    span,
  }
}

function keyPaths(type: DataType, path: string, span: SourceSpan | undefined): readonly string[] {
  if (type.kind === 'struct') {
    return type.fields.flatMap(({ name, type: field }) => {
      const own = `${path}."${name}"`
      return [own, ...keyPaths(field, own, span)]
    })
  }
  if (type.kind === 'list' && keyPaths(type.item, path, span).length > 0)
    throw unsupported(
      'A strict structure with objects in a list',
      span,
      'json_transform gives NULL for what is missing.',
    )
  return []
}

/** The type that a structure stands for: `{"a": "INTEGER", "b": ["DATE"]}`. */
function typeOf(structure: Expression, span: SourceSpan | undefined): DataType {
  const place = structure.span ?? span
  if (structure.kind !== 'literal' || typeof structure.value !== 'string')
    throw unsupported('A JSON structure that is not a constant', place)
  try {
    return typeOfStructure(JSON.parse(structure.value), place)
  } catch (error) {
    if (error instanceof LakebookError) throw error
    throw new LakebookError('invalid_argument', 'The structure is not JSON', { span: place })
  }
}

function typeOfStructure(structure: unknown, span: SourceSpan | undefined): DataType {
  if (typeof structure === 'string') return fieldType(structure, span)
  if (Array.isArray(structure) && structure.length === 1) return listOf(typeOfStructure(structure[0], span))
  if (typeof structure === 'object' && structure !== null && !Array.isArray(structure)) {
    const fields = Object.entries(structure).map(([name, type]) => ({
      name,
      type: typeOfStructure(type, span),
    }))
    if (fields.length > 0) return structOf(fields)
  }
  throw new LakebookError('invalid_argument', 'A JSON structure is made of the names of types', {
    span,
    hint: `Write it as '{"a": "INTEGER", "b": ["VARCHAR"]}'.`,
  })
}

function fieldType(name: string, span: SourceSpan | undefined): DataType {
  const type = name.toUpperCase() === 'NULL' ? types.json : typeOfName(name)
  if (type) return type
  throw new LakebookError('invalid_argument', `There is no type "${name}"`, { span })
}
