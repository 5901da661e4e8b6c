/** Where in a cell's text something is: offsets are UTF-16 units, `end` is exclusive; line and column start at 1. */
export interface SourceSpan {
  readonly start: number
  readonly end: number
  readonly line: number
  readonly column: number
}

/**
 * Who must act decides the code.
 *
 * - The author of the cell: `syntax`, `unknown_table`, `unknown_column`, `unknown_function`, `ambiguous`, `type`,
 *   `unsupported`, `forbidden`, `invalid_argument`, and at run time `overflow`, `cast`, `cardinality`.
 * - Whoever owns the data: `corrupt_file`, `encrypted_file`, `not_readable`, `schema_mismatch`.
 * - Whoever chose the budget: `out_of_memory`, `budget_too_small`; the disk: `out_of_disk`, `spill_damaged`.
 * - Nobody: `cancelled`.
 * - Us: `internal`. It is a bug, and the message says so.
 */
export type ErrorCode =
  | 'syntax'
  | 'unknown_table'
  | 'unknown_column'
  | 'unknown_function'
  | 'ambiguous'
  | 'type'
  | 'unsupported'
  | 'forbidden'
  | 'invalid_argument'
  | 'overflow'
  | 'cast'
  | 'cardinality'
  | 'corrupt_file'
  | 'encrypted_file'
  | 'not_readable'
  | 'schema_mismatch'
  | 'out_of_memory'
  | 'budget_too_small'
  | 'out_of_disk'
  | 'spill_damaged'
  | 'cancelled'
  | 'internal'

export interface ErrorDetails {
  readonly span?: SourceSpan | undefined
  /** What to do next, as one sentence. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

/** The one error type that leaves the engine. `message` says what was wrong and where; `hint` says what to do next. */
export class LakebookError extends Error {
  override readonly name = 'LakebookError'
  readonly code: ErrorCode
  readonly span: SourceSpan | undefined
  readonly hint: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.span = details.span
    this.hint = details.hint
  }
}

/** A state that cannot happen. The message reaches the person as a bug report, so it names what was found. */
export function internalError(message: string): LakebookError {
  return new LakebookError('internal', `Internal error (a bug in Lakebook): ${message}`)
}

/** For the default of a switch over a union: the build fails when a case is forgotten. */
export function unreachable(value: never): never {
  throw internalError(`unexpected ${JSON.stringify(value)}`)
}

export function unsupported(what: string, span?: SourceSpan, hint?: string): LakebookError {
  return new LakebookError('unsupported', `${what} is not supported yet`, { span, hint })
}

/** Expressions are gone through one inside the other, which takes room on the call stack. */
export function nestedTooDeep(cause?: unknown): LakebookError {
  return new LakebookError(
    'unsupported',
    'An expression of so many parts one inside the other is not supported',
    {
      cause,
      hint: 'Keep some of its parts in a table first, or use functions of many arguments, such as pl.sum_horizontal(...).',
    },
  )
}

/** What was thrown; `nestedTooDeep` where that was the call stack's end. */
export function refusedDepth(thrown: unknown): unknown {
  const isDepth = thrown instanceof RangeError && thrown.message.includes('call stack')
  return isDepth ? nestedTooDeep(thrown) : thrown
}
