import type { TextEdit } from './statement-text.ts'
import { closing, isOpening } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/** Names that stand in a MERGE, as the parser gets it, for what it does not read. */
export const MERGE_MARK = {
  using: 'merge: using',
  nothing: 'merge: nothing',
  position: 'merge: by position',
  name: 'merge: by name',
} as const

/**
 * Of MERGE what the parser lacks: `USING (a)` in the place of ON, DO NOTHING, and INSERT or UPDATE of all columns, by
 * their places or by their names.
 */
export function mergeRespellings(tokens: readonly Token[]): readonly TextEdit[] {
  if (tokens[0]?.text !== 'merge') return []
  const edits: TextEdit[] = []
  const replace = (from: number, until: number, text: string): void => {
    edits.push({ start: tokens[from]!.start, end: tokens[until - 1]!.end, text })
  }
  const textAt = (at: number): string | undefined => tokens[at]?.text
  let sources = 0
  let isNew = false
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]!
    if (isOpening(token)) at = closing(tokens, at)
    if (token.kind !== 'word') continue
    if (token.text === 'using') {
      sources += 1
      if (sources === 2 && textAt(at + 1) === '(') replace(at, at + 1, `ON "${MERGE_MARK.using}"`)
    }
    // the parser takes each verb only where it has a meaning
    if (token.text === 'when')
      isNew = textAt(at + 1) === 'not' && !(textAt(at + 3) === 'by' && textAt(at + 4) === 'source')
    if (token.text !== 'then') continue
    const verb = textAt(at + 1)
    if (verb === 'do' && textAt(at + 2) === 'nothing')
      replace(at + 1, at + 3, marked(isNew ? 'insert' : 'update', MERGE_MARK.nothing))
    if (verb !== 'update' && verb !== 'insert') continue
    const all = allColumns(tokens, at + 2, verb)
    if (all === null) continue
    replace(at + 1, all.until, marked(verb, MERGE_MARK[all.by]))
  }
  return edits
}

function marked(verb: 'update' | 'insert', mark: string): string {
  return verb === 'update' ? `UPDATE SET "${mark}" = 1` : `INSERT VALUES ("${mark}")`
}

/** What stands behind the verb, where it means all columns. */
function allColumns(
  tokens: readonly Token[],
  at: number,
  verb: 'update' | 'insert',
): { readonly by: 'name' | 'position'; readonly until: number } | null {
  const [first, second] = [tokens[at]?.text, tokens[at + 1]?.text]
  const isEnd = (text: string | undefined): boolean =>
    text === undefined || text === 'when' || text === 'returning'
  if (isEnd(first)) return { by: 'position', until: at }
  if (first === 'by' && (second === 'name' || second === 'position') && isEnd(tokens[at + 2]?.text))
    return { by: second, until: at + 2 }
  if (verb === 'insert' && first === '*') return { by: 'position', until: at + 1 }
  if (verb === 'update' && first === 'set' && second === '*') return { by: 'position', until: at + 2 }
  return null
}
