import type { SqlConflict, SqlInsert } from './ast.ts'
import type { ParseFragment } from './pivot-clause.ts'
import type { TextEdit } from './statement-text.ts'
import { closing, isOpening } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/** What INSERT says that the general parser does not read: BY NAME, VALUES in parentheses, and what stands behind a SELECT. */
export interface InsertMarks {
  readonly byName: boolean
  readonly conflict: SqlConflict | null
  readonly returning: SqlInsert['returning']
  readonly edits: readonly TextEdit[]
}

/** Null for a statement that is no INSERT. */
export function readInsertMarks(tokens: readonly Token[], parse: ParseFragment): InsertMarks | null {
  const start = tokens.findIndex(
    ({ kind, text }, index) => kind === 'word' && text === 'insert' && depthOf(tokens, index) === 0,
  )
  if (start < 0 || (start > 0 && tokens[0]!.text !== 'with')) return null
  const edits: TextEdit[] = []
  let byName = false
  let hasSelect = false
  let conflict = -1
  let returning = -1
  for (let at = start; at < tokens.length; at += 1) {
    const token = tokens[at]!
    if (token.text === '(' && tokens[at + 1]?.text === 'values' && tokens[at + 1]!.kind === 'word') {
      const end = tokens[closing(tokens, at)]
      if (end) edits.push({ ...placeOf(token), text: ' ' }, { ...placeOf(end), text: ' ' })
    }
    if (isOpening(token)) at = closing(tokens, at)
    if (token.kind !== 'word') continue
    const next = tokens[at + 1]?.text
    if (token.text === 'by' && (next === 'name' || next === 'position') && !hasSelect) {
      byName = next === 'name'
      edits.push({ start: token.start, end: tokens[at + 1]!.end, text: ' ' })
    } else if (token.text === 'select' || token.text === 'from') hasSelect = true
    else if (token.text === 'on' && next === 'conflict' && conflict < 0) conflict = at
    else if (token.text === 'returning' && returning < 0) returning = at
  }
  if (!hasSelect || (conflict < 0 && returning < 0)) return { byName, conflict: null, returning: null, edits }
  // the parser reads both after VALUES
  const first = tokens[conflict < 0 ? returning : conflict]!
  const end = tokens.at(-1)!.end
  const rest = parse('INSERT INTO t VALUES (1) ', first.start, end)
  edits.push({ start: first.start, end, text: ' ' })
  const { conflict: parsed, returning: items } =
    rest.kind === 'insert' ? rest : { conflict: null, returning: null }
  return { byName, conflict: parsed, returning: items, edits }
}

function placeOf({ start, end }: Token): Pick<TextEdit, 'start' | 'end'> {
  return { start, end }
}

function depthOf(tokens: readonly Token[], index: number): number {
  return tokens.slice(0, index).reduce((depth, { kind, text }) => {
    if (kind !== 'symbol') return depth
    return depth + ('([{'.includes(text) ? 1 : ')]}'.includes(text) ? -1 : 0)
  }, 0)
}
