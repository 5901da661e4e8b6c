import { isFloat, isInteger, sameType, types, type DataType } from '../arrow/types.ts'
import type { Expression } from '../plan/plan.ts'
import { call, caseWhen, castTo, literal } from './lowered.ts'

/** A cast as Polars does it: floats are cut, not rounded; times become their stored numbers; text is read strictly. */
export function polarsCast(value: Expression, target: DataType, isTry: boolean): Expression {
  const { type } = value
  if (sameType(type, target)) return value
  if (isFloat(type) && isInteger(target)) return castTo(call('trunc', [value]), target, isTry)
  if (type.kind === 'date' && isInteger(target)) {
    const days = call('-', [value, literal(0n, types.date)])
    return castTo(days, target, isTry)
  }
  if (type.kind === 'timestamp' && isInteger(target)) return castTo(call('epoch_us', [value]), target, isTry)
  if (type.kind === 'duration' && isInteger(target))
    return castTo(call('dt_total_microseconds', [value]), target, isTry)
  if (isInteger(type) && target.kind === 'date')
    return call('+', [literal(0n, types.date), castTo(value, types.int32)])
  if (isInteger(type) && target.kind === 'timestamp')
    return call('make_timestamp', [castTo(value, types.int64)])
  if (isFloat(type) && target.kind === 'bool') return call('<>', [value, literal(0, type)])
  if (isInteger(type) && target.kind === 'bool') return call('<>', [value, literal(0n, type)])
  if (type.kind === 'bool' && isFloat(target)) {
    return caseWhen(
      [
        { when: value, then: literal(1, target) },
        { when: call('not', [value]), then: literal(0, target) },
      ],
      null,
    )
  }
  return castTo(value, target, isTry)
}
