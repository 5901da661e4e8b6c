import { typeName } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { IntervalValue, LiteralExpression, LiteralValue } from '../plan/plan.ts'
import type { CodeContext } from './code-context.ts'
import { declareValue, type Value } from './value.ts'

/** Emits a constant. Text and bytes are put into the heap once. */
export function compileLiteral(context: CodeContext, literal: LiteralExpression): Value {
  const { f } = context
  const isNull = literal.value === null
  const result = declareValue(f, literal.type, isNull)
  const parts = isNull ? result.locals.map(() => 0n) : literalParts(context, result, literal.value)
  result.locals.forEach((local, i) => {
    const part = parts[i]!
    if (local.type === 'i32') f.i32(Number(part))
    else if (local.type === 'i64') f.i64(BigInt(part))
    else f[local.type](Number(part))
    f.set(local)
  })
  if (result.valid !== null) {
    f.i32(0)
    f.set(result.valid)
  }
  return result
}

/** What each local of a value that is not NULL holds. */
function literalParts(
  context: CodeContext,
  result: Value,
  value: LiteralValue,
): readonly (number | bigint)[] {
  const wrong = () => internalError(`a literal of type ${typeName(result.type)} holds ${typeof value}`)
  switch (result.physical) {
    case 'bool':
      if (typeof value !== 'boolean') throw wrong()
      return [value ? 1 : 0]
    case 'f32':
    case 'f64':
      if (typeof value !== 'number') throw wrong()
      return [value]
    case 'i128':
      if (typeof value !== 'bigint') throw wrong()
      return [BigInt.asIntN(64, value), value >> 64n]
    case 'bytes': {
      const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value
      if (!(bytes instanceof Uint8Array)) throw wrong()
      // an empty constant has an address too, which is never read
      return [bytes.length === 0 ? 0 : context.constant(bytes), bytes.length]
    }
    case 'interval': {
      if (!isInterval(value)) throw wrong()
      return [value.months, value.days, value.micros]
    }
    case 'list':
      throw internalError('a literal cannot be a list')
    default:
      if (typeof value !== 'bigint') throw wrong()
      return [value]
  }
}

function isInterval(value: LiteralValue): value is IntervalValue {
  return typeof value === 'object' && value !== null && 'months' in value
}
