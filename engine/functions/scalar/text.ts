import { listOf, types, type DataType } from '../../arrow/types.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { declareValue, pushValid } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'

const { utf8, int64, int32, bool, binary } = types

function text(
  name: string,
  args: readonly DataType[],
  type: DataType,
  kernel: string,
  summary: string,
  example: string,
  aliases: readonly string[] = [],
): EagerFunction {
  return textOverloads(name, [{ args, type, kernel }], summary, example, aliases)
}

function textOverloads(
  name: string,
  overloads: readonly KernelOverload[],
  summary: string,
  example: string,
  aliases: readonly string[] = [],
): EagerFunction {
  return kernelFunction({ name, aliases, category: 'text', summary, example, overloads })
}

/** `a || b`; a list on either side is handled by `list_concat`. Any other type is cast to text. */
const joinOperator: EagerFunction = {
  name: '||',
  category: 'operator',
  summary: 'Joins two texts; NULL when one of them is.',
  example: "'duck' || 'pond'",
  nulls: 'strict',
  guarded: true,
  resolve(args) {
    if (args.length !== 2 || args.some((type) => type.kind === 'list')) return null
    if (args.every((type) => type.kind === 'binary')) return { argTypes: args, type: binary }
    return { argTypes: [utf8, utf8], type: utf8 }
  },
  lower: (context, args, call) => emitKernelCall(context, { kernel: 'string_concat', args, type: call.type }),
}

/** Joins what is not NULL, piece by piece; every piece is copied again, so it is meant for short lists. */
const concat: EagerFunction = {
  name: 'concat',
  category: 'text',
  summary: 'Joins all values as text, leaving NULLs out.',
  example: "concat('a', NULL, 1)",
  nulls: 'own',
  nullable: () => false,
  resolve(args) {
    if (args.length === 0 || args.some((type) => type.kind === 'list')) return null
    return { argTypes: args.map(() => utf8), type: utf8 }
  },
  lower(context, args, call) {
    const { f } = context
    const result = declareValue(f, call.type, false)
    for (const local of result.locals) {
      f.i32(0)
      f.set(local)
    }
    for (const arg of args) {
      pushValid(f, arg)
      f.if(() => {
        const joined = emitKernelCall(context, { kernel: 'string_concat', args: [result, arg], type: utf8 })
        joined.locals.forEach((local, i) => {
          f.get(local)
          f.set(result.locals[i]!)
        })
      })
    }
    return result
  },
}

const concatWithSeparator: EagerFunction = {
  name: 'concat_ws',
  category: 'text',
  summary: 'Joins all values after the first as text, the first between them, leaving NULLs out.',
  example: "concat_ws(', ', 'a', NULL, 'b')",
  nulls: 'own',
  resolve(args) {
    if (args.length < 2 || args.some((type) => type.kind === 'list')) return null
    return { argTypes: args.map(() => utf8), type: utf8 }
  },
  nullable: ([separator]) => separator === true,
  lower(context, args, call) {
    const { f } = context
    const [separator, ...pieces] = args
    const result = declareValue(f, call.type, false)
    const started = f.local('i32')
    for (const local of [...result.locals, started]) {
      f.i32(0)
      f.set(local)
    }
    const assign = (value: typeof result) =>
      value.locals.forEach((local, i) => {
        f.get(local)
        f.set(result.locals[i]!)
      })
    const join = (piece: typeof result) =>
      assign(emitKernelCall(context, { kernel: 'string_concat', args: [result, piece], type: utf8 }))
    for (const piece of pieces) {
      pushValid(f, piece)
      pushValid(f, separator!)
      f.op('i32.and')
      f.if(() => {
        f.get(started)
        f.if(() => join(separator!))
        join(piece)
        f.i32(1)
        f.set(started)
      })
    }
    return { ...result, valid: separator!.valid }
  },
}

