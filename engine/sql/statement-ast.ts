import type { DataType } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import type { Identifier, Query, SelectItem, SqlExpression, TableExpression } from './ast.ts'

export interface ColumnDefinition {
  readonly name: Identifier
  readonly type: DataType
  readonly notNull: boolean
  readonly default: SqlExpression | null
  /** GENERATED ALWAYS AS (…). */
  readonly generated: SqlExpression | null
}

/** What must hold for the rows of a table; NOT NULL is the column's. */
export interface TableConstraints {
  readonly keys: readonly { readonly columns: readonly Identifier[]; readonly primary: boolean }[]
  readonly checks: readonly SqlExpression[]
  readonly foreignKeys: readonly SqlForeignKey[]
}

export interface SqlForeignKey {
  readonly columns: readonly Identifier[]
  readonly table: ObjectName
  /** Empty: those of the primary key. */
  readonly referenced: readonly Identifier[]
}

export interface Assignment {
  readonly column: Identifier
  /** Null for DEFAULT. */
  readonly value: SqlExpression | null
}

export interface SqlConflict {
  /** Empty where the text names no columns. */
  readonly columns: readonly Identifier[]
  /** Null for DO NOTHING; `all` for INSERT OR REPLACE. */
  readonly update: {
    readonly assignments: readonly Assignment[] | 'all'
    readonly where: SqlExpression | null
  } | null
  readonly span: SourceSpan | undefined
}

/** What UPDATE, DELETE, INSERT and MERGE have in common. */
interface ChangeTarget {
  readonly name: ObjectName
  readonly alias: Identifier | null
  readonly with: Pick<Query, 'with' | 'recursive'>
  readonly returning: readonly SelectItem[] | null
}

export interface SqlInsert extends ChangeTarget {
  readonly kind: 'insert'
  readonly columns: readonly Identifier[]
  /** Null for DEFAULT VALUES. */
  readonly query: Query | null
  readonly byName: boolean
  readonly conflict: SqlConflict | null
}

export interface SqlUpdate extends ChangeTarget {
  readonly kind: 'update'
  readonly assignments: readonly Assignment[]
  readonly from: TableExpression | null
  readonly where: SqlExpression | null
}

export interface SqlDelete extends ChangeTarget {
  readonly kind: 'delete'
  readonly using: TableExpression | null
  readonly where: SqlExpression | null
}

export interface SqlMerge extends ChangeTarget {
  readonly kind: 'merge'
  readonly source: TableExpression
  /** Or the columns of USING (…), which both sides have. */
  readonly on: SqlExpression | readonly Identifier[]
  readonly clauses: readonly MergeClause[]
}

export interface MergeClause {
  readonly when: 'matched' | 'not_matched' | 'not_matched_by_source'
  readonly condition: SqlExpression | null
  readonly action:
    | { readonly kind: 'update'; readonly assignments: readonly Assignment[] }
    | { readonly kind: 'delete' }
    | { readonly kind: 'nothing' }
    /** Every column of the source, into the column of the same place or name. */
    | { readonly kind: 'all'; readonly verb: 'update' | 'insert'; readonly by: 'position' | 'name' }
    | {
        readonly kind: 'insert'
        readonly columns: readonly Identifier[]
        readonly values: readonly SqlExpression[]
      }
}

/** A function that a text defined: an expression, or the query of a table function. */
export interface UserMacro {
  readonly name: Identifier
  readonly parameters: readonly { readonly name: Identifier; readonly default: SqlExpression | null }[]
  readonly body: SqlExpression | Query
}

export type AlterTable =
  | { readonly kind: 'add_column'; readonly column: ColumnDefinition; readonly ifNotExists: boolean }
  | { readonly kind: 'drop_column'; readonly column: Identifier; readonly ifExists: boolean }
  | { readonly kind: 'rename_column'; readonly column: Identifier; readonly to: Identifier }
  | { readonly kind: 'rename'; readonly to: ObjectName }
  | {
      readonly kind: 'set_type'
      readonly column: Identifier
      readonly type: DataType
      readonly using: SqlExpression | null
    }
  | { readonly kind: 'set_default'; readonly column: Identifier; readonly value: SqlExpression | null }
  | { readonly kind: 'set_not_null'; readonly column: Identifier; readonly notNull: boolean }
  | { readonly kind: 'add_key'; readonly columns: readonly Identifier[]; readonly primary: boolean }

/** A value for a parameter: the next one, or that of the name. */
export interface ExecuteArgument {
  readonly name: Identifier | null
  readonly value: SqlExpression
}

export type ObjectName = readonly Identifier[]

