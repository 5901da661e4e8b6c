import { LakebookError } from '../errors.ts'
import type { Query, SqlExpression, SqlStatement } from './ast.ts'
import { selectAll } from './convert/query.ts'
import type { SourceMap } from './source-map.ts'
import type { Token } from './tokens.ts'

/** The statement from there to there, with words before it. */
type ParseRange = (start: number, end: number, before?: string) => SqlStatement

/**
 * The statements that the general parser lacks: SUMMARIZE, DESCRIBE TABLE, TABLE t, CALL f(), and COPY with any option.
 * Null when the statement is none of them.
 */
export function parseOwnStatement(
  source: SourceMap,
  tokens: readonly Token[],
  parse: ParseRange,
): SqlStatement | null {
  const [first, second] = tokens
  if (first?.kind !== 'word') return null
  switch (first.text) {
    case 'summarize':
      return { kind: 'summarize', query: queryFrom(source, tokens.slice(1), parse) }
    case 'describe':
    case 'desc':
      if (second?.text !== 'table' || tokens.length < 3) return null
      return { kind: 'describe', query: queryFrom(source, tokens.slice(2), parse) }
    case 'table':
      if (tokens.length > 2) return parse(second!.start, tokens.at(-1)!.end, 'FROM ')
      return { kind: 'query', query: queryFrom(source, tokens.slice(1), parse) }
    case 'call':
      return second ? parse(second.start, tokens.at(-1)!.end, 'FROM ') : null
    case 'pragma':
      return parsePragma(source, tokens)
    case 'show':
      return parseShow(source, tokens)
    case 'checkpoint':
      return { kind: 'nothing', message: 'There is nothing to do' }
    case 'explain': {
      const analyze = second?.text === 'analyze'
      const rest = tokens.slice(analyze ? 2 : 1)
      const inner = rest.length > 0 ? parseOwnStatement(source, rest, parse) : null
      return inner && { kind: 'explain', analyze, statement: inner }
    }
    case 'copy':
      return parseCopy(source, tokens, parse)
    default:
      return null
  }
}

/** `PRAGMA name = word`; null for a value that is no word, and for none. */
function parsePragma(source: SourceMap, tokens: readonly Token[]): SqlStatement | null {
  const [, name, equals, value] = tokens
  if (tokens.length !== 4 || name?.kind !== 'word' || equals?.text !== '=' || value?.kind !== 'word')
    return null
  const span = source.span(value.start, value.end)
  return { kind: 'set', name: name.text, value: optionValue(source, value), span }
}

/** SHOW ALL TABLES and `SHOW t`; null for what else SHOW shows. */
function parseShow(source: SourceMap, tokens: readonly Token[]): SqlStatement | null {
  const [, second, third] = tokens
  const isAll =
    second?.text === 'all' && (tokens.length === 2 || (third?.text === 'tables' && tokens.length === 3))
  if (isAll) return { kind: 'show_all_tables' }
  if (tokens.length !== 2 || second === undefined || ['tables', 'databases', 'schemas'].includes(second.text))
    return null
  const span = source.span(second.start, second.end)
  const name = second.kind === 'word' ? source.text.slice(second.start, second.end) : second.text
  return { kind: 'show_name', name: { name, span } }
}

/** A table's name, a file's name in quotes, or a query. */
function queryFrom(source: SourceMap, tokens: readonly Token[], parse: ParseRange): Query {
  const first = tokens[0]
  const last = tokens.at(-1)
  if (!first || !last) {
    const end = source.text.length
    throw new LakebookError('syntax', 'A table or a query is missing', { span: source.span(end, end) })
  }
  const span = source.span(first.start, last.end)
  if (tokens.length === 1 && first.kind !== 'number' && first.kind !== 'symbol') {
    const name = first.kind === 'word' ? source.text.slice(first.start, first.end) : first.text
    return selectAll({ kind: 'table', name: [{ name, span }], alias: null, span })
  }
  const statement = parse(first.start, last.end)
  if (statement.kind === 'query') return statement.query
  throw new LakebookError('syntax', 'A table or a query belongs here', { span })
}

/** `COPY source TO 'file' [[WITH] (option [value], …)]`. */
function parseCopy(source: SourceMap, tokens: readonly Token[], parse: ParseRange): SqlStatement | null {
  const to = lastTopLevel(tokens, 'to')
  const target = tokens[to + 1]
  if (to < 2 || target?.kind !== 'string') return null
  const from = tokens.slice(1, to)
  const inParentheses = from[0]!.text === '(' && from.at(-1)!.text === ')'
  return {
    kind: 'copy',
    query: queryFrom(source, inParentheses ? from.slice(1, -1) : from, parse),
    target: target.text,
    options: parseOptions(source, tokens.slice(to + 2)),
  }
}

function lastTopLevel(tokens: readonly Token[], word: string): number {
  let depth = 0
  let found = -1
  tokens.forEach((token, index) => {
    if (token.text === '(') depth += 1
    else if (token.text === ')') depth -= 1
    else if (depth === 0 && token.kind === 'word' && token.text === word) found = index
  })
  return found
}

type CopyOptions = Extract<SqlStatement, { kind: 'copy' }>['options']

function parseOptions(source: SourceMap, tokens: readonly Token[]): CopyOptions {
  const rest = tokens[0]?.text === 'with' ? tokens.slice(1) : tokens
  if (rest.length === 0) return []
  const wrong = (token: Token) =>
    new LakebookError('syntax', `COPY: "${token.text}" is not an option`, {
      span: source.span(token.start, token.end),
      hint: 'Write options as (FORMAT parquet, HEADER true).',
    })
  if (rest[0]!.text !== '(' || rest.at(-1)!.text !== ')') throw wrong(rest[0]!)
  const options: { name: string; value: SqlExpression | null }[] = []
  let expectName = true
  for (const token of rest.slice(1, -1)) {
    if (token.text === ',' && token.kind === 'symbol') {
      expectName = true
    } else if (expectName) {
      if (token.kind !== 'word') throw wrong(token)
      options.push({ name: token.text, value: null })
      expectName = false
    } else if (options.at(-1)!.value === null && token.kind !== 'symbol') {
      options.at(-1)!.value = optionValue(source, token)
    } else if (token.text !== '=') {
      throw wrong(token)
    }
  }
  return options
}

function optionValue(source: SourceMap, token: Token): SqlExpression {
  const span = source.span(token.start, token.end)
  if (token.kind === 'number') return { kind: 'number', text: token.text, span }
  if (token.text === 'true' || token.text === 'false')
    return { kind: 'boolean', value: token.text === 'true', span }
  return { kind: 'string', value: token.text, span }
}
