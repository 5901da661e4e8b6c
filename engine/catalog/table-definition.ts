import type { SqlExpression } from '../sql/ast.ts'

/** What a session table keeps beside its rows: how its columns are filled, and what must hold for them. */
export interface TableDefinition {
  /** In the table's order. */
  readonly columns: readonly ColumnRule[]
  readonly keys: readonly TableKey[]
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

export interface ForeignKey {
  readonly columns: readonly string[]
  readonly table: string
  readonly referenced: readonly string[]
}

/** Columns of which nothing is asked. */
export function plainDefinition(names: readonly string[]): TableDefinition {
  const columns = names.map((name) => ({ name, notNull: false, default: null, generated: null }))
  return { columns, keys: [], checks: [], foreignKeys: [], temporary: false }
}
