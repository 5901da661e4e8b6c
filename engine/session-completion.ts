import type { CellLanguage, TableInfo } from './lakebook.ts'
import { typeName } from './arrow/types.ts'
import { functionReference } from './functions/function-reference.ts'
import { frameMethodNames } from './polars/frame-methods.ts'
import { expressionMethodNames } from './polars/method-registry.ts'
import type { Session } from './session.ts'

/** One thing that could stand at the cursor. */
export interface CompletionItem {
  readonly label: string
  readonly kind: 'table' | 'column' | 'function' | 'keyword'
  readonly detail: string
}

const MOST_ITEMS = 200

export const SQL_KEYWORDS: readonly string[] = (
  'SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET DISTINCT JOIN LEFT RIGHT FULL INNER CROSS SEMI ANTI ON USING ' +
  'WITH AS UNION ALL INTERSECT EXCEPT VALUES CASE WHEN THEN ELSE END CAST BETWEEN IN LIKE ILIKE IS NULL NOT AND OR ' +
  'EXISTS OVER PARTITION ROWS RANGE QUALIFY CREATE TABLE VIEW REPLACE DROP INSERT INTO EXPLAIN ANALYZE DESCRIBE ' +
  'SHOW TABLES SUMMARIZE SET RESET DATE TIMESTAMP INTERVAL ASC DESC NULLS FIRST LAST'
).split(' ')

/**
 * What could be written at `offset`: after `name.` the columns of that table (or, in a Polars cell, methods), else
 * columns of tables that the text names, then tables, functions and keywords; those that begin with what is typed.
 */
export function completionsAt(
  session: Session,
  language: CellLanguage,
  text: string,
  offset: number,
): readonly CompletionItem[] {
  const before = text.slice(0, offset)
  const typed = /[\p{L}\p{N}_]*$/u.exec(before)?.[0] ?? ''
  const owner = /([\p{L}\p{N}_]+|[)\]])\s*\.\s*$/u.exec(before.slice(0, before.length - typed.length))?.[1]
  const tables = session.tables()
  const items = [...candidates(language, text, tables, owner)]
  const wanted = typed.toLowerCase()
  const seen = new Set<string>()
  return items
    .filter(({ label, kind }) => {
      const key = `${kind} ${label}`
      if (!label.toLowerCase().startsWith(wanted) || seen.has(key)) return false
      seen.add(key)
      return true
    })
    .slice(0, MOST_ITEMS)
}

function* candidates(
  language: CellLanguage,
  text: string,
  tables: readonly TableInfo[],
  owner: string | undefined,
): Iterable<CompletionItem> {
  if (owner !== undefined) {
    const table = tables.find(({ name }) => name.toLowerCase() === owner.toLowerCase())
    if (language === 'sql') {
      yield* table === undefined ? [] : columnsOf(table)
    } else {
      const methods = new Set([...frameMethodNames(), ...expressionMethodNames()])
      for (const label of [...methods].sort()) yield { label, kind: 'function', detail: 'method' }
    }
    return
  }
  const words = new Set(text.toLowerCase().split(/[^\p{L}\p{N}_]+/u))
  const named = tables.filter(({ name }) => words.has(name.toLowerCase()))
  for (const table of named.length > 0 ? named : tables) yield* columnsOf(table)
  for (const { name, kind, rowCount } of tables) {
    yield {
      label: name,
      kind: 'table',
      detail: rowCount === null ? kind : `${kind}, ${rowCount.toLocaleString('en')} rows`,
    }
  }
  if (language === 'polars') {
    yield { label: 'pl', kind: 'keyword', detail: 'Polars' }
    return
  }
  for (const { name, aliases, summary } of functionReference()) {
    for (const label of [name, ...aliases])
      if (/^\w+$/.test(label)) yield { label, kind: 'function', detail: summary }
  }
  for (const label of SQL_KEYWORDS) yield { label, kind: 'keyword', detail: '' }
}

function* columnsOf({ name: table, schema }: TableInfo): Iterable<CompletionItem> {
  for (const { name, type } of schema.fields)
    yield { label: name, kind: 'column', detail: `${table}: ${typeName(type)}` }
}
