import { types, type DataType } from '../arrow/types.ts'
import type { Converted } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { INFINITE_DAY, INFINITE_MICROS } from '../arrow/infinite-time.ts'
import { pushIsInfinite } from './infinite-time.ts'
import { declareValue, type Value } from './value.ts'

const MICROS_PER_DAY = 86_400_000_000n
/** The last day whose timestamp fits into an int64. */
const LAST_DAY = 106_751_991

/** Among dates, times, timestamps, intervals and durations, and bytes; null when there is no such cast. */
export function castTemporal(context: CodeContext, value: Value, to: DataType): Converted | null {
  const { f } = context
  switch (`${value.type.kind} ${to.kind}`) {
    case 'date timestamp': {
      const result = declareValue(f, to, false)
      f.get(value.locals[0]!)
      f.op('i64.extend_i32_s')
      f.i64(MICROS_PER_DAY)
      f.op('i64.mul')
      f.set(result.locals[0]!)
      f.get(value.locals[0]!)
      f.i32(LAST_DAY)
      f.op('i32.add')
      f.i32(2 * LAST_DAY)
      f.op('i32.le_u')
      const ok = f.keep('i32')
      f.get(ok)
      f.op('i32.eqz')
      f.if(() => {
        pushIsInfinite(f, value)
        f.tee(ok)
        f.if(() => {
          f.i64(INFINITE_MICROS)
          f.i64(-INFINITE_MICROS)
          f.get(value.locals[0]!)
          f.i32(0)
          f.op('i32.gt_s')
          f.op('select')
          f.set(result.locals[0]!)
        })
      })
      return { value: result, ok }
    }
    case 'timestamp date': {
      const days = floorDivide(context, value.locals[0]!, MICROS_PER_DAY)
      const result = declareValue(f, to, false)
      f.get(days)
      f.op('i32.wrap_i64')
      f.set(result.locals[0]!)
      pushIsInfinite(f, value)
      f.if(() => {
        f.i32(Number(INFINITE_DAY))
        f.i32(-Number(INFINITE_DAY))
        f.get(value.locals[0]!)
        f.i64(0n)
        f.op('i64.gt_s')
        f.op('select')
        f.set(result.locals[0]!)
      })
      return { value: result, ok: null }
    }
    case 'timestamp time': {
      const days = floorDivide(context, value.locals[0]!, MICROS_PER_DAY)
      const result = declareValue(f, to, false)
      pushIsInfinite(f, value)
      f.op('i32.eqz')
      const ok = f.keep('i32')
      f.get(value.locals[0]!)
      f.get(days)
      f.i64(MICROS_PER_DAY)
      f.op('i64.mul')
      f.op('i64.sub')
      f.set(result.locals[0]!)
      return { value: result, ok }
    }
    case 'time interval':
    case 'duration interval': {
      const result = declareValue(f, to, false)
      const [months, days, micros] = result.locals
      f.i32(0)
      f.set(months!)
      f.i32(0)
      f.set(days!)
      f.get(value.locals[0]!)
      f.set(micros!)
      return { value: result, ok: null }
    }
    case 'time duration':
      return { value: { ...value, type: types.duration }, ok: null }
    case 'interval time':
      return {
        value: emitKernelCall(context, { kernel: 'interval_to_time', args: [value], type: to }),
        ok: null,
      }
    case 'interval duration':
      return {
        value: emitKernelCall(context, { kernel: 'interval_to_micros', args: [value], type: to }),
        ok: null,
      }
    default:
      return null
  }
}

function floorDivide(context: CodeContext, value: Value['locals'][0], divisor: bigint): Value['locals'][0] {
  const { f } = context
  f.get(value)
  f.i64(divisor)
  f.op('i64.div_s')
  // one less where the remainder is negative
  f.get(value)
  f.i64(divisor)
  f.op('i64.rem_s')
  f.i64(63n)
  f.op('i64.shr_s')
  f.op('i64.add')
  return f.keep('i64')
}
