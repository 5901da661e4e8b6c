import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { Syntax } from './ast.ts'

/** `1_000`, `0xff`, `1.5e3`. An integer stays exact whatever its size. */
export function parseNumber(text: string, span: SourceSpan): Syntax {
  if (/[jJ]$/.test(text) && !/^0x/i.test(text)) throw unsupported('A complex number', span)
  const digits = text.replaceAll('_', '')
  if (/^0[xob]/i.test(digits)) return { kind: 'integer', value: BigInt(digits.toLowerCase()), span }
  if (/^\d+$/.test(digits)) return { kind: 'integer', value: BigInt(digits), span }
  const value = Number(digits)
  if (Number.isNaN(value)) {
    throw new LakebookError(
      'syntax',
      `\`${text}\` is not a number (line ${span.line}, column ${span.column})`,
      { span },
    )
  }
  return { kind: 'float', value, span }
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
  '\n': '',
}

function unescape(body: string): string {
  return body.replaceAll(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([\s\S]))/g,
    (whole: string, x?: string, u?: string, wide?: string, simple?: string) => {
      const code = x ?? u ?? wide
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      return ESCAPES[simple ?? ''] ?? whole
    },
  )
}

/** A Python string with its quotes and prefix: `'a'`, `"""a"""`, `r"\d"`. */
export function parseString(text: string, span: SourceSpan): string {
  const match = /^([a-zA-Z]*)("""|'''|"|')([\s\S]*)\2$/.exec(text)
  if (match === null) {
    throw new LakebookError(
      'syntax',
      `The text that starts on line ${span.line}, column ${span.column} has no closing quote`,
      {
        span,
      },
    )
  }
  const [, prefix = '', , body = ''] = match
  if (/b/i.test(prefix)) throw unsupported('A bytes literal', span, 'Write the text without the prefix b.')
  if (/f/i.test(prefix)) throw unsupported('An f-string', span, 'Write the text out, or use pl.format(...).')
  return /r/i.test(prefix) ? body : unescape(body)
}
