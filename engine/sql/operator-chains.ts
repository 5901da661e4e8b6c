import type { TextEdit } from './statement-text.ts'
import type { Token } from './tokens.ts'

/** Chains of no more operands than this stay as they are. */
const LEAST_GROUP = 16

/** Words that no operand of AND or OR contains outside of brackets and CASE. */
const BOUNDARIES: ReadonlySet<string> = new Set(
  (
    'select from where group having qualify window order by limit offset fetch union intersect except with values set ' +
    'join on using left right inner full cross natural semi anti asof positional lateral as when then else returning ' +
    'into do merge insert update delete'
  ).split(' '),
)

interface Level {
  readonly or: Token[]
  readonly and: Token[]
  /** BETWEENs whose AND has not come yet. */
  betweens: number
}

/**
 * `a OR b OR c …` and `a AND b AND c …` of very many operands, in groups with parentheses, because the parser's stack grows
 * with each operand. The first operand and the last ones stay outside, so that it does not matter where the chain begins
 * and where it ends.
 */
export function groupedChains(tokens: readonly Token[]): readonly TextEdit[] {
  const edits: TextEdit[] = []
  const levels: Level[] = [{ or: [], and: [], betweens: 0 }]
  const end = (chain: Token[]): void => {
    edits.push(...grouped(chain))
    chain.length = 0
  }
  const endAll = (level: Level): void => {
    end(level.and)
    end(level.or)
    level.betweens = 0
  }
  for (const [index, token] of tokens.entries()) {
    const level = levels.at(-1)!
    const { kind, text } = token
    if (kind !== 'word' && kind !== 'symbol') continue
    if ('([{'.includes(text) || text === 'case') levels.push({ or: [], and: [], betweens: 0 })
    else if (')]}'.includes(text) || text === 'end') {
      endAll(level)
      if (levels.length > 1) levels.pop()
    } else if (text === 'from' && tokens[index - 1]?.text === 'distinct') continue
    else if (text === ',' || text === ';' || BOUNDARIES.has(text)) endAll(level)
    else if (text === 'between') level.betweens++
    else if (text === 'and' && level.betweens > 0) level.betweens--
    else if (text === 'and') level.and.push(token)
    else if (text === 'or') {
      end(level.and)
      level.or.push(token)
    }
  }
  levels.forEach(endAll)
  return edits
}

/** Parentheses around as many operands as there are groups, nearly. */
function grouped(operators: readonly Token[]): readonly TextEdit[] {
  if (operators.length <= LEAST_GROUP) return []
  const size = Math.max(LEAST_GROUP, Math.ceil(Math.sqrt(operators.length)))
  const edits: TextEdit[] = []
  for (let first = 0; first + size < operators.length; first += size) {
    const { end } = operators[first]!
    const { start } = operators[first + size]!
    edits.push({ start: end, end, text: ' (' }, { start, end: start, text: ') ' })
  }
  return edits
}

/** The tokens, and parentheses where the edits put them. */
export function withParentheses(tokens: readonly Token[], edits: readonly TextEdit[]): readonly Token[] {
  if (edits.length === 0) return tokens
  const added = edits.map(({ start, text }): Token => ({
    kind: 'symbol',
    text: text.trim(),
    start,
    end: start,
  }))
  return [...tokens, ...added].toSorted((a, b) => a.start - b.start || a.end - b.end)
}
