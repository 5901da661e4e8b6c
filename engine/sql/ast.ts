import { decimal, type DataType } from '../arrow/types.ts'
import type { SourceSpan } from '../errors.ts'
import type { SqlStatement } from './statement-ast.ts'

export type * from './statement-ast.ts'

/** Whose meaning a text has where DuckDB and PostgreSQL contradict each other. */
export type SqlDialect = 'duckdb' | 'postgres'

/** Where NULLs go in an ORDER BY that does not say it. */
export type NullOrder =
  'nulls_last' | 'nulls_first' | 'nulls_first_on_asc_last_on_desc' | 'nulls_last_on_asc_first_on_desc'

/** What decides which of several meanings a text has. A view keeps that of the time when it was made. */
export interface SqlManner {
  readonly dialect: SqlDialect
  /** `/` between whole numbers gives a whole number. */
  readonly integerDivision: boolean
  readonly nullOrder: NullOrder
}

/** PostgreSQL's NUMERIC without figures, which keeps the digits that it is given; the binder puts a type in its place. */
export const unscaledDecimal = decimal(0, 0)

/** Names compare without regard to case. `span` is absent where the parser does not give one. */
export interface Identifier {
  readonly name: string
  readonly span: SourceSpan | undefined
}

interface Located {
  readonly span?: SourceSpan | undefined
}

export type BinaryOperator =
  | '+'
  | '-'
  | '*'
  | '/'
  | '//'
  | '%'
  | '^'
  | '='
  | '<>'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'and'
  | 'or'
  | '||'
  | '&'
  | '|'
  | '<<'
  | '>>'
  | '~'
  | '!~'
  | '~*'
  | '!~*'
  | '~~'
  | '!~~'
  | '~~*'
  | '!~~*'
  | '^@'
  | '<->'
  | '<=>'
  | 'glob'
  | '#'
  | 'is_distinct_from'
  | 'is_not_distinct_from'
  | '->'
  | '->>'
  | '&&'
  | '@>'
  | '#>'
  | '#>>'
  | '#-'
  | '?'
  | '?|'
  | '?&'
  | '<@'

export type SqlExpression = Located &
  (
    | { readonly kind: 'identifier'; readonly parts: readonly Identifier[] }
    /** `#2`: the column at a place, of FROM or, in ORDER BY, of the select list. */
    | { readonly kind: 'position'; readonly place: number }
    | { readonly kind: 'number'; readonly text: string }
    | { readonly kind: 'string'; readonly value: string }
    | { readonly kind: 'blob'; readonly hex: string }
    | { readonly kind: 'boolean'; readonly value: boolean }
    | { readonly kind: 'null' }
    | { readonly kind: 'parameter'; readonly name: string }
    | {
        readonly kind: 'binary'
        readonly op: BinaryOperator
        readonly left: SqlExpression
        readonly right: SqlExpression
      }
    | { readonly kind: 'unary'; readonly op: '-' | '+' | 'not' | '~'; readonly operand: SqlExpression }
    | SqlFunctionCall
    | {
        readonly kind: 'cast'
        readonly operand: SqlExpression
        readonly type: DataType
        readonly try: boolean
      }
    | {
        readonly kind: 'collate'
        readonly operand: SqlExpression
        /** Null, which no text says: none, of a value that may be no text. */
        readonly collation: string | null
      }
    | SqlCase
    | {
        readonly kind: 'is'
        readonly test: 'null' | 'true' | 'false'
        readonly negated: boolean
        readonly operand: SqlExpression
      }
    | {
        readonly kind: 'between'
        readonly negated: boolean
        readonly operand: SqlExpression
        readonly low: SqlExpression
        readonly high: SqlExpression
      }
    | {
        readonly kind: 'in_list'
        readonly negated: boolean
        readonly operand: SqlExpression
        readonly list: readonly SqlExpression[]
      }
    | {
        readonly kind: 'in_query'
        readonly negated: boolean
        readonly operand: SqlExpression
        readonly query: Query
      }
    | { readonly kind: 'exists'; readonly negated: boolean; readonly query: Query }
    | { readonly kind: 'scalar_query'; readonly query: Query }
    | {
        readonly kind: 'quantified'
        readonly op: BinaryOperator
        readonly quantifier: 'any' | 'all'
        readonly operand: SqlExpression
        readonly source: SqlExpression
      }
    | SqlLike
    | { readonly kind: 'interval'; readonly value: SqlExpression; readonly unit: string | null }
    | { readonly kind: 'list'; readonly items: readonly SqlExpression[] }
    | {
        readonly kind: 'struct'
        readonly fields: readonly { readonly name: string; readonly value: SqlExpression }[]
      }
    | {
        readonly kind: 'map'
        readonly entries: readonly { readonly key: SqlExpression; readonly value: SqlExpression }[]
      }
    | { readonly kind: 'field'; readonly operand: SqlExpression; readonly field: Identifier }
    | {
        readonly kind: 'comprehension'
        readonly result: SqlExpression
        /** The item, and perhaps its place. */
        readonly variables: readonly Identifier[]
        readonly list: SqlExpression
        readonly condition: SqlExpression | null
      }
    | { readonly kind: 'tuple'; readonly items: readonly SqlExpression[] }
    | SqlColumns
    | { readonly kind: 'subscript'; readonly operand: SqlExpression; readonly index: SqlExpression }
    | {
        readonly kind: 'slice'
        readonly operand: SqlExpression
        readonly from: SqlExpression | null
        readonly to: SqlExpression | null
        readonly step: SqlExpression | null
      }
  )

