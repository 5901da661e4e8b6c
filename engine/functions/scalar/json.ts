import { listOf, types, type DataType } from '../../arrow/types.ts'
import { emitCast } from '../../codegen/cast.ts'
import { formatParts, toJson } from '../../codegen/cast-json.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { jsonFunction } from './json-function.ts'
import type { KernelOverload } from './kernel-function.ts'

const { utf8, int64, uint64, bool, json, jsonb } = types

/** Any value as JSON: `null` for NULL. */
const makeJson: EagerFunction = {
  category: 'json',
  name: 'to_json',
  aliases: ['row_to_json', 'array_to_json'],
  summary: 'The value as JSON; a struct or a map becomes an object.',
  example: "to_json({'a': 1, 'b': [1, 2]})",
  nulls: 'own',
  nullable: () => false,
  resolve: (args) => (args.length === 1 ? { argTypes: args, type: json } : null),
  lower: (context, args) => toJson(context, args[0]!, emitCast),
}

const makeArray: EagerFunction = {
  category: 'json',
  name: 'json_array',
  summary: 'A JSON list of the values.',
  example: "json_array(1, 'x', NULL)",
  nulls: 'own',
  nullable: () => false,
  resolve: (args) => ({ argTypes: args, type: json }),
  lower(context, args) {
    const labels = args.map((_, index) => (index === 0 ? '[' : ','))
    return formatParts(
      context,
      [...labels, args.length === 0 ? '[]' : ']'],
      args.map((arg) => toJson(context, arg, emitCast)),
    )
  },
}

const makeObject: EagerFunction = {
  category: 'json',
  name: 'json_object',
  summary: 'A JSON object of keys, each with its value after it.',
  example: "json_object('a', 1, 'b', [2])",
  nulls: 'own',
  nullable: () => false,
  resolve(args) {
    if (args.length % 2 === 1) return null
    return { argTypes: args.map((type, index) => (index % 2 === 0 ? utf8 : type)), type: json }
  },
  lower(context, args, call) {
    const { f } = context
    const labels = args.map((_, index) => (index % 2 === 1 ? ':' : index === 0 ? '{' : ','))
    const parts = args.map((arg, index) => {
      if (index % 2 === 1) return toJson(context, arg, emitCast)
      if (arg.valid !== null) {
        f.get(arg.valid)
        f.op('i32.eqz')
        f.if(() => context.raise('invalid_argument', 'A key of a JSON object cannot be NULL', call.span))
      }
      return toJson(context, { ...emitCast(context, arg, utf8, { try: false }), valid: null }, emitCast)
    })
    return formatParts(context, [...labels, args.length === 0 ? '{}' : '}'], parts)
  },
}

const isJson: EagerFunction = {
  category: 'json',
  name: 'json_valid',
  summary: 'Whether the text is JSON.',
  example: "json_valid('[1, 2]')",
  nulls: 'strict',
  guarded: true,
  resolve: (args) =>
    args.length === 1 && ['utf8', 'json', 'null'].includes(args[0]!.kind)
      ? { argTypes: [utf8], type: bool }
      : null,
  lower: (context, args) => emitKernelCall(context, { kernel: 'json_valid', args, type: bool }),
}

function withPath(type: DataType, kernel: string): KernelOverload[] {
  return [{ args: [utf8, utf8], type, kernel, thread: true }]
}

/** Columns of json_each and json_tree, in the order of `kernels/assembly/json-rows.ts`. */
const ROW_COLUMNS: readonly (readonly [name: string, type: DataType, summary: string])[] = [
  ['key', utf8, 'Keys and places'],
  ['value', json, 'The values'],
  ['type', utf8, 'The types'],
  ['atom', json, 'What is neither an object nor a list nor null'],
  ['fullkey', utf8, 'The paths'],
  ['path', utf8, 'The paths of the objects and lists around'],
  ['id', uint64, 'The places in the document'],
  ['parent', uint64, 'The places of the objects and lists around'],
]

const jsonRowColumns: readonly EagerFunction[] = ROW_COLUMNS.flatMap(([column, type, summary], place) =>
  ['json_each', 'json_tree'].map((fn, deep) =>
    jsonFunction(
      `${fn}_${column}`,
      [],
      `${summary} of ${deep === 1 ? 'all that is in what a path leads to' : 'the members of what a path leads to'}, as a list: a column of ${fn}.`,
      `${fn}_${column}('{"a": [1, 2]}', '$.a')`,
      [{ args: [utf8, utf8], type: listOf(type), kernel: 'json_rows', constants: [place, deep] }],
    ),
  ),
)

