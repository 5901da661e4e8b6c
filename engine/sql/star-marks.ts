import type { StarPattern } from './ast.ts'
import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** What stands around stars that the general parser does not know, by offset. */
export interface StarMarks {
  /** `* LIKE 'a%'`, by the star. */
  readonly patterns: ReadonlyMap<number, StarPattern>
  /** `*COLUMNS(…)`, by the word. */
  readonly spreads: ReadonlySet<number>
  readonly edits: readonly TextEdit[]
}

const beforeStar = new Set(['select', 'distinct', 'all', ',', '(', '[', '.'])

export function readStarMarks(tokens: readonly Token[]): StarMarks {
  const patterns = new Map<number, StarPattern>()
  const spreads = new Set<number>()
  const edits: TextEdit[] = []
  tokens.forEach((token, index) => {
    if (token.kind !== 'symbol' || token.text !== '*') return
    if (!beforeStar.has(tokens[index - 1]?.text ?? ',')) return
    const next = tokens[index + 1]
    if (next?.text === 'columns' && tokens[index + 2]?.text === '(') {
      spreads.add(next.start)
      edits.push({ start: token.start, end: token.end, text: ' ' })
      return
    }
    const found = readPattern(tokens, index + 1)
    if (!found) return
    patterns.set(token.start, found.pattern)
    edits.push({ start: next!.start, end: tokens[found.until - 1]!.end, text: ' ' })
  })
  return { patterns, spreads, edits }
}

function readPattern(
  tokens: readonly Token[],
  from: number,
): { readonly pattern: StarPattern; readonly until: number } | null {
  const negated = tokens[from]?.text === 'not'
  let at = negated ? from + 1 : from
  const word = tokens[at]?.kind === 'word' ? tokens[at]!.text : ''
  if (word !== 'like' && word !== 'ilike' && word !== 'glob' && word !== 'similar') return null
  at += 1
  if (word === 'similar' && tokens[at]?.text === 'to') at += 1
  const text = tokens[at]
  if (text?.kind !== 'string') return null
  return { pattern: { op: word, negated, pattern: text.text }, until: at + 1 }
}
