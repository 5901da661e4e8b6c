import { types } from '../../arrow/types.ts'
import type { Expression } from '../../plan/plan.ts'
import { call, caseWhen, castTo, int64, literal } from '../lowered.ts'

function text(value: string): Expression {
  return literal(value, types.utf8)
}

/** Directives of chrono in those of this engine. */
const SPELT: Readonly<Record<string, string>> = {
  '%f': '%n',
  '%9f': '%n',
  '%6f': '%f',
  '%3f': '%g',
  '%.9f': '.%n',
  '%.6f': '.%f',
  '%.3f': '.%g',
  '%D': '%m/%d/%y',
  '%x': '%m/%d/%y',
  '%R': '%H:%M',
  '%r': '%I:%M:%S %p',
  '%h': '%b',
  '%n': '\n',
  '%t': '\t',
  '%c': '%a %b %e %H:%M:%S %Y',
  '%v': '%e-%b-%Y',
}

/** Directives that a format of this engine does not have: the text behind each. */
const MADE: Readonly<Record<string, (value: Expression) => Expression>> = {
  '%e': (value) => padded(value, '%-d'),
  '%k': (value) => padded(value, '%-H'),
  '%l': (value) => padded(value, '%-I'),
  '%P': (value) => call('lower', [call('strftime', [value, text('%p')])]),
  '%s': (value) => {
    const micros = call('epoch_us', [castTo(value, types.timestamp)])
    return castTo(call('floordiv', [micros, int64(1_000_000)]), types.utf8)
  },
  '%.f': (value) => {
    // as many digits as are needed, by threes
    const written = (format: string) => call('strftime', [value, text(format)])
    const ends = (zeros: string) => call('ends_with', [written('%f'), text(zeros)])
    return caseWhen(
      [
        { when: ends('000000'), then: text('') },
        { when: ends('000'), then: written('.%g') },
      ],
      written('.%f'),
    )
  },
}

function padded(value: Expression, directive: string): Expression {
  return call('lpad', [call('strftime', [value, text(directive)]), literal(2n, types.int32), text(' ')])
}

/** What Polars writes where no format is given, or "iso". */
function isoFormat(value: Expression, isStrict: boolean): string {
  switch (value.type.kind) {
    case 'date':
      return '%Y-%m-%d'
    case 'time':
      return '%H:%M:%S%.f'
    default:
      return `%Y-%m-%d${isStrict ? 'T' : ' '}%H:%M:%S.%6f`
  }
}

/** A date or time as text, by a format as Polars reads it. */
export function formattedTime(value: Expression, format: string): Expression {
  const given = /^iso(?::strict)?$/.test(format) ? isoFormat(value, format !== 'iso') : format
  const spelt = given.replaceAll(/%(?:\.?\d?f|.)/g, (one) => SPELT[one] ?? one)
  const parts = spelt.split(/(%%|%[eklPs]|%\.f)/)
  const texts = parts.flatMap((part): Expression[] => {
    const make = MADE[part]
    if (make !== undefined) return [make(value)]
    return part === '' ? [] : [call('strftime', [value, text(part)])]
  })
  return texts.length === 0 ? text('') : texts.reduce((left, right) => call('||', [left, right]))
}
