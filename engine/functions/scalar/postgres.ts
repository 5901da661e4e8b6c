import { isFloat, listOf, types, type StructType } from '../../arrow/types.ts'
import { emitCast } from '../../codegen/cast.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { allocateList, forEachItem, storeItem } from '../../codegen/list-loop.ts'
import { loadField } from '../../codegen/nested-value.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { kernelFunction } from './kernel-function.ts'

const { utf8, binary } = types

/** The text of a valid value. */
function textOf(context: CodeContext, value: Value): Value {
  const { type } = value
  const kernel = (name: string, arg: Value, constants: readonly number[] = []): Value =>
    emitKernelCall(context, { kernel: name, args: [arg], constants, type: utf8 })
  if (type.kind === 'list') {
    const texts = allocateList(context, listOf(utf8), value.locals[1]!)
    forEachItem(context, value, (item, index) =>
      storeItem(context, texts, index, nullableText(context, item)),
    )
    return kernel('postgres_list', texts, [type.item.kind === 'list' ? 1 : 0])
  }
  if (type.kind === 'struct') return kernel('postgres_row', fieldTexts(context, value, type))
  if (type.kind === 'binary') return kernel('postgres_bytes', value)
  const text = emitCast(context, value, utf8, { try: false })
  if (isFloat(type)) return kernel('postgres_float', text)
  if (type.kind === 'interval') return kernel('postgres_interval', text)
  if (type.kind !== 'bool') return text
  // the first letter of true or false
  const letter = declareValue(context.f, utf8, false)
  copyValue(context.f, text, letter)
  context.f.i32(1)
  context.f.set(letter.locals[1]!)
  return letter
}

function nullableText(context: CodeContext, value: Value): Value {
  const { f } = context
  const result = declareValue(f, utf8, true)
  f.i32(0)
  f.set(result.valid!)
  if (value.type.kind === 'null') return result
  if (value.valid === null) return textOf(context, value)
  f.get(value.valid)
  f.if(() => context.branch(() => copyValue(f, textOf(context, { ...value, valid: null }), result)))
  return result
}

function fieldTexts(context: CodeContext, struct: Value, { fields }: StructType): Value {
  const { f } = context
  f.i32(fields.length)
  const texts = allocateList(context, listOf(utf8), f.keep('i32'))
  fields.forEach((_, place) => {
    f.i32(place)
    storeItem(context, texts, f.keep('i32'), nullableText(context, loadField(context, struct, place)))
  })
  return texts
}

const postgresText: EagerFunction = {
  name: 'postgres_text',
  category: 'text',
  summary: 'The value as PostgreSQL prints it: t, {1,NULL}, (1,), \\x0a, 1 mon.',
  example: 'postgres_text([1, NULL])',
  nulls: 'strict',
  guarded: true,
  resolve: (args) => (args.length === 1 ? { argTypes: args, type: utf8 } : null),
  lower: (context, args) => textOf(context, args[0]!),
}

const notBytes = [{ code: 'cast', message: 'The text does not stand for bytes' }] as const

export const postgresFunctions: readonly ScalarFunction[] = [
  kernelFunction({
    name: 'postgres_shift_left',
    category: 'bits',
    summary: 'Bits shifted to the left as PostgreSQL shifts them: those that leave are lost.',
    example: 'postgres_shift_left(1::BIGINT, 63)',
    overloads: [
      { args: [types.int32, types.int32], type: types.int32, kernel: 'postgres_shift_left_i32' },
      { args: [types.int64, types.int32], type: types.int64, kernel: 'postgres_shift_left_i64' },
    ],
  }),
  kernelFunction({
    name: 'postgres_shift_right',
    category: 'bits',
    summary: 'Bits shifted to the right as PostgreSQL shifts them: the sign fills up.',
    example: 'postgres_shift_right(-8, 1)',
    overloads: [
      { args: [types.int32, types.int32], type: types.int32, kernel: 'postgres_shift_right_i32' },
      { args: [types.int64, types.int32], type: types.int64, kernel: 'postgres_shift_right_i64' },
    ],
  }),
  postgresText,
  kernelFunction({
    name: 'postgres_list',
    category: 'text',
    summary: 'A list as PostgreSQL writes it, such as {1,NULL}, in the spelling that casts to lists read.',
    example: `postgres_list('{1, NULL}')::INT[]`,
    overloads: [{ args: [utf8], type: utf8, kernel: 'list_from_postgres' }],
  }),
  kernelFunction({
    name: 'postgres_bytes',
    category: 'text',
    summary: 'The bytes that a text stands for in PostgreSQL: \\x and hexadecimal digits, or octal escapes.',
    example: `postgres_bytes('\\x6162')`,
    overloads: [{ args: [utf8], type: binary, kernel: 'bytes_from_text' }],
    failures: notBytes,
  }),
  kernelFunction({
    name: 'bytes_escape',
    category: 'text',
    summary: 'The bytes as text, with octal escapes for those that are not ASCII.',
    example: `bytes_escape(encode('ä'))`,
    overloads: [{ args: [binary], type: utf8, kernel: 'escape_bytes' }],
  }),
  kernelFunction({
    name: 'bytes_unescape',
    category: 'text',
    summary: 'The bytes of a text with octal escapes.',
    example: `bytes_unescape('\\303\\244')`,
    overloads: [{ args: [utf8], type: binary, kernel: 'unescape_bytes' }],
    failures: notBytes,
  }),
]
