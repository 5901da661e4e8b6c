import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** What stands for the type of a generated column that has none. */
export const TYPE_OF_EXPRESSION = '\u0001type'

/** `b AS (a + 1)` and `b GENERATED ALWAYS AS (a + 1)` in CREATE TABLE get a type that says that there is none. */
export function generatedRespellings(tokens: readonly Token[]): readonly TextEdit[] {
  const isTable = tokens[0]?.text === 'create' && tokens.slice(1, 5).some(({ text }) => text === 'table')
  if (!isTable) return []
  let depth = 0
  return tokens.flatMap((token, index): readonly TextEdit[] => {
    if (token.kind === 'symbol' && token.text === '(') depth += 1
    if (token.kind === 'symbol' && token.text === ')') depth -= 1
    if (depth !== 1 || token.kind !== 'word') return []
    const isGenerated = token.text === 'generated' || (token.text === 'as' && tokens[index + 1]?.text === '(')
    const before = tokens[index - 2]
    const isBehindName = before?.kind === 'symbol' && (before.text === '(' || before.text === ',')
    return isGenerated && isBehindName
      ? [{ start: token.start, end: token.start, text: `"${TYPE_OF_EXPRESSION}" ` }]
      : []
  })
}
