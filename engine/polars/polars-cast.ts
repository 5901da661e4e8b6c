import { isFloat, isInteger, sameType, types, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import { call, caseWhen, castTo, literal } from './lowered.ts'
import { formattedTime } from './methods/time-format.ts'
import { clockReading, zoneOf } from './zone-reading.ts'

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
      withoutZero(castTo(value, target)),
    )
  }
  if (type.kind === 'utf8' && target.kind === 'bool') {
    throw new LakebookError('type', 'A text cannot be cast to Boolean', {
      span: value.span,
      hint: 'Compare it: pl.col("x") == "true".',
    })
  }
  if (type.kind === 'utf8' && target.kind === 'timestamp')
    return castTo(withClock(value, isTry), target, isTry)
  if (type.kind === 'timestamp' && target.kind === 'utf8') {
    const written = formattedTime(clockReading(value), 'iso')
    return zoneOf(type) === 'UTC' ? call('||', [written, literal('+00:00', types.utf8)]) : written
  }
  if (type.kind === 'utf8' && target.kind === 'binary') return call('encode', [value])
  if (type.kind === 'binary' && target.kind === 'utf8') return call('decode', [value])
  if (type.kind === 'utf8' && (isInteger(target) || isFloat(target) || target.kind === 'decimal'))
    return numberFromText(value, target, isTry)
  return castTo(value, target, isTry)
}

/** `1e-9`, where SQL writes `1e-09`. */
function withoutZero(written: Expression): Expression {
  const text = (part: string) => literal(part, types.utf8)
  const isSmall = call('regexp_matches', [written, text('e[+-]0')])
  const shorter = call('regexp_replace', [written, text('e([+-])0'), text(String.raw`e\1`)])
  return caseWhen([{ when: isSmall, then: shorter }], written)
}

/** A day alone is no point in time. */
function withClock(value: Expression, isTry: boolean): Expression {
  const hasClock = call('contains', [value, literal(':', types.utf8)])
  const refused = call('||', [value, literal(' (a day without a time)', types.utf8)])
  return caseWhen([{ when: hasClock, then: value }], isTry ? null : refused)
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
