import { RE2JS } from 're2js'

const MOST_AUTOMATA = 64
const automata = new Map<string, RE2JS>()

/** Made once for a pattern, which is asked for anew for each text. */
function automatonOf(source: string, options: number): RE2JS {
  const key = `${options}/${source}`
  let automaton = automata.get(key)
  if (automaton === undefined) {
    if (automata.size >= MOST_AUTOMATA) automata.clear()
    automaton = RE2JS.compile(source, options)
    automata.set(key, automaton)
  }
  return automaton
}

/**
 * A pattern that is matched in time linear in the text, by automata instead of trying one way after the other. It can be
 * used wherever a RegExp can.
 */
export class LinearRegExp extends RegExp {
  readonly #automaton: RE2JS

  /** @throws where the pattern has what automata cannot match: references to groups, and looking ahead */
  constructor(pattern: RegExp | string, flags: string) {
    super(pattern, flags)
    let options = 0
    if (flags.includes('i')) options |= RE2JS.CASE_INSENSITIVE
    if (flags.includes('s')) options |= RE2JS.DOTALL
    if (flags.includes('m')) options |= RE2JS.MULTILINE
    this.#automaton = automatonOf(this.source, options)
  }

  override test(text: string): boolean {
    return this.global ? this.exec(text) !== null : this.#automaton.test(text)
  }

  override exec(text: string): RegExpExecArray | null {
    const matcher = this.#automaton.matcher(text)
    const from = this.global ? this.lastIndex : 0
    if (from > text.length || !matcher.find(from)) {
      if (this.global) this.lastIndex = 0
      return null
    }
    if (this.global) this.lastIndex = matcher.end()
    const found = Array.from({ length: matcher.groupCount() + 1 }, (_, i) => matcher.group(i) ?? undefined)
    // as with RegExp, a group without a part in the match is undefined, which the type of the array does not say
    return Object.assign(found as string[] as RegExpExecArray, { index: matcher.start(), input: text })
  }
}

/** The same pattern with other flags, or another one that is matched in the same way. */
export function likeRegExp(regexp: RegExp, flags: string, source = regexp.source): RegExp {
  return regexp instanceof LinearRegExp ? new LinearRegExp(source, flags) : new RegExp(source, flags)
}

/**
 * Whether trying one way after the other could take time exponential in the text: something is repeated that itself
 * repeats or has alternatives, as in `(a+)+` and `(a|aa)*`.
 */
export function mayBacktrack(source: string): boolean {
  const part =
    /\\[\s\S]|\[(?:\\[\s\S]|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>|P<\w+>))?|\)|\||[*+?]|\{\d+(?:,\d*)?\}/g
  /** For each open group: whether it has a repetition or alternatives. */
  const open = [false]
  /** Behind a group that has: its end. */
  let behind = -1
  for (const { 0: token, index } of source.matchAll(part)) {
    const first = token[0]!
    const repeats = '*+?{'.includes(first)
    if (repeats && first !== '?' && index === behind) return true
    if (first === '(') open.push(false)
    else if (first === ')' && open.length > 1) {
      if (!open.pop()) continue
      behind = index + 1
      open[open.length - 1] = true
    } else if (first === '|' || repeats) open[open.length - 1] = true
  }
  return false
}
