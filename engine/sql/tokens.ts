import { LakebookError } from '../errors.ts'
import type { SourceMap } from './source-map.ts'

/** Enough of a lexer to find statements and their first words; the grammar proper is the parser's. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol'
  /** Words in lower case; strings and quoted names without quotes. */
  readonly text: string
  readonly start: number
  readonly end: number
}

const token =
  /\s+|--[^\n]*|\/\*[\s\S]*?\*\/|(?<string>'(?:[^']|'')*')|(?<quoted>"(?:[^"]|"")*")|(?<dollar>\$(?<tag>[A-Za-z_]*)\$[\s\S]*?\$\k<tag>\$)|(?<number>\d[\w.]*)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<symbol>[\s\S])/uy

/** Errors: `syntax` for a string, quoted name or comment that does not end. */
export function tokenize(source: SourceMap): readonly Token[] {
  const { text } = source
  const tokens: Token[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const start = token.lastIndex
    const match = token.exec(text)
    if (!match) break
    const end = token.lastIndex
    const { string, quoted, dollar, number, word, symbol } = match.groups ?? {}
    if (string !== undefined) {
      tokens.push({ kind: 'string', text: string.slice(1, -1).replaceAll("''", "'"), start, end })
    } else if (dollar !== undefined) {
      tokens.push({ kind: 'string', text: dollar, start, end })
    } else if (quoted !== undefined) {
      tokens.push({ kind: 'quoted', text: quoted.slice(1, -1).replaceAll('""', '"'), start, end })
    } else if (number !== undefined) {
      tokens.push({ kind: 'number', text: number, start, end })
    } else if (word !== undefined) {
      tokens.push({ kind: 'word', text: word.toLowerCase(), start, end })
    } else if (symbol !== undefined) {
      if (symbol === "'") throw unterminated('string', 'a single quote', source, start)
      if (symbol === '"') throw unterminated('quoted name', 'a double quote', source, start)
      if (text.startsWith('/*', start)) throw unterminated('comment', '*/', source, start)
      tokens.push({ kind: 'symbol', text: symbol, start, end })
    }
  }
  return tokens
}

function unterminated(what: string, end: string, source: SourceMap, start: number): LakebookError {
  const span = source.span(start, source.text.length)
  return new LakebookError('syntax', `Line ${span.line}, column ${span.column}: this ${what} does not end`, {
    span,
    hint: `Close the ${what} with ${end}.`,
  })
}

/** The tokens of each statement, split at semicolons; empty statements are left out. */
export function splitStatements(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const statements: Token[][] = [[]]
  for (const each of tokens) {
    if (each.kind === 'symbol' && each.text === ';') statements.push([])
    else statements.at(-1)!.push(each)
  }
  return statements.filter((statement) => statement.length > 0)
}

const operatorWords = new Set(['and', 'or'])
const beginsExpression = new Set(['select', 'where', 'on', 'having', 'qualify', 'by', 'when', 'then', 'else'])
const operatorSymbols = new Set(['+', '-', '*', '/', '%', '|', '=', '<', '>'])

function isOperatorSymbol({ kind, text }: Token): boolean {
  return kind === 'symbol' && operatorSymbols.has(text)
}

/** The most operators in one expression without parentheses or commas: the parser's stack grows with it. */
export function longestOperatorChain(tokens: readonly Token[]): {
  readonly length: number
  readonly at: Token | undefined
} {
  const counts = [{ or: 0, and: 0, other: 0 }]
  let longest = 0
  let at: Token | undefined
  let before: Token | undefined
  for (const each of tokens) {
    const isWord = each.kind === 'word'
    // the second character of `||` or `<=`
    const isRest = isOperatorSymbol(each) && before?.end === each.start && isOperatorSymbol(before)
    before = each
    if (isRest) continue
    if (each.text === '(' || each.text === '[' || (isWord && each.text === 'case'))
      counts.push({ or: 0, and: 0, other: 0 })
    else if (each.text === ')' || each.text === ']' || (isWord && each.text === 'end')) {
      if (counts.length > 1) counts.pop()
    } else if (each.text === ',' || (isWord && beginsExpression.has(each.text)))
      counts[counts.length - 1] = { or: 0, and: 0, other: 0 }
    else if (isWord ? operatorWords.has(each.text) : isOperatorSymbol(each)) {
      const inside = counts.at(-1)!
      const { or, and } = inside
      // each operand of OR, and of AND, has a chain of its own
      if (each.text === 'or') counts[counts.length - 1] = { or: or + 1, and: 0, other: 0 }
      else if (each.text === 'and') counts[counts.length - 1] = { or, and: and + 1, other: 0 }
      else inside.other++
      const count = Object.values(counts.at(-1)!).reduce((sum, one) => sum + one)
      if (count > longest) {
        longest = count
        at = each
      }
    }
  }
  return { length: longest, at }
}

/** The most brackets, CASEs and NOTs inside each other, and the innermost. */
export function deepestNesting(tokens: readonly Token[]): {
  readonly depth: number
  readonly at: Token | undefined
} {
  let depth = 0
  let nots = 0
  let deepest = 0
  let at: Token | undefined
  for (const each of tokens) {
    const isWord = each.kind === 'word'
    nots = isWord && each.text === 'not' ? nots + 1 : 0
    if (isWord ? each.text === 'case' : each.kind === 'symbol' && '([{'.includes(each.text)) depth += 1
    if (isWord ? each.text === 'end' : each.kind === 'symbol' && ')]}'.includes(each.text)) depth -= 1
    if (depth + nots > deepest) {
      deepest = depth + nots
      at = each
    }
  }
  return { depth: deepest, at }
}
