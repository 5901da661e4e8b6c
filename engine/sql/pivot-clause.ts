import type {
  PivotColumn,
  Query,
  SelectItem,
  SqlPivot,
  SqlStatement,
  SqlUnpivot,
  TableExpression,
} from './ast.ts'
import type { SourceMap } from './source-map.ts'
import { TokenCursor } from './token-cursor.ts'
import type { Token } from './tokens.ts'

/** Parses the text between two offsets with something before it. */
export type ParseFragment = (prefix: string, from: number, to: number) => SqlStatement

/** PIVOT or UNPIVOT without the table that it is of, which the general parser reads. */
export type PivotClause = (source: TableExpression, alias: SqlPivot['alias']) => SqlPivot | SqlUnpivot

export const pivotWords = new Set(['pivot', 'pivot_wider'])
export const unpivotWords = new Set(['unpivot', 'pivot_longer'])

/** Reads PIVOT and UNPIVOT in both spellings. */
export class PivotParser {
  readonly #source: SourceMap
  readonly #tokens: readonly Token[]
  readonly #parse: ParseFragment

  constructor(source: SourceMap, tokens: readonly Token[], parse: ParseFragment) {
    this.#source = source
    this.#tokens = tokens
    this.#parse = parse
  }

  /** `PIVOT t ON … USING … GROUP BY …` or `UNPIVOT t ON … INTO NAME … VALUE …`, up to an index. */
  statement(from: number, end: number): SqlPivot | SqlUnpivot {
    const cursor = new TokenCursor(this.#source, this.#tokens, from + 1, end)
    const on = cursor.find('on', 'using', 'group', 'into')
    const source = this.#tables(cursor, on)
    const span = this.#source.span(this.#tokens[from]!.start, this.#tokens[end - 1]!.end)
    if (unpivotWords.has(this.#tokens[from]!.text)) return this.#unpivotStatement(cursor, source, span)
    const columns: PivotColumn[] = []
    if (cursor.take('on')) {
      const until = cursor.find('using', 'group')
      while (cursor.index < until) {
        columns.push(this.#column(cursor, commaBefore(cursor, until)))
        cursor.take(',')
      }
    }
    let using: readonly SelectItem[] = []
    if (cursor.take('using')) using = this.#items(cursor, cursor.find('group'))
    const groupBy = cursor.take('group', 'by') ? this.#expressions(cursor, end) : null
    if (!cursor.isDone) throw cursor.error('expected the end of PIVOT')
    return { kind: 'pivot', source, on: columns, using, groupBy, alias: null, span }
  }

  #unpivotStatement(cursor: TokenCursor, source: TableExpression, span: SqlUnpivot['span']): SqlUnpivot {
    const includeNulls = false
    cursor.expect('on')
    const entries = this.#items(cursor, cursor.find('into'))
    let name = { name: 'name', span }
    const values = []
    if (cursor.take('into')) {
      cursor.expect('name')
      name = { ...cursor.name('a name'), span }
      if (!cursor.take('values')) cursor.expect('value')
      do values.push(cursor.name('a name'))
      while (cursor.take(','))
    } else values.push({ name: 'value', span })
    if (!cursor.isDone) throw cursor.error('expected the end of UNPIVOT')
    return { kind: 'unpivot', source, includeNulls, name, values, entries, alias: null, span }
  }

  /** `PIVOT (… FOR … IN (…))` after a table, from the word on. `until` is the index behind it. */
  clause(from: number): { readonly clause: PivotClause; readonly until: number } {
    const word = this.#tokens[from]!.text
    let open = from + 1
    const includeNulls = this.#tokens[open]?.text === 'include'
    if (this.#tokens[open]?.text !== '(') open += 2
    const close = new TokenCursor(this.#source, this.#tokens, open).closing()
    const cursor = new TokenCursor(this.#source, this.#tokens, open + 1, close)
    const span = this.#source.span(this.#tokens[from]!.start, this.#tokens[close]!.end)
    if (unpivotWords.has(word)) {
      const rest = this.#unpivotClause(cursor)
      return {
        clause: (source, alias) => ({ kind: 'unpivot', source, includeNulls, ...rest, alias, span }),
        until: close + 1,
      }
    }
    const using = this.#items(cursor, cursor.find('for'))
    cursor.expect('for')
    const on: PivotColumn[] = []
    while (!cursor.isDone && cursor.peek()?.text !== 'group') {
      const at = cursor.find('in')
      on.push(this.#column(cursor, at < close ? closeAfter(cursor, at) : close))
    }
    const groupBy = cursor.take('group', 'by') ? this.#expressions(cursor, close) : null
    return {
      clause: (source, alias) => ({ kind: 'pivot', source, on, using, groupBy, alias, span }),
      until: close + 1,
    }
  }

  #unpivotClause(cursor: TokenCursor): Pick<SqlUnpivot, 'name' | 'values' | 'entries'> {
    const values = []
    const several = cursor.take('(')
    do values.push(cursor.name('a name'))
    while (several && cursor.take(','))
    if (several) cursor.expect(')')
    cursor.expect('for')
    const name = cursor.name('a name')
    cursor.expect('in')
    const close = cursor.closing()
    cursor.expect('(')
    return { name, values, entries: this.#items(cursor, close) }
  }

  /** `expression [IN (values)]`, up to an index. */
  #column(cursor: TokenCursor, until: number): PivotColumn {
    const inAt = Math.min(cursor.find('in'), until)
    const [item] = this.#items(cursor, inAt)
    const expression = item?.kind === 'expression' ? item.expression : null
    if (!expression) throw cursor.error('expected a column')
    let values: PivotColumn['values'] = null
    if (inAt < until) {
      cursor.expect('in')
      if (cursor.peek()?.text !== '(') {
        values = cursor.name('a list of values in parentheses, or a type')
        return { expressions: [expression], values }
      }
      const close = cursor.closing()
      cursor.expect('(')
      values = this.#items(cursor, close)
      cursor.index = close + 1
    }
    return { expressions: expression.kind === 'tuple' ? expression.items : [expression], values }
  }

  #tables(cursor: TokenCursor, until: number): TableExpression {
    const { from, to } = cursor.range(until)
    cursor.index = until
    const { body } = asQuery(this.#parse('SELECT * FROM ', from, to))
    if (body.kind !== 'select' || !body.from) throw cursor.error('expected a table')
    return body.from
  }

  #items(cursor: TokenCursor, given: number): readonly SelectItem[] {
    let until = given
    if (this.#tokens[until - 1]?.text === ',') until -= 1
    const { from, to } = cursor.range(until)
    cursor.index = given
    const { body } = asQuery(this.#parse('SELECT ', from, to))
    return body.kind === 'select' ? body.items : []
  }

  #expressions(cursor: TokenCursor, until: number) {
    return this.#items(cursor, until).flatMap((item) => (item.kind === 'expression' ? [item.expression] : []))
  }
}

function asQuery(statement: SqlStatement): Query {
  if (statement.kind === 'query') return statement.query
  throw new TypeError('a fragment of a query is a query')
}

/** The index of the next comma outside brackets, or `until`. */
function commaBefore(cursor: TokenCursor, until: number): number {
  const { index } = cursor
  for (;;) {
    const token = cursor.peek()
    if (!token || cursor.index >= until || token.text === ',') break
    cursor.index =
      '([{'.includes(token.text) && token.kind === 'symbol' ? cursor.closing() + 1 : cursor.index + 1
  }
  const found = Math.min(cursor.index, until)
  cursor.index = index
  return found
}

/** Behind the parentheses that follow the word at an index. */
function closeAfter(cursor: TokenCursor, at: number): number {
  const { index } = cursor
  cursor.index = at + 1
  const close = cursor.closing() + 1
  cursor.index = index
  return close
}
