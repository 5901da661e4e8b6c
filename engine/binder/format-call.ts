import { isFloat, isInteger, types } from '../arrow/types.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import { castTo, literal } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/**
 * `format('{} is {:.2f}', …)` and `printf('%s is %.2f', …)`: the pieces of the format joined with its arguments, each
 * made text by `format_value`. Null for any other function. Errors: `unsupported` when the format is no literal.
 */
export function bindFormat(
  name: string,
  args: readonly Expression[],
  span: SourceSpan | undefined,
): Expression | null {
  if (name !== 'format' && name !== 'printf') return null
  const [format, ...values] = args
  if (!format) return null
  if (format.kind !== 'literal' || typeof format.value !== 'string') {
    throw unsupported(`${name} with a format that is not a literal`, span)
  }
  const pieces = name === 'format' ? bracePieces(format.value, span) : percentPieces(format.value, span)
  let next = 0
  const texts = pieces.map((piece): Expression => {
    if (typeof piece === 'string') return literal(piece, types.utf8, span)
    const value = values[piece.index ?? next++]
    if (!value)
      throw new LakebookError('invalid_argument', `${name} has too few arguments for its format`, { span })
    return formatted(value, piece.spec, span)
  })
  const empty: Expression = literal('', types.utf8, span)
  const joined = texts.reduce((a, b) => scalarCall('||', [a, b], span), empty)
  // an argument that the format does not show makes the whole NULL all the same
  return values.some((value) => value.nullable)
    ? {
        kind: 'case',
        branches: values
          .filter((value) => value.nullable)
          .map((value) => ({ when: scalarCall('is_null', [value], span), then: literal(null, types.utf8) })),
        otherwise: joined,
        type: types.utf8,
        nullable: true,
      }
    : joined
}

interface Placeholder {
  /** Absent: the next argument. */
  readonly index: number | null
  readonly spec: string
}

type Piece = string | Placeholder

function formatted(value: Expression, spec: string, span: SourceSpan | undefined): Expression {
  const text = castTo(value, types.utf8)
  if (spec === '' || (spec === 's' && isText(value))) return text
  const kind = kindOf(value)
  return scalarCall('format_value', [text, literal(kind + spec, types.utf8)], span)
}

function isText({ type }: Expression): boolean {
  return type.kind === 'utf8'
}

function kindOf({ type }: Expression): 'i' | 'f' | 's' {
  if (isInteger(type)) return 'i'
  if (type.kind === 'decimal') return type.scale === 0 ? 'i' : 'f'
  return isFloat(type) ? 'f' : 's'
}

function bracePieces(format: string, span: SourceSpan | undefined): readonly Piece[] {
  const pieces: Piece[] = []
  const token = /\{\{|\}\}|\{(\d*)(?::([^{}]*))?\}|[^{}]+|[{}]/gy
  for (const match of format.matchAll(token)) {
    const [all, index, spec] = match
    if (all === '{{' || all === '}}') pieces.push(all[0]!)
    else if (index !== undefined)
      pieces.push({ index: index === '' ? null : Number(index), spec: spec ?? '' })
    else if (all === '{' || all === '}') {
      throw new LakebookError(
        'invalid_argument',
        `A brace of the format stands alone; write ${all}${all} for one`,
        { span },
      )
    } else pieces.push(all)
  }
  return pieces
}

/** The specification is put into the form that `format` has: flags before the width. */
function percentPieces(format: string, span: SourceSpan | undefined): readonly Piece[] {
  const pieces: Piece[] = []
  const token = /%%|%([-+ #0,']*)(\d+)?(?:\.(\d+))?(?:hh|h|ll|l|z|j)?([a-zA-Z])|[^%]+|%/gy
  for (const match of format.matchAll(token)) {
    const [all, flags = '', width = '', precision, type] = match
    if (all === '%%') pieces.push('%')
    else if (type !== undefined) pieces.push({ index: null, spec: specOf(flags, width, precision, type) })
    else if (all === '%') {
      throw new LakebookError('invalid_argument', 'A % of the format stands alone; write %% for one', {
        span,
      })
    } else pieces.push(all)
  }
  return pieces
}

function specOf(flags: string, width: string, precision: string | undefined, type: string): string {
  const align = flags.includes('-') ? '<' : type === 's' && width !== '' ? '>' : ''
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''
  const alternate = flags.includes('#') ? '#' : ''
  const zero = flags.includes('0') && align === '' ? '0' : ''
  const group = flags.includes(',') ? ',' : ''
  const after = precision === undefined ? '' : `.${precision}`
  return `${align}${sign}${alternate}${zero}${width}${group}${after}${type === 'i' || type === 'u' ? 'd' : type}`
}