/** `COLUMNS(…)`: what it stands in is there once for each column; with `*` before it, the columns stand side by side. */
export interface SqlColumns extends Located {
  readonly kind: 'columns'
  /** `*` with what follows it, or a pattern, a list of names, or a lambda over names. */
  readonly selector: StarItem | { readonly kind: 'names'; readonly test: SqlExpression }
  readonly isSpread: boolean
}

export interface SqlLike extends Located {
  readonly kind: 'like'
  readonly op: 'like' | 'ilike' | 'similar'
  readonly negated: boolean
  readonly operand: SqlExpression
  readonly pattern: SqlExpression
  /** Null without ESCAPE. */
  readonly escape: SqlExpression | null
}

export interface SqlCase extends Located {
  readonly kind: 'case'
  readonly operand: SqlExpression | null
  readonly branches: readonly { readonly when: SqlExpression; readonly then: SqlExpression }[]
  readonly otherwise: SqlExpression | null
}

export interface SqlFunctionCall extends Located {
  readonly kind: 'function'
  readonly name: string
  readonly nameSpan?: SourceSpan | undefined
  readonly args: readonly SqlExpression[]
  /** By argument: the name that it was given, `a := 1`. Absent when none has one. */
  readonly argNames?: readonly (Identifier | null)[]
  /** `count(*)`. */
  readonly star: boolean
  readonly distinct: boolean
  readonly filter: SqlExpression | null
  readonly orderBy: readonly SqlSortKey[]
  readonly ignoreNulls: boolean
  readonly over: SqlWindow | Identifier | null
}

/** Null where the text leaves it open: ascending, NULLS LAST. */
export interface SqlSortKey {
  readonly expression: SqlExpression
  readonly descending: boolean
  readonly nullsFirst: boolean | null
}

export type SqlFrameBound =
  | { readonly kind: 'preceding' | 'following'; readonly offset: SqlExpression | null }
  | { readonly kind: 'current_row' }

export interface SqlFrame {
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: SqlFrameBound
  readonly end: SqlFrameBound | null
  readonly exclude: FrameExclusion
}

export type FrameExclusion = 'none' | 'current_row' | 'group' | 'ties'

export interface SqlWindow {
  /** A named window that this one refines. */
  readonly base: Identifier | null
  readonly partitionBy: readonly SqlExpression[]
  readonly orderBy: readonly SqlSortKey[]
  readonly frame: SqlFrame | null
}

export interface TableAlias {
  readonly name: Identifier
  readonly columns: readonly Identifier[]
}

export type SelectItem =
  | { readonly kind: 'expression'; readonly expression: SqlExpression; readonly alias: Identifier | null }
  | StarItem

/** `a` or `t.a` of EXCLUDE. */
export interface ExcludedName extends Identifier {
  readonly table?: string
}

export interface StarItem {
  readonly kind: 'star'
  /** `t.*`; null for `*`. */
  readonly table: Identifier | null
  readonly exclude: readonly ExcludedName[]
  readonly replace: readonly { readonly name: Identifier; readonly expression: SqlExpression }[]
  readonly rename: readonly { readonly from: Identifier; readonly to: Identifier }[]
  /** `* LIKE 'a%'`: which names are kept. */
  readonly names: StarPattern | null
  readonly span: SourceSpan | undefined
}

export interface StarPattern {
  readonly op: 'like' | 'ilike' | 'glob' | 'similar'
  readonly negated: boolean
  readonly pattern: string
}

/** TABLESAMPLE and USING SAMPLE. */
export interface SqlSample {
  readonly method: 'bernoulli' | 'system' | 'reservoir'
  readonly unit: 'percent' | 'rows'
  readonly amount: number
  readonly seed: number | null
  readonly span: SourceSpan | undefined
}

export interface SqlPivot {
  readonly kind: 'pivot'
  readonly source: TableExpression
  readonly on: readonly PivotColumn[]
  readonly using: readonly SelectItem[]
  /** Null: by every column that is not mentioned. */
  readonly groupBy: readonly SqlExpression[] | null
  readonly alias: TableAlias | null
  readonly span: SourceSpan | undefined
}

