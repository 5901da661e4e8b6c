import { quotedName } from '../arrow/quoted-name.ts'
import { typeName } from '../arrow/types.ts'
import type { ForeignKey, TableIndex, TableKey } from '../catalog/table-definition.ts'
import type { Column } from '../plan/plan.ts'
import { defaultText, ruleOf, type Listed } from './catalog-entries.ts'
import { expressionText } from './output-name.ts'
import { collationOf } from './text-collation.ts'

/** The statement that makes a table or a view again; null for what is neither. */
export function definitionText(each: Listed): string | null {
  const { entry } = each
  if (entry.kind === 'table') return tableText(each)
  if (entry.kind !== 'view') return null
  const columns = entry.columns.length > 0 ? ` (${names(entry.columns)})` : ''
  return `CREATE VIEW ${ownName(each)}${columns} AS ${entry.text};`
}

/** Keys of one column stand beside it. */
function tableText(each: Listed): string {
  const { columns, definition } = each
  const parts = [
    ...columns.map((column) => columnText(column, each)),
    ...(definition?.keys ?? []).filter((key) => key.columns.length > 1).map(keyText),
    ...(definition?.checks ?? []).map((check) => `CHECK(${expressionText(check)})`),
    ...(definition?.foreignKeys ?? []).map(foreignKeyText),
  ]
  return `CREATE ${definition?.temporary ? 'TEMP ' : ''}TABLE ${ownName(each)}(${parts.join(', ')});`
}

function columnText(column: Column, of: Listed): string {
  const { name, type } = column
  const rule = ruleOf(of, column)
  const keys = of.definition?.keys.filter(({ columns }) => columns.includes(name)) ?? []
  const own = keys.filter(({ columns }) => columns.length === 1)
  const collation = collationOf(type)
  const words = [quotedName(name), typeName(type)]
  if (collation !== null) words.push(`COLLATE ${collation.toUpperCase()}`)
  if (rule?.generated) words.push(`GENERATED ALWAYS AS(${expressionText(rule.generated)})`)
  const fallback = defaultText(rule)
  if (fallback !== null) words.push(`DEFAULT(${fallback})`)
  if (rule?.notNull && !keys.some(({ primary }) => primary)) words.push('NOT NULL')
  if (own.some(({ primary }) => primary)) words.push('PRIMARY KEY')
  if (own.some(({ primary }) => !primary)) words.push('UNIQUE')
  return words.join(' ')
}

/** `PRIMARY KEY(a, b)`. */
export function keyText({ columns, primary }: TableKey): string {
  return `${primary ? 'PRIMARY KEY' : 'UNIQUE'}(${names(columns)})`
}

/** `FOREIGN KEY (a) REFERENCES t(b)`. */
export function foreignKeyText({ columns, table, referenced }: ForeignKey): string {
  const path = table.split('.').map(quotedName).join('.')
  return `FOREIGN KEY (${names(columns)}) REFERENCES ${path}(${names(referenced)})`
}

export function indexText({ name, columns, isUnique }: TableIndex, table: Listed): string {
  const words = isUnique ? 'CREATE UNIQUE INDEX' : 'CREATE INDEX'
  return `${words} ${quotedName(name)} ON ${ownName(table)}(${names(columns)});`
}

/** With its schema, unless that is `main`. */
function ownName({ schema, name }: Listed): string {
  return schema === 'main' ? quotedName(name) : `${quotedName(schema)}.${quotedName(name)}`
}

function names(list: readonly string[]): string {
  return list.map(quotedName).join(', ')
}
