import { LakebookError } from '../errors.ts'
import type { SqlExpression } from './ast.ts'
import type { ParseFragment } from './pivot-clause.ts'
import type { SourceMap } from './source-map.ts'
import type { TextEdit } from './statement-text.ts'
import { closing, isOpening } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/** `ALTER … TYPE … USING expression`, at the end of the statement. */
export interface UsingClause {
  readonly expression: SqlExpression
  readonly edits: readonly TextEdit[]
}

/** Null for any other statement. */
export function readUsing(
  source: SourceMap,
  tokens: readonly Token[],
  parse: ParseFragment,
): UsingClause | null {
  if (tokens[0]?.text !== 'alter') return null
  for (let at = 0; at < tokens.length - 1; at += 1) {
    const token = tokens[at]!
    if (isOpening(token)) at = closing(tokens, at)
    if (token.kind !== 'word' || token.text !== 'using') continue
    const end = tokens.at(-1)!.end
    const statement = parse('SELECT ', tokens[at + 1]!.start, end)
    const body = statement.kind === 'query' ? statement.query.body : null
    const [item, ...more] = body?.kind === 'select' ? body.items : []
    if (item?.kind === 'expression' && item.alias === null && more.length === 0)
      return { expression: item.expression, edits: [{ start: token.start, end, text: ' ' }] }
    throw new LakebookError('syntax', 'One expression stands behind USING', {
      span: source.span(token.start, end),
    })
  }
  return null
}
