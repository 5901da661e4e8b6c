import { init, parse as parseRaw, ParserError } from '@guanmingchiu/sqlparser-ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { SqlDialect, SqlExpression, SqlStatement } from './ast.ts'
import { convertContext, convertStatement } from './convert/statement.ts'
import { parseOwnStatement } from './own-statements.ts'
import { readDialect } from './dialect.ts'
import { groupedChains, withParentheses } from './operator-chains.ts'
import { readOwnClauses } from './own-clauses.ts'
import { parseSessionStatement } from './session-statements.ts'
import { SourceMap } from './source-map.ts'
import { StatementText } from './statement-text.ts'
import { deepestNesting, longestOperatorChain, splitStatements, tokenize, type Token } from './tokens.ts'

export interface ParsedStatement {
  readonly statement: SqlStatement
  readonly span: SourceSpan
}

/** Measured: the parser's stack overflows at about 700 nested operators. */
const maximumOperatorChain = 500

/** The parser goes no deeper than 50 levels, of which an expression in a bracket takes up to two. */
const deepNesting = 24

let ready: Promise<void> | null = null

/** Loads the parser's Wasm module; once is enough, and `parseSql` needs it. */
export function loadSqlParser(): Promise<void> {
  ready ??= init()
  return ready
}

/** Every statement of a text. Errors: `syntax` with line and column, `unsupported` for grammar that the engine has not. */
export function parseSql(text: string, dialect: SqlDialect = 'duckdb'): readonly ParsedStatement[] {
  const source = new SourceMap(text)
  return splitStatements(tokenize(source)).map((tokens) => {
    const start = tokens[0]!.start
    const end = tokens.at(-1)!.end
    return { statement: parseStatement(source, dialect, tokens, start, end), span: source.span(start, end) }
  })
}

function parseStatement(
  source: SourceMap,
  dialectName: SqlDialect,
  tokens: readonly Token[],
  start: number,
  end: number,
  prefix = '',
): SqlStatement {
  const parseInside = (before: string, from: number, to: number): SqlStatement => {
    const inside = tokens.filter((token) => token.start >= from && token.end <= to)
    return parseStatement(source, dialectName, inside, from, to, before)
  }
  const own =
    prefix === ''
      ? (parseOwnStatement(source, tokens, (from, to, before = '') => parseInside(before, from, to)) ??
        parseSessionStatement(source, tokens, (from, to, before = 'SELECT ') =>
          onlyExpression(parseInside(before, from, to)),
        ))
      : null
  if (own) return own
  const clauses = readOwnClauses(source, tokens, parseInside)
  const groups = groupedChains(clauses.tokens)
  const chain = longestOperatorChain(withParentheses(clauses.tokens, groups))
  if (chain.length > maximumOperatorChain && chain.at) {
    throw unsupported(
      `An expression with more than ${maximumOperatorChain} operators in a row`,
      source.span(chain.at.start, chain.at.end),
      'Put parts of it in parentheses.',
    )
  }
  const dialect = readDialect(dialectName, source.text, clauses)
  const before = prefix === '' ? [] : [{ start, end: start, text: prefix }]
  const text = new StatementText(source, start, end, [...before, ...groups, ...dialect.edits])
  const context = convertContext(source, text, dialect, start, end)
  let raw: readonly unknown[]
  try {
    raw = parseRaw(text.text, 'generic')
  } catch (error) {
    throw syntaxError(source, tokens, text, error)
  }
  if (raw.length !== 1) {
    throw new LakebookError('syntax', 'This is not one statement', { span: source.span(start, end) })
  }
  return convertStatement(context, raw[0])
}

/** What `SELECT expression` selects. */
function onlyExpression(statement: SqlStatement): SqlExpression {
  const body = statement.kind === 'query' ? statement.query.body : null
  const item = body?.kind === 'select' && body.items.length === 1 ? body.items[0] : null
  if (item?.kind === 'expression') return item.expression
  throw new LakebookError('syntax', 'One expression belongs here')
}

/** `sql parser error: Expected: X, found: Y at Line: L, Column: C` in plain words and with a place in the cell. */
function syntaxError(
  source: SourceMap,
  tokens: readonly Token[],
  text: StatementText,
  error: unknown,
): LakebookError {
  const raw = error instanceof ParserError ? error.message : String(error)
  const place = /\s*at Line: (\d+), Column: (\d+)/.exec(raw)
  const at = place ? text.offset(Number(place[1]), Number(place[2])) : tokens.at(-1)!.end
  const token = tokens.find((each) => each.start <= at && at < each.end)
  const span = source.span(at, token?.end ?? at + 1)
  const message = raw.replace('sql parser error: ', '').replace(place?.[0] ?? '', '')
  const expected = /^Expected: (.*), found: (.*)$/s.exec(message)
  const isTooDeep = message.includes('recursion limit') || expected?.[1] === 'end of statement'
  const nesting = isTooDeep ? deepestNesting(tokens) : null
  if (nesting?.at && nesting.depth >= deepNesting) {
    return new LakebookError('unsupported', `An expression with ${nesting.depth} levels is nested too deep`, {
      span: source.span(nesting.at.start, nesting.at.end),
      hint: 'Name inner parts with WITH or in a subquery; parentheses, CASE and NOT count as levels.',
    })
  }
  const where = `Line ${span.line}, column ${span.column}`
  if (!expected) return new LakebookError('syntax', `${where}: ${message}`, { span })
  const found = expected[2] === 'EOF' ? 'the end of the statement' : `"${expected[2]}"`
  const hint = hintFor(tokens, token)
  return new LakebookError('syntax', `${where}: expected ${article(expected[1]!)} but found ${found}`, {
    span,
    hint,
  })
}

function article(expected: string): string {
  return /^(an? |end |the )/.test(expected) || /^\W|[A-Z]{2}/.test(expected) ? expected : `a ${expected}`
}

const statementWords = [
  'select',
  'with',
  'from',
  'values',
  'explain',
  'show',
  'describe',
  'summarize',
  'create',
  'alter',
  'insert',
  'update',
  'delete',
  'merge',
  'truncate',
  'drop',
  'pivot',
  'unpivot',
  'begin',
  'commit',
  'rollback',
  'prepare',
  'execute',
  'set',
  'reset',
  'copy',
]

function hintFor(tokens: readonly Token[], token: Token | undefined): string | undefined {
  const first = tokens[0]!
  if (token === first && first.kind === 'word') {
    const near = statementWords.find((word) => isNear(word, first.text))
    return near
      ? `Did you mean ${near.toUpperCase()}?`
      : `A statement starts with ${statementWords.join(', ').toUpperCase()}.`
  }
  const index = token ? tokens.indexOf(token) : tokens.length
  const before = tokens[index - 1]
  if (before?.text === ',' && token) return 'Remove the comma before it.'
  if (
    !token &&
    tokens.filter((each) => each.text === '(').length > tokens.filter((each) => each.text === ')').length
  ) {
    return 'A parenthesis is not closed.'
  }
  return undefined
}

/** The same letters but for one swapped, missing or extra. */
function isNear(word: string, typed: string): boolean {
  if (Math.abs(word.length - typed.length) > 1) return false
  const sorted = (text: string) => text.split('').toSorted().join('')
  if (sorted(word) === sorted(typed)) return true
  let i = 0
  while (i < word.length && word[i] === typed[i]) i += 1
  const rest = [
    word.slice(i + 1) === typed.slice(i),
    word.slice(i) === typed.slice(i + 1),
    word.slice(i + 1) === typed.slice(i + 1),
  ]
  return rest.includes(true)
}
