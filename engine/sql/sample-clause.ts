import type { SqlSample } from './ast.ts'
import type { SourceMap } from './source-map.ts'
import { TokenCursor } from './token-cursor.ts'
import type { Token } from './tokens.ts'
import { LakebookError } from '../errors.ts'

const METHODS = ['bernoulli', 'system', 'reservoir'] as const

/**
 * What follows TABLESAMPLE or USING SAMPLE, as DuckDB has it: `10%`, `5 ROWS (reservoir, 42)`,
 * `bernoulli(10 PERCENT) REPEATABLE (42)`. `until` is the index behind it.
 */
export function parseSample(
  source: SourceMap,
  tokens: readonly Token[],
  from: number,
): { readonly sample: SqlSample; readonly until: number } {
  const cursor = new TokenCursor(source, tokens, from)
  let method = methodHere(cursor)
  if (method) cursor.index += 1
  const inParentheses = cursor.take('(')
  const amount = cursor.number('a number of rows or a percentage')
  const isPercent = cursor.take('%') || cursor.take('percent')
  if (!isPercent) cursor.take('rows')
  if (inParentheses) cursor.expect(')')
  let seed: number | null = null
  if (!method && !inParentheses && cursor.take('(')) {
    method = methodHere(cursor)
    if (!method) throw cursor.error('expected BERNOULLI, SYSTEM or RESERVOIR')
    cursor.index += 1
    if (cursor.take(',')) seed = cursor.number('a seed')
    cursor.expect(')')
  }
  if (cursor.take('repeatable')) {
    cursor.expect('(')
    seed = cursor.number('a seed')
    cursor.expect(')')
  }
  const span = source.span(tokens[from - 1]!.start, tokens[cursor.index - 1]!.end)
  const unit = isPercent ? 'percent' : 'rows'
  const sample = { method: method ?? (isPercent ? 'system' : 'reservoir'), unit, amount, seed, span } as const
  check(sample)
  return { sample, until: cursor.index }
}

function methodHere(cursor: TokenCursor): SqlSample['method'] | null {
  const token = cursor.peek()
  return (token?.kind === 'word' && METHODS.find((method) => method === token.text)) || null
}

function check({ method, unit, amount, span }: SqlSample): void {
  if (unit === 'rows' && method !== 'reservoir') {
    throw new LakebookError('invalid_argument', `A ${method} sample is a percentage, not a number of rows`, {
      span,
      hint: `Write ${amount} PERCENT, or reservoir(${amount} ROWS).`,
    })
  }
  if (unit === 'percent' ? amount > 100 : !Number.isInteger(amount)) {
    throw new LakebookError('invalid_argument', `A sample of ${amount} ${unit} makes no sense`, {
      span,
      hint: 'Write a percentage from 0 to 100, or a whole number of rows.',
    })
  }
}
