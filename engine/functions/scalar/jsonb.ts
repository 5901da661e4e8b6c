import { isInteger, listOf, types, type DataType, type StructType } from '../../arrow/types.ts'
import { emitCast } from '../../codegen/cast.ts'
import { formatParts, jsonFailures } from '../../codegen/cast-json.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { compileLiteral } from '../../codegen/expression-literal.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { allocateList, forEachItem, storeItem } from '../../codegen/list-loop.ts'
import { loadField } from '../../codegen/nested-value.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { jsonFunction } from './json-function.ts'
import type { KernelOverload } from './kernel-function.ts'

const { utf8, jsonb, bool, int64 } = types
const texts = listOf(utf8)

/** Any value as JSONB before it is put in normal form; `null` where it is NULL. */
function toJsonb(context: CodeContext, value: Value): Value {
  if (value.type.kind === 'null') return word(context, 'null')
  if (value.valid === null) return validToJsonb(context, value)
  const { f } = context
  const result = declareValue(f, jsonb, false)
  f.get(value.valid)
  f.if(
    () => context.branch(() => copyValue(f, validToJsonb(context, { ...value, valid: null }), result)),
    () => copyValue(f, word(context, 'null'), result),
  )
  return result
}

function validToJsonb(context: CodeContext, value: Value): Value {
  const { type } = value
  const text = (): Value => emitCast(context, value, utf8, { try: false })
  const call = (kernel: string, args: readonly Value[]): Value =>
    emitKernelCall(context, { kernel, args, type: jsonb, failures: jsonFailures })
  switch (type.kind) {
    case 'json':
      return value
    case 'utf8':
      return call('json_string', [value])
    case 'list':
      return listToJsonb(context, value)
    case 'struct':
      return structToJsonb(context, value, type)
    case 'float32':
    case 'float64':
      return call('jsonb_number', [
        emitKernelCall(context, { kernel: 'postgres_float', args: [text()], type: utf8 }),
      ])
    case 'binary':
      return call('json_string', [
        emitKernelCall(context, { kernel: 'postgres_bytes', args: [value], type: utf8 }),
      ])
    case 'interval':
      return call('json_string', [
        emitKernelCall(context, { kernel: 'postgres_interval', args: [text()], type: utf8 }),
      ])
    case 'timestamp':
      return call('jsonb_timestamp', [text()])
    default:
      return type.kind === 'bool' || type.kind === 'decimal' || isInteger(type)
        ? { ...text(), type: jsonb }
        : call('json_string', [text()])
  }
}

function word(context: CodeContext, value: string): Value {
  return compileLiteral(context, { kind: 'literal', value, type: jsonb, nullable: false })
}

function listToJsonb(context: CodeContext, list: Value): Value {
  const items = allocateList(context, texts, list.locals[1]!)
  forEachItem(context, list, (item, index) =>
    storeItem(context, items, index, { ...toJsonb(context, item), type: utf8 }),
  )
  const comma = compileLiteral(context, { kind: 'literal', value: ', ', type: utf8, nullable: false })
  const joined = emitKernelCall(context, { kernel: 'list_join', args: [items, comma], type: utf8 })
  return formatParts(context, ['[', ']'], [joined])
}

/** Fields without a name are called f1, f2 and so on. */
function structToJsonb(context: CodeContext, value: Value, { fields }: StructType): Value {
  const labels = fields.map(
    ({ name }, index) =>
      `${index === 0 ? '{' : ', '}${JSON.stringify(name === '' ? `f${index + 1}` : name)}: `,
  )
  const parts = fields.map((_, index) => toJsonb(context, loadField(context, value, index)))
  return formatParts(context, [...labels, fields.length === 0 ? '{}' : '}'], parts)
}

function normal(context: CodeContext, json: Value): Value {
  return emitKernelCall(context, {
    kernel: 'jsonb_normal',
    args: [json],
    type: jsonb,
    failures: jsonFailures,
  })
}

const makeJsonb: EagerFunction = {
  category: 'json',
  name: 'to_jsonb',
  summary: 'The value as JSONB; a row becomes an object, a timestamp a text with a T.',
  example: "to_jsonb({'b': 1, 'a': [1, 2]})",
  nulls: 'strict',
  guarded: true,
  resolve: (args) => (args.length === 1 ? { argTypes: args, type: jsonb } : null),
  lower: (context, args) => normal(context, toJsonb(context, args[0]!)),
}

const buildArray: EagerFunction = {
  category: 'json',
  name: 'jsonb_build_array',
  aliases: ['json_build_array'],
  summary: 'A JSONB list of the values.',
  example: "jsonb_build_array(1, 'x', NULL)",
  nulls: 'own',
  nullable: () => false,
  resolve: (args) => ({ argTypes: args, type: jsonb }),
  lower(context, args) {
    const labels = args.map((_, index) => (index === 0 ? '[' : ', '))
    const parts = args.map((arg) => toJsonb(context, arg))
    return normal(context, formatParts(context, [...labels, args.length === 0 ? '[]' : ']'], parts))
  },
}

