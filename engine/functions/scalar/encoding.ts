import { sameType, typeName, types, type DataType } from '../../arrow/types.ts'
import type { KernelFailure } from '../../codegen/kernel-call.ts'
import { compileLiteral } from '../../codegen/expression-literal.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'

const { utf8, binary, int64, int32 } = types

function encoding(
  name: string,
  overloads: readonly KernelOverload[],
  summary: string,
  example: string,
  aliases: readonly string[] = [],
  failure?: string,
): EagerFunction {
  const failures: KernelFailure[] =
    failure === undefined ? [] : [{ code: 'invalid_argument', message: failure }]
  return kernelFunction({ name, aliases, category: 'text', summary, example, overloads, failures })
}

function ofBytes(kernel: string, type: DataType): KernelOverload[] {
  return [utf8, binary].map((arg) => ({ args: [arg], type, kernel }))
}

const typeOf: EagerFunction = {
  name: 'typeof',
  category: 'text',
  summary: 'The name of the value’s type.',
  example: 'typeof(1)',
  nulls: 'own',
  nullable: () => false,
  resolve: (args) => (args.length === 1 ? { argTypes: args, type: utf8 } : null),
  lower(context, args) {
    const { type } = args[0]!
    const name = sameType(type, types.hugeint) ? 'HUGEINT' : type.kind === 'null' ? '"NULL"' : typeName(type)
    return compileLiteral(context, { kind: 'literal', value: name, type: utf8, nullable: false })
  },
}

export const encodingFunctions: readonly ScalarFunction[] = [
  typeOf,
  encoding('base64', ofBytes('to_base64', utf8), 'In base64.', "base64('abc')", ['to_base64']),
  encoding(
    'json_quote',
    [{ args: [utf8], type: utf8, kernel: 'json_quote' }],
    'The text as a JSON string.',
    'json_quote(\'say "a"\')',
  ),
  encoding(
    'from_base64',
    [{ args: [utf8], type: binary, kernel: 'from_base64' }],
    'The bytes that base64 stands for.',
    "from_base64('YWJj')",
    [],
    'The text is not base64',
  ),
  encoding(
    'unhex',
    [{ args: [utf8], type: binary, kernel: 'from_hex' }],
    'The bytes that hexadecimal digits stand for.',
    "unhex('616263')",
    ['from_hex'],
    'The text is not made of hexadecimal digits',
  ),
  encoding(
    'encode',
    [{ args: [utf8], type: binary, kernel: 'text_to_bytes' }],
    'The bytes of the text in UTF-8.',
    "encode('ä')",
  ),
  encoding(
    'decode',
    [{ args: [binary], type: utf8, kernel: 'bytes_to_text' }],
    'The text that bytes are in UTF-8.',
    "decode(encode('ä'))",
    [],
    'The bytes are not UTF-8',
  ),
  encoding('md5', ofBytes('md5', utf8), 'MD5 digest, in hexadecimal.', "md5('abc')"),
  encoding('sha1', ofBytes('sha1', utf8), 'SHA-1 digest, in hexadecimal.', "sha1('abc')"),
  encoding('sha256', ofBytes('sha256', utf8), 'SHA-256 digest, in hexadecimal.', "sha256('abc')"),
  encoding(
    'url_encode',
    [{ args: [utf8], type: utf8, kernel: 'url_encode' }],
    'With %XX for what is not plain in a URL.',
    "url_encode('a b')",
  ),
  encoding(
    'url_decode',
    [{ args: [utf8], type: utf8, kernel: 'url_decode' }],
    'With %XX read back.',
    "url_decode('a%20b')",
  ),
  encoding(
    'to_base',
    [
      { args: [int64, int32], type: utf8, kernel: 'to_base_short' },
      { args: [int64, int32, int32], type: utf8, kernel: 'to_base' },
    ],
    'A whole number in a base from 2 to 36, with at least so many digits.',
    'to_base(42, 16)',
    [],
    'to_base takes a number that is not negative, a base from 2 to 36 and at most 64 digits',
  ),
]
