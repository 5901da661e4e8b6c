import { typeName, types } from '../../arrow/types.ts'
import { LakebookError } from '../../errors.ts'
import type { Expression } from '../../plan/plan.ts'
import type { ElementMethod } from '../expression-method.ts'
import type { CallNode } from '../expression.ts'
import { call, castTo, type Lowered } from '../lowered.ts'
import { optional, required, type Parameter } from '../parameters.ts'
import { element, self } from './elements.ts'

function bytesMethod(
  name: string,
  params: readonly Parameter[],
  apply: (value: Expression, operands: readonly Lowered[], node: CallNode) => Expression,
): ElementMethod {
  return element(`bin.${name}`, params, (operands, node) => {
    const value = self(operands)
    if (value.type.kind === 'binary') return apply(value, operands, node)
    throw new LakebookError('type', `\`bin.${name}\` takes bytes, not ${typeName(value.type)}`, {
      span: node.span,
      hint: 'Cast it with .cast(pl.Binary).',
    })
  })
}

/** Two hexadecimal digits a byte: where two such texts agree at a whole byte, the bytes agree. */
function hexOf(value: Expression): Expression {
  return call('hex', [castTo(value, types.binary)])
}

const encoding = required('encoding', 'string')
const strict = optional('strict', 'bool')

/** Methods of columns of bytes. */
export const bytesMethods: readonly ElementMethod[] = [
  bytesMethod('size', [optional('unit', 'string')], (value, _operands, node) => {
    if (node.args.string('unit', 'b') !== 'b') throw node.args.invalid('unit', '"b"')
    return castTo(call('octet_length', [value]), types.uint32)
  }),
  bytesMethod('starts_with', [required('prefix', 'operand')], (value, operands) =>
    call('starts_with', [hexOf(value), hexOf(operands[1]!.expression)]),
  ),
  bytesMethod('ends_with', [required('suffix', 'operand')], (value, operands) =>
    call('ends_with', [hexOf(value), hexOf(operands[1]!.expression)]),
  ),
  bytesMethod('encode', [encoding], (value, _operands, node) =>
    node.args.choice('encoding', ['hex', 'base64'], 'hex') === 'hex'
      ? call('lower', [hexOf(value)])
      : call('base64', [value]),
  ),
  bytesMethod('decode', [encoding, strict], (value, _operands, node) =>
    decoded(castTo(value, types.utf8), node),
  ),
]

/** Text in hexadecimal digits or in Base64 as the bytes that it stands for. */
export function decoded(value: Expression, node: CallNode): Expression {
  if (!node.args.bool('strict', true)) throw node.args.invalid('strict', 'True')
  const isHex = node.args.choice('encoding', ['hex', 'base64'], 'hex') === 'hex'
  return call(isHex ? 'unhex' : 'from_base64', [value])
}
