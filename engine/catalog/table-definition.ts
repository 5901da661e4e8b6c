import type { SqlExpression } from '../sql/ast.ts'

/** What a session table keeps beside its rows: how its columns are filled, and what must hold for them. */
export interface TableDefinition {
  /** In the table's order. */
  readonly columns: readonly ColumnRule[]
  readonly keys: readonly TableKey[]
  readonly indexes: readonly TableIndex[]
  readonly checks: readonly SqlExpression[]
  readonly foreignKeys: readonly ForeignKey[]
  readonly temporary: boolean
}

export interface ColumnRule {
  readonly name: string
  readonly notNull: boolean
  readonly default: SqlExpression | null
  /** Computed from the other columns whenever the row is written; nothing else is put there. */
  readonly generated: SqlExpression | null
}

/** PRIMARY KEY or UNIQUE: rows without NULL in these columns differ in them. */
export interface TableKey {
  readonly columns: readonly string[]
  readonly primary: boolean
}

/** CREATE INDEX: nothing but a name, unless it is unique, and then a key. */
export interface TableIndex {
  readonly name: string
  /** Those that it reads. */
  readonly columns: readonly string[]
  readonly isUnique: boolean
}

/** What rows must not have twice: keys, and unique indexes. */
export function keysOf({ keys, indexes }: TableDefinition): readonly TableKey[] {
  const unique = indexes.filter((index) => index.isUnique)
  return [...keys, ...unique.map(({ columns }) => ({ columns, primary: false }))]
}

export interface ForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  readonly referenced: readonly string[]
}

/** Columns of which nothing is asked. */
export function plainDefinition(names: readonly string[]): TableDefinition {
  const columns = names.map((name) => ({ name, notNull: false, default: null, generated: null }))
  return { columns, keys: [], indexes: [], checks: [], foreignKeys: [], temporary: false }
}