export type SqlStatement =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'explain'; readonly analyze: boolean; readonly statement: SqlStatement }
  /** `schema`: of that one only. */
  | { readonly kind: 'show_tables'; readonly schema: Identifier | null }
  | { readonly kind: 'show_all_tables' }
  | { readonly kind: 'show_setting'; readonly name: string; readonly span: SourceSpan | undefined }
  /** `SHOW x`: a setting, or a table's columns. */
  | { readonly kind: 'show_name'; readonly name: Identifier }
  | { readonly kind: 'describe'; readonly query: Query }
  | { readonly kind: 'summarize'; readonly query: Query }
  | {
      readonly kind: 'create_table'
      readonly name: ObjectName
      readonly orReplace: boolean
      readonly ifNotExists: boolean
      readonly temporary: boolean
      readonly columns: readonly ColumnDefinition[]
      readonly constraints: TableConstraints
      readonly query: Query | null
    }
  | {
      readonly kind: 'create_view'
      readonly name: ObjectName
      readonly orReplace: boolean
      readonly ifNotExists: boolean
      readonly columns: readonly Identifier[]
      readonly query: Query
      /** The query's own text, which is what the catalog keeps. */
      readonly text: string
    }
  | SqlInsert
  | SqlUpdate
  | SqlDelete
  | SqlMerge
  | { readonly kind: 'truncate'; readonly name: ObjectName }
  | {
      readonly kind: 'alter_table'
      readonly name: ObjectName
      readonly ifExists: boolean
      readonly changes: readonly AlterTable[]
    }
  | ({
      readonly kind: 'create_macro'
      readonly orReplace: boolean
      readonly ifNotExists: boolean
    } & UserMacro)
  | { readonly kind: 'drop_macro'; readonly name: Identifier; readonly ifExists: boolean }
  | {
      readonly kind: 'create_sequence'
      readonly orReplace: boolean
      readonly ifNotExists: boolean
      readonly temporary: boolean
      readonly name: Identifier
      readonly start: bigint
      readonly increment: bigint
      readonly least: bigint
      readonly greatest: bigint
      readonly cycles: boolean
    }
  | {
      readonly kind: 'drop_sequence'
      readonly name: Identifier
      readonly ifExists: boolean
      readonly cascade: boolean
    }
  | { readonly kind: 'set_variable'; readonly name: Identifier; readonly value: SqlExpression }
  | { readonly kind: 'reset_variable'; readonly name: Identifier }
  | { readonly kind: 'create_schema'; readonly name: Identifier; readonly ifNotExists: boolean }
  | {
      readonly kind: 'drop_schema'
      readonly name: Identifier
      readonly ifExists: boolean
      readonly cascade: boolean
    }
  | { readonly kind: 'prepare'; readonly name: Identifier; readonly statement: SqlStatement }
  | { readonly kind: 'execute'; readonly name: Identifier; readonly args: readonly ExecuteArgument[] }
  | { readonly kind: 'deallocate'; readonly name: Identifier | null }
  /** Accepted, because there is nothing to do: COMMENT ON, ANALYZE, VACUUM, CHECKPOINT. */
  | { readonly kind: 'nothing'; readonly message: string }
  | { readonly kind: 'transaction'; readonly action: 'begin' | 'commit' | 'rollback' }
  | {
      readonly kind: 'create_index'
      /** Null where the table and its columns make one. */
      readonly name: Identifier | null
      readonly table: ObjectName
      readonly columns: readonly SqlExpression[]
      readonly isUnique: boolean
      readonly ifNotExists: boolean
    }
  | {
      readonly kind: 'create_type'
      readonly name: Identifier
      /** `values`: an enum of what a query gives. */
      readonly definition: DataType | { readonly values: Query }
      readonly orReplace: boolean
      readonly ifNotExists: boolean
    }
  | { readonly kind: 'drop_type'; readonly name: Identifier; readonly ifExists: boolean }
  | { readonly kind: 'drop_index'; readonly name: Identifier; readonly ifExists: boolean }
  | {
      readonly kind: 'drop'
      readonly object: 'table' | 'view'
      readonly names: readonly ObjectName[]
      readonly ifExists: boolean
    }
  | {
      readonly kind: 'set'
      readonly name: string
      readonly value: SqlExpression
      readonly span: SourceSpan | undefined
    }
  | { readonly kind: 'reset'; readonly name: string | null; readonly span: SourceSpan | undefined }
  | {
      readonly kind: 'copy'
      readonly query: Query
      readonly target: string
      readonly options: readonly { readonly name: string; readonly value: SqlExpression | null }[]
    }
