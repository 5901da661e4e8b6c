import { unsupported, type LakebookError, type SourceSpan } from '../errors.ts'
import type { Value } from './values.ts'

const MOST_ITEMS = 100_000
const MOST_CHARACTERS = 1_000_000
export const MOST_BITS = 4096n
const HINT = 'Frames and their expressions hold data of any size.'

/** The value. Throws `unsupported` for a constant that has grown larger than what one writes in a cell. */
export function ofFairSize(value: Value, span: SourceSpan | undefined): Value {
  if (value.kind === 'list') checkCount(value.items.length, span)
  if (value.kind !== 'scalar') return value
  const { value: constant } = value
  if (typeof constant === 'string' && constant.length > MOST_CHARACTERS)
    throw unsupported(`A text of ${constant.length} characters in a cell`, span, HINT)
  if (typeof constant === 'bigint' && BigInt.asIntN(Number(MOST_BITS), constant) !== constant)
    throw tooManyBits(span)
  return value
}

export function tooManyBits(span: SourceSpan | undefined): LakebookError {
  return unsupported(`A whole number of more than ${MOST_BITS} bits`, span)
}

export function checkCount(items: number, span: SourceSpan | undefined): void {
  if (items > MOST_ITEMS) throw unsupported(`A list of ${items} items in a cell`, span, HINT)
}
