import type { DataType } from '../arrow/types.ts'
import type { FileRequest, RequestedTable } from '../catalog/file-request.ts'
import type { SeriesRequest } from '../catalog/series-request.ts'
import type { TableDefinition } from '../catalog/table-definition.ts'
import type { TableProvider } from '../catalog/table-provider.ts'
import { LakebookError, unreachable, type SourceSpan } from '../errors.ts'
import type { QueryParameters } from '../lakebook.ts'
import type { Sequences } from '../sequences.ts'
import type { Column, Expression, LogicalPlan, RecursionKey, SharedRows } from '../plan/plan.ts'
import type { Query, SqlManner, SqlStatement, UserMacro } from '../sql/ast.ts'
import type { Scope } from './scope.ts'

/** What a name in the catalog stands for. A view keeps its text; a frame (of a Polars cell) keeps its plan. */
export type CatalogEntry =
  | {
      readonly kind: 'table'
      readonly name: string
      readonly provider: TableProvider
      /** A session table, whose rows statements change. */
      readonly isChangeable?: boolean
      readonly definition?: TableDefinition | undefined
    }
  | {
      readonly kind: 'view'
      readonly name: string
      readonly text: string
      readonly manner: SqlManner
      readonly columns: readonly string[]
    }
  | { readonly kind: 'frame'; readonly name: string; readonly plan: LogicalPlan }

/** All that binders know of the catalog. Names compare without regard to case. */
export interface CatalogReader {
  table(name: string): CatalogEntry | null
  names(): readonly string[]
  /** Files that are to be read in some way. Absent: there are no file functions. Errors: `unknown_table`. @throws FilesNotOpen */
  files?(request: FileRequest): RequestedTable
  /** Rows that are made while they are read. Absent: a series is a list. */
  series?(request: SeriesRequest): TableProvider
  /** Schemas beside `main`. */
  schemas?(): readonly string[]
  settings?(): readonly { readonly name: string; readonly value: string }[]
  /** What CREATE TYPE made. */
  type?(name: string): DataType | null
  typeNames?(): readonly string[]
  /** What CREATE MACRO made. */
  macro?(name: string): UserMacro | null
  readonly sequences?: Pick<Sequences, 'find' | 'list'>
  /** What SET VARIABLE keeps: an expression without columns. */
  variable?(name: string): Expression | null
  /** Names and types. */
  variables?(): readonly (readonly [name: string, type: string])[]
  /** What PREPARE keeps. */
  prepared?(name: string): SqlStatement | null
  preparedNames?(): readonly string[]
  /** The one text that a small query yields, where columns depend on data. Absent: nothing runs. @throws AnswerNeeded */
  ask?(plan: LogicalPlan): string | null
}

/** What a name of a WITH clause stands for: rows, or inside a recursion the rows of the step before. */
export type CommonTableScope = {
  /** The names that WITH gives to the first columns. */
  readonly names: readonly string[]
} & (
  | { readonly kind: 'rows'; readonly rows: SharedRows }
  | {
      readonly kind: 'working'
      readonly recursion: { readonly key: RecursionKey; readonly columns: readonly Column[] }
    }
)

/** Whether NULLs go first in this order where the text does not say it. */
export function nullsGoFirst({ nullOrder }: Environment, descending: boolean): boolean {
  switch (nullOrder) {
    case 'nulls_last':
      return false
    case 'nulls_first':
      return true
    case 'nulls_first_on_asc_last_on_desc':
      return !descending
    case 'nulls_last_on_asc_first_on_desc':
      return descending
    default:
      return unreachable(nullOrder)
  }
}

/** What surrounds a query while it is bound. */
export interface Environment extends SqlManner {
  readonly catalog: CatalogReader
  /** WITH tables by lower-case name. */
  readonly commonTables: ReadonlyMap<string, CommonTableScope>
  /** Names of the views being expanded, so that a view that reads itself is found. */
  readonly views: readonly string[]
  /** What now() is: microseconds since 1970, the same for the whole statement. */
  readonly nowMicros: () => bigint
  /** A seed of chance for what the text gives none; what was bound with it is not bound to run again. */
  readonly randomSeed: () => number
  readonly parameters: QueryParameters | null
  /** The rows of DESCRIBE, SHOW and SUMMARIZE; null for a statement that is no query. */
  readonly bindShown: (environment: Environment, statement: SqlStatement) => LogicalPlan | null
  readonly bindQuery: (environment: Environment, query: Query, outer: Scope | null) => LogicalPlan
}

/** Gives an error that knows no place the place where it happened. */
export function atSpan<T>(span: SourceSpan | undefined, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof LakebookError) || error.span || !span) throw error
    throw new LakebookError(error.code, error.message, { span, hint: error.hint, cause: error.cause })
  }
}
