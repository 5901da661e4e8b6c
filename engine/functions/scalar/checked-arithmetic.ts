import { typeName, type DataType } from '../../arrow/types.ts'
import type { Opcode } from '../../codegen/opcodes.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import { internalError, type SourceSpan } from '../../errors.ts'

export type ArithmeticOperation = 'add' | 'sub' | 'mul'

const NOUN = { add: 'addition', sub: 'subtraction', mul: 'multiplication' } as const
const SMALL_LIMIT = { u8: 0xff, u16: 0xffff } as const

/** `a op b`, raising `overflow` instead of wrapping around. Both have the result's physical type. */
export function emitChecked(
  context: CodeContext,
  operation: ArithmeticOperation,
  a: Value,
  b: Value,
  type: DataType,
  span: SourceSpan | undefined,
): Value {
  const { f } = context
  const result = declareValue(f, type, false)
  const [left, right, out] = [a.locals[0]!, b.locals[0]!, result.locals[0]!]
  const raiseIf = () => f.if(() => raiseOverflow(context, NOUN[operation], type, span))
  switch (result.physical) {
    case 'f32':
    case 'f64':
      f.get(left)
      f.get(right)
      f.op(`${result.physical}.${operation}`)
      f.set(out)
      return result
    case 'i8':
    case 'i16':
      f.get(left)
      f.get(right)
      f.op(`i32.${operation}`)
      f.tee(out)
      f.op(result.physical === 'i8' ? 'i32.extend8_s' : 'i32.extend16_s')
      f.get(out)
      f.op('i32.ne')
      raiseIf()
      return result
    case 'u8':
    case 'u16':
      f.get(left)
      f.get(right)
      f.op(`i32.${operation}`)
      f.tee(out)
      f.i32(SMALL_LIMIT[result.physical])
      f.op('i32.gt_u')
      raiseIf()
      return result
    case 'i32':
    case 'u32': {
      const extend: Opcode = result.physical === 'i32' ? 'i64.extend_i32_s' : 'i64.extend_i32_u'
      const wide = f.local('i64')
      f.get(left)
      f.op(extend)
      f.get(right)
      f.op(extend)
      f.op(`i64.${operation}`)
      f.tee(wide)
      f.op('i32.wrap_i64')
      f.tee(out)
      f.op(extend)
      f.get(wide)
      f.op('i64.ne')
      raiseIf()
      return result
    }
    case 'i64':
      f.get(left)
      f.get(right)
      f.op(`i64.${operation}`)
      f.set(out)
      if (emitInt64Check(context, operation, a, b, result)) raiseIf()
      return result
    case 'u64':
      f.get(left)
      f.get(right)
      f.op(`i64.${operation}`)
      f.set(out)
      if (operation === 'mul') {
        f.get(left)
        f.get(right)
        f.call(context.kernel('multiply_u64_overflows', { params: ['i64', 'i64'], results: ['i32'] }))
      } else {
        f.get(operation === 'add' ? out : left)
        f.get(operation === 'add' ? left : right)
        f.op('i64.lt_u')
      }
      raiseIf()
      return result
    case 'i128':
      return emitWideDecimal(context, operation, a, b, type, span)
    default:
      throw internalError(`no arithmetic on ${result.physical}`)
  }
}

/** Pushes whether the int64 result is out of its type's range; false (and nothing pushed) when it cannot be. */
function emitInt64Check(
  context: CodeContext,
  operation: ArithmeticOperation,
  a: Value,
  b: Value,
  result: Value,
): boolean {
  const { f } = context
  const [left, right, out] = [a.locals[0]!, b.locals[0]!, result.locals[0]!]
  const { type } = result
  if (type.kind === 'decimal' && operation === 'mul') {
    const digits = [a.type, b.type].reduce((sum, t) => sum + (t.kind === 'decimal' ? t.precision : 19), 0)
    if (digits <= 18) return false
    emitProductOverflows(context, a, b)
    emitOutsideDigits(context, out, 18)
    f.op('i32.or')
    return true
  }
  if (type.kind === 'decimal') {
    // below 18 digits the result type is one digit wider than both arguments
    if (type.precision < 18) return false
    emitOutsideDigits(context, out, 18)
    return true
  }
  if (operation === 'mul') {
    emitProductOverflows(context, a, b)
    return true
  }
  f.get(left)
  f.get(operation === 'add' ? out : right)
  f.op('i64.xor')
  f.get(operation === 'add' ? right : left)
  f.get(out)
  f.op('i64.xor')
  f.op('i64.and')
  f.i64(0n)
  f.op('i64.lt_s')
  return true
}

/** Pushes |value| >= 10^digits. */
function emitOutsideDigits(context: CodeContext, value: Value['locals'][0], digits: number): void {
  const { f } = context
  const limit = 10n ** BigInt(digits) - 1n
  f.get(value)
  f.i64(limit)
  f.op('i64.add')
  f.i64(2n * limit)
  f.op('i64.gt_u')
}

/** Pushes whether an int64 product overflows. Factors of 32 bits, the common case, need no 128-bit product. */
function emitProductOverflows(context: CodeContext, a: Value, b: Value): void {
  const { f } = context
  const half = 0x8000_0000n
  f.get(a.locals[0]!)
  f.i64(half)
  f.op('i64.add')
  f.get(b.locals[0]!)
  f.i64(half)
  f.op('i64.add')
  f.op('i64.or')
  f.i64(0xffff_ffffn)
  f.op('i64.gt_u')
  f.if(
    () => {
      f.get(a.locals[0]!)
      f.get(b.locals[0]!)
      f.call(context.kernel('multiply_i64_overflows', { params: ['i64', 'i64'], results: ['i32'] }))
    },
    () => f.i32(0),
    'i32',
  )
}

const WIDE_KERNEL = { add: 'decimal_add', sub: 'decimal_subtract', mul: 'decimal_multiply' } as const

function emitWideDecimal(
  context: CodeContext,
  operation: ArithmeticOperation,
  a: Value,
  b: Value,
  type: DataType,
  span: SourceSpan | undefined,
): Value {
  const message = overflowMessage(NOUN[operation], type)
  return emitKernelCall(context, {
    kernel: WIDE_KERNEL[operation],
    args: [a, b],
    type,
    failures: [{ code: 'overflow', message }],
    span,
  })
}

export function overflowMessage(noun: string, type: DataType): string {
  return `Overflow in ${noun} of ${typeName(type)}`
}

export function raiseOverflow(
  context: CodeContext,
  noun: string,
  type: DataType,
  span: SourceSpan | undefined,
): void {
  context.raise('overflow', overflowMessage(noun, type), span, 'Cast the operands to a wider type first.')
}
