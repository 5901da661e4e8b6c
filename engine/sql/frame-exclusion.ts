import type { FrameExclusion } from './ast.ts'
import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** By where the function of an inline window, or the name of a named one, begins in the text. */
export type FrameExclusions = ReadonlyMap<number, FrameExclusion>

const CLAUSES: readonly (readonly [words: readonly string[], exclude: FrameExclusion])[] = [
  [['current', 'row'], 'current_row'],
  [['group'], 'group'],
  [['ties'], 'ties'],
  [['no', 'others'], 'none'],
]

/** EXCLUDE at the end of window frames, which the general parser lacks, and the edits that take it out of the text. */
export function readFrameExclusions(tokens: readonly Token[]): {
  readonly edits: readonly TextEdit[]
  readonly exclusions: FrameExclusions
} {
  const exclusions = new Map<number, FrameExclusion>()
  const edits: TextEdit[] = []
  tokens.forEach((token, at) => {
    if (!isWord(token, 'exclude')) return
    const clause = CLAUSES.find(
      ([words]) =>
        words.every((word, index) => isWord(tokens[at + 1 + index], word)) &&
        tokens[at + 1 + words.length]?.text === ')',
    )
    const owner = clause && windowOwner(tokens, at)
    if (!clause || !owner) return
    exclusions.set(owner.start, clause[1])
    edits.push({ start: token.start, end: tokens[at + clause[0].length]!.end, text: ' ' })
  })
  return { edits, exclusions }
}

/** The name that the window around a token belongs to: `name(…) OVER (…)` or `WINDOW name AS (…)`. */
function windowOwner(tokens: readonly Token[], at: number): Token | null {
  const open = openingBefore(tokens, at)
  const before = tokens[open - 1]
  if (isWord(before, 'as')) return tokens[open - 2] ?? null
  if (!isWord(before, 'over')) return null
  for (let index = open - 2; index > 0; index -= 1) {
    if (tokens[index]!.text !== ')') continue
    index = openingBefore(tokens, index)
    const owner = tokens[index - 1]
    if (!owner) return null
    const isClause = isWord(owner, 'filter') || isWord(owner, 'group')
    if (!isClause) return owner
  }
  return null
}

/** The parenthesis around the token at this index (around what a closing one closes); -1 when there is none. */
function openingBefore(tokens: readonly Token[], at: number): number {
  let depth = 0
  for (let index = at - 1; index >= 0; index -= 1) {
    const { kind, text } = tokens[index]!
    if (kind !== 'symbol') continue
    if (text === ')') depth += 1
    else if (text === '(' && depth === 0) return index
    else if (text === '(') depth -= 1
  }
  return -1
}

function isWord(token: Token | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word
}