const buildObject: EagerFunction = {
  category: 'json',
  name: 'jsonb_build_object',
  aliases: ['json_build_object'],
  summary: 'A JSONB object of keys, each with its value after it.',
  example: "jsonb_build_object('a', 1, 'b', ARRAY[2])",
  nulls: 'own',
  nullable: () => false,
  resolve(args) {
    if (args.length % 2 === 1) return null
    return { argTypes: args.map((type, index) => (index % 2 === 0 ? utf8 : type)), type: jsonb }
  },
  lower(context, args, call) {
    const { f } = context
    const labels = args.map((_, index) => (index % 2 === 1 ? ': ' : index === 0 ? '{' : ', '))
    const parts = args.map((arg, index) => {
      if (index % 2 === 0 && arg.valid !== null) {
        f.get(arg.valid)
        f.op('i32.eqz')
        f.if(() => context.raise('invalid_argument', 'A key of a JSON object cannot be NULL', call.span))
      }
      return toJsonb(context, index % 2 === 0 ? { ...arg, valid: null } : arg)
    })
    return normal(context, formatParts(context, [...labels, args.length === 0 ? '{}' : '}'], parts))
  },
}

function one(
  args: readonly DataType[],
  type: DataType,
  kernel: string,
  constants?: readonly number[],
): KernelOverload {
  return { args, type, kernel, thread: true, ...(constants && { constants }) }
}

export const jsonbFunctions: readonly ScalarFunction[] = [
  makeJsonb,
  buildArray,
  buildObject,
  jsonFunction(
    'jsonb_extract_path',
    ['#>'],
    'What a list of keys and places leads to, as JSONB; NULL when it leads nowhere.',
    `'{"a": [1, 2]}'::JSONB #> ARRAY['a', '1']`,
    [one([jsonb, texts], jsonb, 'jsonb_path')],
    true,
  ),
  jsonFunction(
    'jsonb_extract_path_text',
    ['#>>'],
    'What a list of keys and places leads to, as text; NULL when it leads nowhere or to null.',
    `'{"a": ["x"]}'::JSONB #>> ARRAY['a', '0']`,
    [one([jsonb, texts], utf8, 'jsonb_path_text')],
    true,
  ),
  jsonFunction(
    'jsonb_contains',
    [],
    'Whether the first document holds the second: members in objects, items in lists in any place.',
    `jsonb_contains('{"a": 1, "b": 2}', '{"b": 2}')`,
    [one([jsonb, jsonb], bool, 'jsonb_contains')],
  ),
  jsonFunction(
    'jsonb_exists',
    ['?'],
    'Whether the text is a key of the object, a string of the list, or the string.',
    `jsonb_exists('{"a": 1}', 'a')`,
    [one([jsonb, utf8], bool, 'jsonb_has')],
  ),
  jsonFunction(
    'jsonb_exists_any',
    ['?|'],
    'Whether one of the texts is a key of the object, or a string of the list.',
    `jsonb_exists_any('{"a": 1}', ARRAY['a', 'b'])`,
    [one([jsonb, texts], bool, 'jsonb_has_some', [0])],
  ),
  jsonFunction(
    'jsonb_exists_all',
    ['?&'],
    'Whether each of the texts is a key of the object, or a string of the list.',
    `jsonb_exists_all('{"a": 1}', ARRAY['a', 'b'])`,
    [one([jsonb, texts], bool, 'jsonb_has_some', [1])],
  ),
  jsonFunction(
    'jsonb_concat',
    [],
    'The members of two objects, or the items of two lists, in one; of a key that both have, the second.',
    `'{"a": 1}'::JSONB || '{"b": 2}'::JSONB`,
    [one([jsonb, jsonb], jsonb, 'jsonb_concat')],
  ),
  jsonFunction(
    'jsonb_delete',
    [],
    'Without a key, or the keys of a list, or an item by its place, below 0 from the end.',
    `'{"a": 1, "b": 2}'::JSONB - 'a'`,
    [one([jsonb, texts], jsonb, 'jsonb_remove_texts'), one([jsonb, int64], jsonb, 'jsonb_remove_item')],
  ),
  jsonFunction(
    'jsonb_delete_path',
    ['#-'],
    'Without what a list of keys and places leads to.',
    `'{"a": [1, 2]}'::JSONB #- ARRAY['a', '0']`,
    [one([jsonb, texts], jsonb, 'jsonb_remove_path')],
  ),
  jsonFunction(
    'jsonb_set',
    [],
    'With a value where a path leads; what is not there is added unless the fourth argument is false.',
    `jsonb_set('{"a": [1]}', ARRAY['a', '0'], '2', true)`,
    [one([jsonb, texts, jsonb, bool], jsonb, 'jsonb_set')],
  ),
  jsonFunction(
    'jsonb_insert',
    [],
    'With a value before the item where a path leads, or after it when the fourth argument is true.',
    `jsonb_insert('[1, 3]', ARRAY['1'], '2', false)`,
    [one([jsonb, texts, jsonb, bool], jsonb, 'jsonb_insert')],
  ),
  jsonFunction(
    'jsonb_strip_nulls',
    ['json_strip_nulls'],
    'Without the members that are null.',
    `jsonb_strip_nulls('{"a": null, "b": 1}')`,
    [one([jsonb], jsonb, 'jsonb_strip_nulls')],
  ),
  jsonFunction('jsonb_pretty', [], 'A line for each member, indented.', `jsonb_pretty('{"a": [1]}')`, [
    one([jsonb], utf8, 'jsonb_pretty'),
  ]),
  jsonFunction(
    'json_items',
    [],
    'The items of a JSON list, or the values of an object.',
    `json_items('[1, [2]]')`,
    [one([utf8], listOf(types.json), 'json_items'), one([jsonb], listOf(jsonb), 'json_items')],
  ),
  jsonFunction(
    'json_item_texts',
    [],
    'The items of a JSON list, or the values of an object, as texts.',
    `json_item_texts('["a", 1]')`,
    [one([jsonb], texts, 'jsonb_item_texts')],
  ),
]