export const textFunctions: readonly ScalarFunction[] = [
  joinOperator,
  concat,
  concatWithSeparator,
  textOverloads(
    'length',
    [
      { args: [utf8], type: int64, kernel: 'string_length' },
      { args: [binary], type: int64, kernel: 'bytes_length' },
      { args: [types.bit], type: int64, kernel: 'bit_length_bits' },
    ],
    'Number of characters (code points).',
    "length('naïve')",
    ['char_length', 'character_length'],
  ),
  textOverloads(
    'octet_length',
    [
      { args: [utf8], type: int64, kernel: 'bytes_length' },
      { args: [binary], type: int64, kernel: 'bytes_length' },
      { args: [types.bit], type: int64, kernel: 'bit_octets' },
    ],
    'Number of bytes in UTF-8.',
    "octet_length('naïve')",
    ['strlen', 'len_bytes'],
  ),
  textOverloads(
    'bit_length',
    [
      { args: [utf8], type: int64, kernel: 'bytes_bit_length' },
      { args: [binary], type: int64, kernel: 'bytes_bit_length' },
      { args: [types.bit], type: int64, kernel: 'bit_length_bits' },
    ],
    'Number of bits, of a text in UTF-8.',
    "bit_length('abc')",
  ),
  text('lower', [utf8], utf8, 'string_lower', 'In small letters.', "lower('ÄB')", ['lcase']),
  text('upper', [utf8], utf8, 'string_upper', 'In capital letters.', "upper('äb')", ['ucase']),
  text(
    'initcap',
    [utf8],
    utf8,
    'string_initcap',
    'Every word with a capital letter.',
    "initcap('hello world')",
  ),
  textOverloads(
    'substring',
    [
      { args: [utf8, int64, int64], type: utf8, kernel: 'string_substring' },
      { args: [utf8, int64], type: utf8, kernel: 'string_substring_from' },
    ],
    'Characters from a position on (1 is the first, negative counts from the end), at most so many.',
    "substring('database', 5, 3)",
    ['substr'],
  ),
  text(
    'str_slice',
    [utf8, int64, int64],
    utf8,
    'string_slice',
    'Characters from an offset on (0 is the first, negative counts from the end).',
    "str_slice('database', 4, 3)",
  ),
  text(
    'str_slice_from',
    [utf8, int64],
    utf8,
    'string_slice_from',
    'All characters from an offset on (0 is the first).',
    "str_slice_from('database', 4)",
  ),
  text(
    'left',
    [utf8, int64],
    utf8,
    'string_left',
    'The first characters; a negative count leaves out the last ones.',
    "left('database', 4)",
  ),
  text(
    'right',
    [utf8, int64],
    utf8,
    'string_right',
    'The last characters; a negative count leaves out the first ones.',
    "right('database', 4)",
  ),
  text(
    'strpos',
    [utf8, utf8],
    int64,
    'string_position',
    'Where the second text begins in the first (1 is the first character), 0 when nowhere.',
    "strpos('database', 'base')",
    ['instr', 'position'],
  ),
  text(
    'contains',
    [utf8, utf8],
    bool,
    'string_contains',
    'Whether the second text is part of the first.',
    "contains('database', 'tab')",
  ),
  text(
    'starts_with',
    [utf8, utf8],
    bool,
    'string_starts_with',
    'Whether the first text begins with the second.',
    "starts_with('database', 'data')",
    ['prefix', '^@'],
  ),
  text(
    'ends_with',
    [utf8, utf8],
    bool,
    'string_ends_with',
    'Whether the first text ends with the second.',
    "ends_with('database', 'base')",
    ['suffix'],
  ),
  text(
    'replace',
    [utf8, utf8, utf8],
    utf8,
    'string_replace',
    'Replaces every occurrence of the second text by the third.',
    "replace('banana', 'an', 'in')",
  ),
  text(
    'replace_first',
    [utf8, utf8, utf8],
    utf8,
    'string_replace_first',
    'Replaces the first occurrence of the second text by the third.',
    "replace_first('banana', 'an', 'in')",
  ),
  text(
    'translate',
    [utf8, utf8, utf8],
    utf8,
    'string_translate',
    'Replaces each character of the second text by the one at its place in the third.',
    "translate('12345', '143', 'ax')",
  ),
  text(
    'split_part',
    [utf8, utf8, int64],
    utf8,
    'string_split_part',
    'The n-th piece between separators (1 is the first, -1 the last).',
    "split_part('a-b-c', '-', 2)",
  ),
  text(
    'string_split',
    [utf8, utf8],
    listOf(utf8),
    'string_split',
    'All pieces between separators, as a list.',
    "string_split('a-b-c', '-')",
    ['str_split', 'string_to_array', 'split'],
  ),
  textOverloads(
    'trim',
    [
      { args: [utf8], type: utf8, kernel: 'string_trim_spaces', constants: [3] },
      { args: [utf8, utf8], type: utf8, kernel: 'string_trim', constants: [3] },
      { args: [binary, binary], type: binary, kernel: 'bytes_trim', constants: [3] },
    ],
    'Without spaces, or the characters of the second text, at both ends.',
    "trim('  x ')",
    ['btrim'],
  ),
  textOverloads(
    'ltrim',
    [
      { args: [utf8], type: utf8, kernel: 'string_trim_spaces', constants: [1] },
      { args: [utf8, utf8], type: utf8, kernel: 'string_trim', constants: [1] },
      { args: [binary, binary], type: binary, kernel: 'bytes_trim', constants: [1] },
    ],
    'Without spaces, or the characters of the second text, at the start.',
    "ltrim('  x ')",
  ),
  textOverloads(
    'rtrim',
    [
      { args: [utf8], type: utf8, kernel: 'string_trim_spaces', constants: [2] },
      { args: [utf8, utf8], type: utf8, kernel: 'string_trim', constants: [2] },
      { args: [binary, binary], type: binary, kernel: 'bytes_trim', constants: [2] },
    ],
    'Without spaces, or the characters of the second text, at the end.',
    "rtrim('  x ')",
  ),
  textOverloads(
    'strip_whitespace',
    [{ args: [utf8], type: utf8, kernel: 'string_strip_whitespace', constants: [3] }],
    'Without any white space at both ends.',
    "strip_whitespace(' x ')",
  ),
  textOverloads(
    'strip_prefix',
    [{ args: [utf8, utf8], type: utf8, kernel: 'string_strip_prefix' }],
    'Without the second text at the start, where it is there.',
    "strip_prefix('v1.2', 'v')",
  ),
  textOverloads(
    'strip_suffix',
    [{ args: [utf8, utf8], type: utf8, kernel: 'string_strip_suffix' }],
    'Without the second text at the end, where it is there.',
    "strip_suffix('1.2 kg', ' kg')",
  ),
  kernelFunction({
    name: 'lpad',
    category: 'text',
    summary: 'Filled up at the start, or cut off, to so many characters.',
    example: "lpad('7', 3, '0')",
    overloads: [
      { args: [utf8, int32, utf8], type: utf8, kernel: 'string_pad_left' },
      { args: [utf8, int32], type: utf8, kernel: 'string_pad_left_spaces' },
    ],
    failures: [{ code: 'invalid_argument', message: 'There is nothing to fill the text up with' }],
  }),
  kernelFunction({
    name: 'rpad',
    category: 'text',
    summary: 'Filled up at the end, or cut off, to so many characters.',
    example: "rpad('7', 3, '0')",
    overloads: [
      { args: [utf8, int32, utf8], type: utf8, kernel: 'string_pad_right' },
      { args: [utf8, int32], type: utf8, kernel: 'string_pad_right_spaces' },
    ],
    failures: [{ code: 'invalid_argument', message: 'There is nothing to fill the text up with' }],
  }),
  text(
    'str_zfill',
    [utf8, int64],
    utf8,
    'string_zero_fill',
    'Filled up with zeros after the sign, to so many characters.',
    "str_zfill('-7', 4)",
  ),
  text('reverse', [utf8], utf8, 'string_reverse', 'Backwards, character by character.', "reverse('abc')"),
  textOverloads(
    'repeat',
    [utf8, types.binary].map((type) => ({ args: [type, int64], type, kernel: 'string_repeat' })),
    'So many times over.',
    "repeat('ab', 3)",
  ),
  textOverloads(
    'ascii',
    [{ args: [utf8], type: int32, kernel: 'string_code_point', constants: [0] }],
    'Code point of the first character; 0 of an empty text.',
    "ascii('A')",
  ),
  textOverloads(
    'unicode',
    [{ args: [utf8], type: int32, kernel: 'string_code_point', constants: [-1] }],
    'Code point of the first character; -1 of an empty text.',
    "unicode('ä')",
    ['ord'],
  ),
  text(
    'text_extract',
    [utf8, int64],
    utf8,
    'string_extract',
    'The character at a position, 1 being the first and -1 the last.',
    "text_extract('duck', 2)",
  ),
  text(
    'text_slice',
    [utf8, int64, int64],
    utf8,
    'string_slice_positions',
    'Characters from one position to another, both included.',
    "text_slice('duck', 2, 3)",
  ),
  textOverloads(
    'overlay',
    [
      { args: [utf8, utf8, int64], type: utf8, kernel: 'string_overlay' },
      { args: [utf8, utf8, int64, int64], type: utf8, kernel: 'string_overlay_length' },
    ],
    'Replaces characters from a position on: as many as the second text has, or so many.',
    "overlay('Txxxxas', 'hom', 2, 4)",
  ),
  kernelFunction({
    name: 'chr',
    category: 'text',
    summary: 'The character with this code point.',
    example: 'chr(65)',
    overloads: [{ args: [int32], type: utf8, kernel: 'string_from_code_point' }],
    failures: [{ code: 'invalid_argument', message: 'Invalid code point given to chr' }],
  }),
  textOverloads(
    'hex',
    [
      { args: [utf8], type: utf8, kernel: 'bytes_hex' },
      { args: [binary], type: utf8, kernel: 'bytes_hex' },
      { args: [int64], type: utf8, kernel: 'int64_hex' },
      { args: [types.uint64], type: utf8, kernel: 'int64_hex' },
      { args: [types.hugeint], type: utf8, kernel: 'i128_hex' },
    ],
    'In hexadecimal digits.',
    "hex('abc')",
    ['to_hex'],
  ),
  textOverloads(
    'bin',
    [
      { args: [utf8], type: utf8, kernel: 'bytes_binary' },
      { args: [binary], type: utf8, kernel: 'bytes_binary' },
      { args: [int64], type: utf8, kernel: 'int64_binary' },
      { args: [types.uint64], type: utf8, kernel: 'int64_binary' },
      { args: [types.hugeint], type: utf8, kernel: 'i128_binary' },
    ],
    'In binary digits.',
    'bin(10)',
    ['to_binary'],
  ),
  text(
    'count_matches',
    [utf8, utf8],
    int64,
    'string_count',
    'How often the second text occurs in the first.',
    "count_matches('banana', 'an')",
  ),
  kernelFunction({
    name: 'format_bytes',
    aliases: ['formatreadablesize', 'pg_size_pretty'],
    category: 'text',
    summary: 'A number of bytes in units of 1024.',
    example: 'format_bytes(16384)',
    overloads: [{ args: [int64], type: utf8, kernel: 'format_bytes', constants: [1024] }],
  }),
  kernelFunction({
    name: 'formatreadabledecimalsize',
    category: 'text',
    summary: 'A number of bytes in units of 1000.',
    example: 'formatReadableDecimalSize(16000)',
    overloads: [{ args: [int64], type: utf8, kernel: 'format_bytes', constants: [1000] }],
  }),
]
