import { LinearRegExp, likeRegExp, mayBacktrack } from './linear-regexp.ts'

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '!-~',
  lower: 'a-z',
  print: ' -~',
  punct: '!-\\/:-@\\[-`{-~',
  space: '\\s',
  upper: 'A-Z',
  word: 'A-Za-z0-9_',
  xdigit: '0-9A-Fa-f',
}

const ESCAPES: Readonly<Record<string, string>> = {
  A: '^',
  z: '$',
  Z: '$',
  m: '\\b(?=\\w)',
  M: '\\b(?<=\\w)',
  y: '\\b',
  Y: '\\B',
}

/**
 * A pattern in RE2's syntax as a JavaScript one; null when it, or an option, is not valid. Letters of `options`: i ignores case,
 * s lets . match line ends, m makes ^ and $ match at lines, g stands for every match, l takes the pattern literally;
 * c minds case again, where it comes after i. After `(?U)` repetitions are short, and long with a ? behind them. PostgreSQL's marks of words, \m \M \y \Y, mean what they do there.
 */
export function compileRegexp(pattern: string, options: string): RegExp | null {
  if (!/^[cgilmnps]*$/.test(options)) return null
  let flags = options.includes('g') ? 'g' : ''
  let letters = options
  let source = pattern
  const inline = /^\(\?([imsU]+)\)/.exec(source)
  if (inline !== null) {
    letters += inline[1]!
    source = source.slice(inline[0].length)
  }
  if (letters.lastIndexOf('c') > letters.lastIndexOf('i')) letters = letters.replaceAll('i', '')
  if (options.includes('l')) source = source.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  for (const flag of 'ims') if (letters.includes(flag)) flags += flag
  if (letters.includes('U')) source = withoutGreed(source)
  source = source
    .replace(/\(\?P</g, '(?<')
    .replace(/\[:(\w+):\]/g, (whole, name: string) => POSIX_CLASSES[name] ?? whole)
    .replace(/\\([\s\S])/g, (whole, letter: string) => ESCAPES[letter] ?? whole)
  // the stricter Unicode syntax refuses needless escapes, which RE2 takes
  return construct(source, `${flags}u`) ?? construct(source, flags)
}

/** The pattern with a ? behind every repetition that has none, and none behind those that have one. */
function withoutGreed(source: string): string {
  const part = /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\(\?|([*+?]|\{\d+(?:,\d*)?\})(\??)/g
  return source.replace(part, (whole, repeated: string | undefined, short: string | undefined) => {
    if (repeated === undefined) return whole
    return short === '?' ? repeated : `${repeated}?`
  })
}

function construct(source: string, flags: string): RegExp | null {
  let regexp: RegExp
  try {
    regexp = new RegExp(source, flags)
  } catch {
    return null
  }
  if (!mayBacktrack(source)) return regexp
  try {
    return new LinearRegExp(source, flags)
  } catch {
    return regexp
  }
}

/** `\1` stands for the first group, `\0` and `\&` for the whole match. `match` is what `String.replace` passes on. */
export function expandReplacement(template: string, match: readonly unknown[]): string {
  return template.replace(/\\([\d\\&])/g, (_, mark: string) => {
    if (mark === '\\') return '\\'
    const group = match[mark === '&' ? 0 : Number(mark)]
    return typeof group === 'string' ? group : ''
  })
}

/** The groups of a match, or all of it when there are none; undefined where a group has no part in it. */
export function groupsOf(match: RegExpMatchArray): readonly (string | undefined)[] {
  return match.length > 1 ? match.slice(1) : [match[0]]
}

/** How many texts `groupsOf` gives. */
export function groupCount({ source, flags }: RegExp): number {
  const empty = new RegExp(`${source}|`, flags.replace('g', '')).exec('')!
  return Math.max(empty.length - 1, 1)
}

/** The same pattern, for all of its matches. */
export function everyMatch(regexp: RegExp): RegExp {
  return likeRegExp(regexp, regexp.global ? regexp.flags : `${regexp.flags}g`)
}

/** From a character on (1 is the first), with the nth match replaced, or all of them for 0. */
export function replaceFrom(
  text: string,
  regexp: RegExp,
  template: string,
  start: number,
  nth: number,
): string {
  const at = Array.from(text)
    .slice(0, Math.max(start - 1, 0))
    .join('').length
  const all = everyMatch(regexp)
  let count = 0
  const replaced = text.slice(at).replace(all, (whole: string, ...groups: unknown[]) => {
    count += 1
    return nth === 0 || count === nth ? expandReplacement(template, [whole, ...groups]) : whole
  })
  return text.slice(0, at) + replaced
}
