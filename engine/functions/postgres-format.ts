/** Words of PostgreSQL's date formats and the directives of strftime that stand for them; longer words first. */
const WORDS: readonly (readonly [word: RegExp, directive: string])[] = [
  [/^YYYY/i, '%Y'],
  [/^IYYY/i, '%G'],
  [/^YY/i, '%y'],
  [/^Month/, '%B'],
  [/^Mon/i, '%b'],
  [/^MM/i, '%m'],
  [/^MI/i, '%M'],
  [/^MS/i, '%g'],
  [/^DDD/i, '%j'],
  [/^DD/i, '%d'],
  [/^Day/, '%A'],
  [/^Dy/i, '%a'],
  [/^HH24/i, '%H'],
  [/^HH12/i, '%I'],
  [/^HH/i, '%I'],
  [/^SS/i, '%S'],
  [/^US/i, '%f'],
  [/^(AM|PM)/i, '%p'],
  [/^TZH(:?TZM)?/i, '%z'],
  [/^TZ/i, '%Z'],
]

/** A date format of PostgreSQL (`YYYY-MM-DD HH24:MI`) as one of strftime; null when it has a word that strftime lacks. */
export function strftimeFormat(format: string): string | null {
  let rest = format
  let result = ''
  while (rest !== '') {
    const quoted = /^"([^"]*)"/.exec(rest)
    const found = WORDS.find(([word]) => word.test(rest))
    if (quoted) {
      result += quoted[1]!.replaceAll('%', '%%')
      rest = rest.slice(quoted[0].length)
    } else if (found) {
      result += found[1]
      rest = rest.replace(found[0], '')
    } else if (/^[a-zA-Z]/.test(rest) && !/^T\d|^T[A-Z]{2}/.test(rest)) {
      return null
    } else {
      result += rest.startsWith('%') ? '%%' : rest[0]!
      rest = rest.slice(1)
    }
  }
  return result
}
