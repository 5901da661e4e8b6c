import type { ElementMethod } from '../expression-method.ts'
import { textMethods } from './text.ts'

const OF_TEXT: ReadonlySet<string> = new Set(['len_bytes', 'len_chars', 'starts_with', 'ends_with', 'slice'])

/** Categories are texts here, so their methods are those of texts. */
export const categoryMethods: readonly ElementMethod[] = textMethods
  .map((method) => ({ ...method, name: method.name.replace('str.', 'cat.') }))
  .filter((method) => OF_TEXT.has(method.name.slice('cat.'.length)))
