import type { ObjectName, SqlExpression, SqlStatement } from './ast.ts'

/** What a statement changes beside its answer, and what it may read without naming it. */
export interface StatementAccess {
  /** Names of what it makes, changes or drops. */
  readonly changes: readonly string[]
  /** Changes rows that are there, or what constraints look at. */
  readonly changesRows: boolean
  /** Changes what every statement depends on, or what cannot be told before it runs. */
  readonly alone: boolean
  /** Asks what there is, or reads by a pattern or a computed name. */
  readonly readsAny: boolean
}

type Changes = Omit<StatementAccess, 'readsAny'>

const NOTHING: Changes = { changes: [], changesRows: false, alone: false }
const UNKNOWN: Changes = { changes: [], changesRows: true, alone: true }

export function statementAccess(statement: SqlStatement): StatementAccess {
  return { ...changesOf(statement), readsAny: mayReadAny(statement) }
}

function changesOf(statement: SqlStatement): Changes {
  switch (statement.kind) {
    case 'query':
    case 'describe':
    case 'summarize':
    case 'show_setting':
    case 'show_name':
    case 'show_tables':
    case 'show_all_tables':
    case 'nothing':
      return NOTHING
    case 'copy':
      return { ...NOTHING, changes: [statement.target.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '')] }
    case 'explain':
      return changesOf(statement.statement)
    case 'create_table':
    case 'create_view':
      return { ...NOTHING, changes: lastOf(statement.name) }
    case 'create_macro':
    case 'drop_macro':
    case 'set_variable':
    case 'reset_variable':
    case 'create_schema':
    case 'create_sequence':
    case 'create_type':
    case 'drop_type':
      return { ...NOTHING, changes: [statement.name.name] }
    case 'insert':
    case 'update':
    case 'delete':
    case 'merge':
    case 'truncate':
      return { ...NOTHING, changes: lastOf(statement.name), changesRows: true }
    case 'create_index': {
      const own = statement.name === null ? [] : [statement.name.name]
      return { ...NOTHING, changes: [...lastOf(statement.table), ...own], changesRows: true }
    }
    // its table, whose rows it may keep apart, is not named here
    case 'drop_index':
      return { ...NOTHING, changes: [statement.name.name], changesRows: true }
    case 'alter_table': {
      const renamed = statement.changes.flatMap((change) =>
        change.kind === 'rename' ? lastOf(change.to) : [],
      )
      return { ...NOTHING, changes: [...lastOf(statement.name), ...renamed], changesRows: true }
    }
    case 'drop':
      return { ...NOTHING, changes: statement.names.flatMap(lastOf), changesRows: true }
    case 'drop_schema':
    case 'drop_sequence':
    case 'prepare':
    case 'execute':
    case 'deallocate':
    case 'transaction':
    case 'set':
    case 'reset':
      return UNKNOWN
  }
}

/** Without its schema, which a text may leave out. */
function lastOf(name: ObjectName): readonly string[] {
  return name.slice(-1).map((part) => part.name)
}

/** Calls whose first argument names what they read. */
const BY_NAME = /^(getvariable|nextval|currval|pragma_table_info|read_\w+|parquet_\w+|sniff_csv)$/i

/** Tables and functions that tell of everything that there is, or read what a text says. */
const ABOUT_ALL = /^(information_schema|(duckdb|pg|sqlite|show)_\w+|query|query_table|current_setting)$/i

function mayReadAny(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false
  return isUnclear(tree) || Object.entries(tree).some(([key, part]) => key !== 'span' && mayReadAny(part))
}

interface SyntaxNode {
  readonly kind: string
  readonly name: unknown
  readonly args: readonly SqlExpression[]
}

function isUnclear({ kind, name, args }: Partial<SyntaxNode>): boolean {
  switch (kind) {
    case 'show_tables':
    case 'show_all_tables':
      return true
    case 'table':
      return (
        Array.isArray(name) &&
        (name as ObjectName).some((part) => isPattern(part.name) || ABOUT_ALL.test(part.name))
      )
    case 'function':
    case 'table_function':
      if (typeof name !== 'string') return false
      return ABOUT_ALL.test(name) || (BY_NAME.test(name) && !isPlainName(args?.[0]))
    default:
      return false
  }
}

function isPlainName(argument: SqlExpression | undefined): boolean {
  if (argument?.kind === 'list') return argument.items.every(isPlainName)
  return argument?.kind === 'string' && !isPattern(argument.value)
}

function isPattern(name: string): boolean {
  return /[*?[]/.test(name)
}