export interface PivotColumn {
  /** Several for `(a, b) IN ((1, 2), …)`. */
  readonly expressions: readonly SqlExpression[]
  /** Null where the data is asked for them; the name of an ENUM stands for its values. */
  readonly values: readonly SelectItem[] | Identifier | null
}

export interface SqlUnpivot {
  readonly kind: 'unpivot'
  readonly source: TableExpression
  readonly includeNulls: boolean
  /** Of the column of names. */
  readonly name: Identifier
  readonly values: readonly Identifier[]
  /** The columns that become rows, in parentheses where there are several value columns. */
  readonly entries: readonly SelectItem[]
  readonly alias: TableAlias | null
  readonly span: SourceSpan | undefined
}

export type JoinCondition =
  | { readonly kind: 'on'; readonly expression: SqlExpression }
  | { readonly kind: 'using'; readonly columns: readonly Identifier[] }
  | { readonly kind: 'natural' }
  | { readonly kind: 'none' }

export type SqlJoinType =
  'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'cross' | 'asof' | 'asof_left' | 'positional'

export type TableExpression =
  | {
      readonly kind: 'table'
      readonly name: readonly Identifier[]
      readonly alias: TableAlias | null
      readonly span: SourceSpan | undefined
    }
  | {
      readonly kind: 'table_function'
      readonly name: string
      readonly args: readonly SqlExpression[]
      /** `name = value`, in their order. */
      readonly named: readonly { readonly name: Identifier; readonly value: SqlExpression }[]
      readonly ordinality: boolean
      readonly alias: TableAlias | null
      readonly span: SourceSpan | undefined
    }
  | {
      readonly kind: 'derived'
      readonly query: Query
      readonly lateral: boolean
      readonly alias: TableAlias | null
    }
  | {
      readonly kind: 'unnest'
      readonly lists: readonly SqlExpression[]
      /** WITH ORDINALITY: the place of each item beside it. */
      readonly ordinality: boolean
      readonly alias: TableAlias | null
      readonly span: SourceSpan | undefined
    }
  /** Of the engine's own: with a column that grows along the rows, before the others. */
  | { readonly kind: 'numbered'; readonly source: TableExpression; readonly name: string }
  | { readonly kind: 'sample'; readonly source: TableExpression; readonly sample: SqlSample }
  | SqlPivot
  | SqlUnpivot
  /** `FROM (DESCRIBE t)`: the rows of a statement. */
  | { readonly kind: 'statement'; readonly statement: SqlStatement; readonly span: SourceSpan | undefined }
  | {
      readonly kind: 'join'
      readonly type: SqlJoinType
      readonly left: TableExpression
      readonly right: TableExpression
      readonly condition: JoinCondition
    }

export type GroupBy =
  | { readonly kind: 'all' }
  | { readonly kind: 'expressions'; readonly expressions: readonly SqlExpression[] }
  /** GROUPING SETS, ROLLUP and CUBE, multiplied out. */
  | { readonly kind: 'sets'; readonly sets: readonly (readonly SqlExpression[])[] }
  /** No GROUP BY. */
  | { readonly kind: 'none' }

export interface Select {
  readonly kind: 'select'
  readonly distinct: 'none' | 'all_columns' | readonly SqlExpression[]
  readonly items: readonly SelectItem[]
  readonly from: TableExpression | null
  readonly where: SqlExpression | null
  readonly groupBy: GroupBy
  readonly having: SqlExpression | null
  readonly windows: readonly { readonly name: Identifier; readonly window: SqlWindow }[]
  readonly qualify: SqlExpression | null
  readonly span: SourceSpan | undefined
}

export type QueryBody =
  | Select
  | {
      readonly kind: 'values'
      readonly rows: readonly (readonly SqlExpression[])[]
      readonly span: SourceSpan | undefined
    }
  | { readonly kind: 'query'; readonly query: Query }
  | {
      readonly kind: 'set'
      readonly op: 'union' | 'intersect' | 'except'
      readonly all: boolean
      readonly byName: boolean
      readonly left: QueryBody
      readonly right: QueryBody
    }

export interface CommonTable {
  readonly name: Identifier
  /** MATERIALIZED or NOT MATERIALIZED; null where the text leaves it open. */
  readonly materialized: boolean | null
  readonly columns: readonly Identifier[]
  readonly query: Query
}

export interface Query {
  readonly recursive: boolean
  readonly with: readonly CommonTable[]
  readonly body: QueryBody
  readonly orderBy: readonly SqlSortKey[] | { readonly all: SqlSortKey }
  readonly limit: SqlExpression | null
  /** LIMIT is a share of the rows, not a number of them. */
  readonly isPercent?: true
  readonly offset: SqlExpression | null
}