export const jsonFunctions: readonly ScalarFunction[] = [
  jsonFunction(
    'json_extract',
    ['->', 'json_extract_path'],
    'What a path leads to, as JSON: `$.a[0]`, `/a/0`, a key, or the place of an item from 0 on.',
    `json_extract('{"a": [1, 2]}', '$.a[1]')`,
    [
      ...withPath(json, 'json_extract'),
      { args: [utf8, int64], type: json, kernel: 'json_extract_item' },
      { args: [jsonb, utf8], type: jsonb, kernel: 'jsonb_get' },
      { args: [jsonb, int64], type: jsonb, kernel: 'jsonb_get_item' },
    ],
    true,
  ),
  jsonFunction(
    'json_extract_string',
    ['->>', 'json_extract_path_text'],
    'What a path leads to, as text: of a string what it says, NULL for null.',
    `json_extract_string('{"a": "x"}', 'a')`,
    [
      ...withPath(utf8, 'json_extract_string'),
      { args: [utf8, int64], type: utf8, kernel: 'json_extract_string_item' },
      { args: [jsonb, utf8], type: utf8, kernel: 'jsonb_get_text' },
      { args: [jsonb, int64], type: utf8, kernel: 'jsonb_get_item_text' },
    ],
    true,
  ),
  jsonFunction(
    'json_exists',
    [],
    'Whether a path leads to anything.',
    `json_exists('{"a": 1}', 'a')`,
    withPath(bool, 'json_exists'),
  ),
  jsonFunction(
    'json_type',
    [],
    'OBJECT, ARRAY, VARCHAR, BOOLEAN, UBIGINT, BIGINT, DOUBLE or NULL.',
    "json_type('[1]')",
    [{ args: [utf8], type: utf8, kernel: 'json_type' }, ...withPath(utf8, 'json_type_at')],
    true,
  ),
  jsonFunction(
    'json_array_length',
    [],
    'Number of items of a JSON list; 0 for anything else.',
    "json_array_length('[1, 2]')",
    [
      { args: [utf8], type: uint64, kernel: 'json_array_length' },
      ...withPath(uint64, 'json_array_length_at'),
    ],
    true,
  ),
  jsonFunction(
    'json_extract_all',
    [],
    'All values that a path with `[*]`, `.*` or `..` in it leads to, as a list of JSON.',
    `json_extract_all('[{"a": 1}, {"a": 2}]', '$[*].a')`,
    [{ args: [utf8, utf8], type: listOf(json), kernel: 'json_extract_all', constants: [0] }],
  ),
  jsonFunction(
    'json_extract_string_all',
    [],
    'All values that a path with `[*]`, `.*` or `..` in it leads to, as a list of texts.',
    `json_extract_string_all('["x", "y"]', '$[*]')`,
    [{ args: [utf8, utf8], type: listOf(utf8), kernel: 'json_extract_all', constants: [1] }],
  ),
  ...jsonRowColumns,
  jsonFunction(
    'json_contains',
    [],
    'Whether the first document holds the second at any depth; objects may have more members, and lists more items.',
    `json_contains('{"a": [1, 2]}', '2')`,
    [{ args: [utf8, utf8], type: bool, kernel: 'json_contains', thread: true }],
  ),
  jsonFunction(
    'json_merge_patch',
    [],
    'The first document with the members of the second in it; null takes a member away (RFC 7396).',
    `json_merge_patch('{"a": 1, "b": 2}', '{"b": null, "c": 3}')`,
    [{ args: [utf8, utf8], type: json, kernel: 'json_merge_patch' }],
  ),
  jsonFunction('json_pretty', [], 'With a line for each member.', `json_pretty('{"a": [1, 2]}')`, [
    { args: [utf8], type: utf8, kernel: 'json_pretty' },
  ]),
  jsonFunction(
    'json_structure',
    [],
    'The types of a document, in its own shape.',
    `json_structure('{"a": 1, "b": ["x"]}')`,
    [{ args: [utf8], type: json, kernel: 'json_structure' }],
  ),
  jsonFunction('json_keys', [], 'The keys of a JSON object.', `json_keys('{"a": 1, "b": 2}')`, [
    { args: [utf8], type: listOf(utf8), kernel: 'json_keys' },
  ]),
  jsonFunction('json', ['json_minify'], 'JSON without blanks.', `json('{ "a" : 1 }')`, [
    { args: [utf8], type: json, kernel: 'json_minify' },
  ]),
  isJson,
  makeJson,
  makeArray,
  makeObject,
]
