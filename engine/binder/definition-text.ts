import { typeName } from '../arrow/types.ts'
import type { ForeignKey, TableDefinition, TableIndex, TableKey } from '../catalog/table-definition.ts'
import type { Column } from '../plan/plan.ts'
import type { CatalogEntry } from './environment.ts'
import { outputName } from './output-name.ts'

/** The statement that makes a table; keys of one column stand beside it. */
export function tableText(
  name: string,
  columns: readonly Column[],
  definition: TableDefinition | undefined,
): string {
  const keys = definition?.keys ?? []
  const parts = [
    ...columns.map((column) => columnText(column, definition)),
    ...keys.filter((key) => key.columns.length > 1).map(keyText),
    ...(definition?.checks ?? []).map((check) => `CHECK(${outputName(check)})`),
    ...(definition?.foreignKeys ?? []).map(foreignKeyText),
  ]
  return `CREATE ${definition?.temporary ? 'TEMP ' : ''}TABLE ${quoted(name)}(${parts.join(', ')});`
}

function columnText({ name, type }: Column, definition: TableDefinition | undefined): string {
  const rule = definition?.columns.find((each) => each.name === name)
  const key = definition?.keys.find(({ columns }) => columns.length === 1 && columns[0] === name)
  const words = [quoted(name), typeName(type)]
  if (rule?.generated) words.push(`GENERATED ALWAYS AS(${outputName(rule.generated)})`)
  if (rule?.default) words.push(`DEFAULT(${outputName(rule.default)})`)
  if (key) words.push(key.primary ? 'PRIMARY KEY' : 'UNIQUE')
  const isPrimary = definition?.keys.some((each) => each.primary && each.columns.includes(name))
  if (rule?.notNull && !isPrimary) words.push('NOT NULL')
  return words.join(' ')
}

/** `PRIMARY KEY(a, b)`. */
export function keyText({ columns, primary }: TableKey): string {
  return `${primary ? 'PRIMARY KEY' : 'UNIQUE'}(${columns.map(quoted).join(', ')})`
}

/** `FOREIGN KEY (a) REFERENCES t(b)`. */
export function foreignKeyText({ columns, table, referenced }: ForeignKey): string {
  const names = (list: readonly string[]): string => list.map(quoted).join(', ')
  return `FOREIGN KEY (${names(columns)}) REFERENCES ${quoted(table)}(${names(referenced)})`
}

export function indexText({ name, columns, isUnique }: TableIndex, table: string): string {
  const names = columns.map(quoted).join(', ')
  return `CREATE ${isUnique ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ON ${quoted(table)}(${names});`
}

/** The statement that makes a view; null for what is none. */
export function viewText(name: string, entry: CatalogEntry): string | null {
  return entry.kind === 'view' ? `CREATE VIEW ${quoted(name)} AS ${entry.text};` : null
}

function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
