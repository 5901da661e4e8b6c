import { isFloat, isInteger, sameType, types, type DataType } from '../arrow/types.ts'
import type { Expression } from '../plan/plan.ts'
import { call, caseWhen, castTo, literal } from './lowered.ts'

/** A cast as Polars does it: floats are cut, not rounded; times become their stored numbers; text is read strictly. */
export function polarsCast(value: Expression, target: DataType, isTry: boolean): Expression {
  const { type } = value
  if (sameType(type, target)) return value
  if (type.kind === 'enum' && isInteger(target)) return castTo(castTo(value, types.uint32), target, isTry)
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
  if (isFloat(type) && target.kind === 'utf8') {
    return caseWhen(
      [{ when: call('isnan', [value]), then: literal('NaN', types.utf8) }],
      castTo(value, target),
    )
  }
  if (type.kind === 'utf8' && (isInteger(target) || isFloat(target)))
    return numberFromText(value, target, isTry)
  return castTo(value, target, isTry)
}

/** Numbers have no space around them; whole ones have digits alone. */
function numberFromText(text: Expression, target: DataType, isTry: boolean): Expression {
  const unwanted = isInteger(target) ? [' ', '.', 'e', 'E', 'x', 'X', '_'] : [' ', 'x']
  const isUnwanted = unwanted
    .map((part) => call('contains', [text, literal(part, types.utf8)]))
    .reduce((left, right) => call('or', [left, right]))
  if (isTry) return caseWhen([{ when: call('not', [isUnwanted]), then: castTo(text, target, true) }], null)
  const refused = call('||', [text, literal(' (not a number)', types.utf8)])
  return castTo(caseWhen([{ when: isUnwanted, then: refused }], text), target)
}
