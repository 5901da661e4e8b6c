import type { TableInfo } from '../../engine/lakebook.ts'
import { dataTypeName } from './data-type-name.ts'
import { isCode } from './cell.ts'
import type { Notebook } from './notebook.ts'

/** What a notebook needs to run elsewhere: enough to recognise the data, none of the data. */
export interface DataNeed {
  readonly name: string
  readonly fields: readonly { readonly name: string; readonly type: string }[]
  readonly files: readonly {
    readonly name: string
    readonly bytes: number
    readonly rows: number
    readonly hash: string
  }[]
}

export type NeedState =
  | { readonly kind: 'missing' }
  | { readonly kind: 'match' }
  | { readonly kind: 'differs'; readonly reasons: readonly string[] }

/** The registered files that the notebook's code names. */
export function dataNeeds(notebook: Notebook, tables: readonly TableInfo[]): DataNeed[] {
  const code = notebook.cells.filter(isCode).map((cell) => cell.text)
  return tables
    .filter((table) => table.kind === 'file' && table.format !== 'generated')
    .filter((table) => code.some((text) => mentions(text, table.name)))
    .map((table) => ({
      name: table.name,
      fields: table.schema.fields.map((field) => ({ name: field.name, type: dataTypeName(field.type) })),
      files: table.files.map(({ name, bytes, rows, hash }) => ({ name, bytes, rows, hash })),
    }))
}

/**
 * What a notebook needs that needed `before` when it was last seen: what it reads now, and of what it read then whatever
 * its code still names and nobody has given since.
 */
export function keptNeeds(
  before: readonly DataNeed[],
  notebook: Notebook,
  tables: readonly TableInfo[],
): DataNeed[] {
  const code = notebook.cells.filter(isCode).map((cell) => cell.text)
  const absent = before.filter(
    ({ name }) => !tables.some((table) => table.name === name) && code.some((text) => mentions(text, name)),
  )
  return [...dataNeeds(notebook, tables), ...absent]
}

/** How what the person has compares with what the notebook was written for. */
export function compareNeed(need: DataNeed, table: TableInfo | undefined): NeedState {
  if (!table) return { kind: 'missing' }
  const reasons = [...schemaDifferences(need, table)]
  const wanted = need.files.map((file) => file.hash).sort()
  const present = table.files.map((file) => file.hash).sort()
  if (reasons.length === 0 && wanted.join() !== present.join()) {
    reasons.push(...contentDifferences(need, table))
  }
  return reasons.length > 0 ? { kind: 'differs', reasons } : { kind: 'match' }
}

function* schemaDifferences(need: DataNeed, table: TableInfo): Generator<string> {
  const present = new Map(table.schema.fields.map((field) => [field.name, dataTypeName(field.type)]))
  for (const field of need.fields) {
    const type = present.get(field.name)
    if (type === undefined) yield `column ${field.name} is missing`
    else if (type !== field.type) yield `column ${field.name} is ${type}, not ${field.type}`
    present.delete(field.name)
  }
  for (const name of present.keys()) yield `column ${name} is new`
}

function contentDifferences(need: DataNeed, table: TableInfo): string[] {
  const total = (files: readonly { readonly rows: number }[]) =>
    files.reduce((sum, file) => sum + file.rows, 0)
  const wanted = total(need.files)
  const present = total(table.files)
  if (wanted === present) return ['the same columns and number of rows, but other contents']
  return [`${present.toLocaleString('en')} rows, not ${wanted.toLocaleString('en')}`]
}

function mentions(text: string, name: string): boolean {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(^|[^\\w])${escaped}($|[^\\w])`, 'i').test(text)
}
