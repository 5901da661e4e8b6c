import { types } from '../../arrow/types.ts'
import { emitHash } from '../../codegen/hash.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { kernelFunction } from './kernel-function.ts'

const { utf8, binary, uint64, int64, float64, bool, uuid } = types

const hash: EagerFunction = {
  name: 'hash',
  category: 'text',
  summary: 'A number of 64 bits that equal values share; it may change from one version to the next.',
  example: "hash('duck') = hash('duck')",
  nulls: 'own',
  nullable: () => false,
  resolve: (args) => (args.length > 0 ? { argTypes: args, type: uint64 } : null),
  lower(context, args) {
    const { f } = context
    f.i64(0n)
    let seed = f.keep('i64')
    for (const value of args) {
      emitHash(context, value, seed)
      seed = f.keep('i64')
    }
    return { type: uint64, physical: 'u64', locals: [seed], valid: null }
  },
}

/** A literal message ends the query when a row gets here. */
const error: EagerFunction = {
  name: 'error',
  category: 'conditional',
  summary: 'Ends the query with this message when a row gets here.',
  example: "CASE WHEN 1 > 2 THEN error('one is too many') ELSE true END",
  nulls: 'strict',
  guarded: true,
  nullable: true,
  resolve: (args) => (args.length === 1 ? { argTypes: [utf8], type: bool } : null),
  lower(context, args, call) {
    const { f } = context
    const [pointer, length] = args[0]!.locals
    f.i32(1)
    f.if(() =>
      context.raise('invalid_argument', '{}', call.span, undefined, { pointer: pointer!, length: length! }),
    )
    f.i32(0)
    const value = f.keep('i32')
    return { type: bool, physical: 'bool', locals: [value], valid: value }
  },
}

export const identityFunctions: readonly ScalarFunction[] = [
  hash,
  error,
  kernelFunction({
    name: 'uuid',
    aliases: ['gen_random_uuid', 'uuidv4'],
    category: 'text',
    summary: 'A random identifier, another one for every row.',
    example: 'length(uuid()::VARCHAR)',
    overloads: [{ args: [], type: uuid, kernel: 'random_uuid_v4' }],
  }),
  kernelFunction({
    name: 'uuid_of_instant',
    category: 'text',
    summary:
      'An identifier (version 7) that begins with an instant, and so sorts by it; another one for every row.',
    example: 'uuid_extract_timestamp(uuid_of_instant(to_timestamp(1709209800)))',
    overloads: [{ args: [{ kind: 'timestamp', zone: 'UTC' }], type: uuid, kernel: 'random_uuid_v7' }],
  }),
  kernelFunction({
    name: 'uuid_extract_version',
    category: 'text',
    summary: 'How a UUID was made: 4 at random, 7 by the time.',
    example: "uuid_extract_version('019482e4-1441-7aad-8127-eec99573b0a0'::UUID)",
    overloads: [{ args: [uuid], type: types.uint32, kernel: 'uuid_version' }],
  }),
  kernelFunction({
    name: 'uuid_extract_timestamp',
    category: 'date and time',
    summary: 'The instant in a UUID of version 7.',
    example: "uuid_extract_timestamp('019482e4-1441-7aad-8127-eec99573b0a0'::UUID)",
    overloads: [{ args: [uuid], type: { kind: 'timestamp', zone: 'UTC' }, kernel: 'uuid_instant' }],
    failures: [{ code: 'invalid_argument', message: 'Only a UUID of version 7 has a time' }],
  }),
  kernelFunction({
    name: 'setseed',
    category: 'math',
    summary: 'Makes random() repeat what it gives from here on; the seed is from -1 to 1.',
    example: 'setseed(0.5)',
    overloads: [{ args: [float64], type: bool, kernel: 'random_seeded' }],
    nullable: true,
  }),
  kernelFunction({
    name: 'jaro_similarity',
    category: 'text',
    summary: 'How alike two texts are by Jaro’s measure, from 0 to 1.',
    example: "jaro_similarity('duck', 'duckdb')",
    overloads: [{ args: [utf8, utf8], type: float64, kernel: 'jaro_similarity', thread: true }],
  }),
  kernelFunction({
    name: 'jaro_winkler_similarity',
    category: 'text',
    summary: 'As jaro_similarity; texts that begin alike count as more alike.',
    example: "jaro_winkler_similarity('duck', 'duckdb')",
    overloads: [{ args: [utf8, utf8], type: float64, kernel: 'jaro_winkler_similarity', thread: true }],
  }),
  kernelFunction({
    name: 'unbin',
    category: 'text',
    summary: 'The bytes that binary digits stand for.',
    example: "hex(unbin('0110'))",
    overloads: [{ args: [utf8], type: binary, kernel: 'binary_digits' }],
    failures: [{ code: 'invalid_argument', message: 'The text is not made of binary digits' }],
  }),
  kernelFunction({
    name: 'nfc_normalize',
    category: 'text',
    summary: 'In the composed form of Unicode (NFC).',
    example: "nfc_normalize('ardèch')",
    overloads: [{ args: [utf8], type: utf8, kernel: 'text_mapped', constants: [0] }],
  }),
  kernelFunction({
    name: 'strip_accents',
    category: 'text',
    summary: 'Letters without their accents.',
    example: "strip_accents('mühleisen')",
    overloads: [{ args: [utf8], type: utf8, kernel: 'text_mapped', constants: [1] }],
  }),
  kernelFunction({
    name: 'substring_grapheme',
    category: 'text',
    summary: 'So many characters as a reader sees them, from a position on.',
    example: "substring_grapheme('🦆🤦🏼‍♂️🤦🏽‍♀️🦆', 3, 2)",
    overloads: [
      { args: [utf8, int64, int64], type: utf8, kernel: 'text_mapped_within', constants: [2] },
      { args: [utf8, int64], type: utf8, kernel: 'text_mapped_from', constants: [2] },
    ],
  }),
  kernelFunction({
    name: 'left_grapheme',
    category: 'text',
    summary: 'The first characters as a reader sees them; below 0, all but so many.',
    example: "left_grapheme('🤦🏼‍♂️🤦🏽‍♀️', 1)",
    overloads: [{ args: [utf8, int64], type: utf8, kernel: 'text_mapped_by', constants: [3] }],
  }),
  kernelFunction({
    name: 'right_grapheme',
    category: 'text',
    summary: 'The last characters as a reader sees them; below 0, all but so many.',
    example: "right_grapheme('🤦🏼‍♂️🤦🏽‍♀️', 1)",
    overloads: [{ args: [utf8, int64], type: utf8, kernel: 'text_mapped_by', constants: [4] }],
  }),
  kernelFunction({
    name: 'length_grapheme',
    category: 'text',
    summary: 'How many characters a reader sees.',
    example: "length_grapheme('🤦🏼‍♂️🤦🏽‍♀️')",
    overloads: [{ args: [utf8], type: int64, kernel: 'text_measured', constants: [0] }],
  }),
  kernelFunction({
    name: 'format_value',
    category: 'text',
    summary:
      'A value’s text by a kind (i, f or s) and a format of width, precision and type; what format and printf use.',
    example: "format_value('3.14159', 'f8.2f')",
    overloads: [{ args: [utf8, utf8], type: utf8, kernel: 'text_mapped_with', constants: [5] }],
    failures: [{ code: 'invalid_argument', message: 'The format does not fit the value' }],
  }),
]
