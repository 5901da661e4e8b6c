import type { ElementMethod } from '../expression-method.ts'
import { types } from '../../arrow/types.ts'
import { castTo, lowered, typeOf, type Lowered } from '../lowered.ts'
import { textMethods } from './text.ts'

const OF_TEXT: ReadonlySet<string> = new Set(['len_bytes', 'len_chars', 'starts_with', 'ends_with', 'slice'])

/** Categories are texts here, and values of an enum become texts, so their methods are those of texts. */
export const categoryMethods: readonly ElementMethod[] = textMethods
  .map((method): ElementMethod => ({
    ...method,
    name: method.name.replace('str.', 'cat.'),
    apply: ([first, ...others], node) => method.apply([asText(first!), ...others], node),
  }))
  .filter((method) => OF_TEXT.has(method.name.slice('cat.'.length)))

function asText(value: Lowered): Lowered {
  return typeOf(value).kind === 'enum' ? lowered(castTo(value.expression, types.utf8)) : value
}
