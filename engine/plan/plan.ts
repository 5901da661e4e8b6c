import type { DataType } from '../arrow/types.ts'
import type { ColumnPredicate, TableProvider } from '../catalog/table-provider.ts'
import type { SourceSpan } from '../errors.ts'

/** Identity of a column inside one statement. Every plan node that makes a column gives it a fresh id. */
export type ColumnId = number

/** A column that a plan node yields. */
export interface Column {
  readonly id: ColumnId
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

/**
 * The value of a literal as stored in the heap: bool as boolean; integers, decimals (unscaled), date (days), time,
 * timestamp and duration (microseconds) as bigint; floats as number; utf8 as string; binary as bytes; interval as its
 * three parts.
 */
export type LiteralValue = null | boolean | bigint | number | string | Uint8Array | IntervalValue

export interface IntervalValue {
  readonly months: number
  readonly days: number
  readonly micros: bigint
}

/**
 * A typed scalar expression. `type` is exact: the binder has inserted every implicit cast, so both sides of a
 * comparison have the same type and every argument has the type that the function's signature asks for.
 * `nullable: false` is a promise that the compiler relies on. `span` points into the cell's text.
 */
export type Expression =
  | ColumnExpression
  | LiteralExpression
  | CallExpression
  | CastExpression
  | CaseExpression
  | LambdaExpression
  | SubqueryExpression

interface Typed {
  readonly type: DataType
  readonly nullable: boolean
  readonly span?: SourceSpan | undefined
  /** Set by the optimiser: this object stands for all its equals, so that a row's value is computed once. */
  readonly repeats?: true
}

export interface ColumnExpression extends Typed {
  readonly kind: 'column'
  readonly id: ColumnId
  readonly name: string
}

export interface LiteralExpression extends Typed {
  readonly kind: 'literal'
  readonly value: LiteralValue
  /** A cast gave it its type, which it keeps in whatever it meets. */
  readonly isTyped?: true
}

/**
 * A scalar function or operator, by its name in `functions/`. Operators are functions too: `+ - * / // % = <> < <= > >=
 * and or not negate is_null is_not_null is_distinct_from is_not_distinct_from || like ilike in`.
 * `in` takes the tested value and then the candidates. `=` and friends follow three-valued logic.
 */
export interface CallExpression extends Typed {
  readonly kind: 'call'
  readonly fn: string
  readonly args: readonly Expression[]
}

/** `try` gives NULL where the plain cast raises an error. */
export interface CastExpression extends Typed {
  readonly kind: 'cast'
  readonly arg: Expression
  readonly try: boolean
}

/** Searched CASE; only the branch taken is evaluated. */
export interface CaseExpression extends Typed {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: Expression; readonly then: Expression }[]
  readonly otherwise: Expression | null
}

/**
 * An argument of functions that go through lists, such as `list_transform`. The parameters are columns of the body
 * alone; type and nullability are the body's.
 */
export interface LambdaExpression extends Typed {
  readonly kind: 'lambda'
  readonly parameters: readonly Column[]
  readonly body: Expression
}

/**
 * Present between binder and optimiser only: the rule `decorrelate` turns each into a join. `plan` may refer to
 * columns of the outer query.
 */
export interface SubqueryExpression extends Typed {
  readonly kind: 'subquery'
  readonly form: 'scalar' | 'exists' | 'in'
  readonly plan: LogicalPlan
  /** The tested value of IN; null for the other forms. */
  readonly operand: Expression | null
}

/** One aggregate in an Aggregate node. `args` are scalar; `filter` is FILTER (WHERE …). */
export interface AggregateCall {
  readonly fn: string
  readonly args: readonly Expression[]
  readonly distinct: boolean
  readonly filter: Expression | null
  readonly orderBy: readonly SortKey[]
  readonly output: Column
  readonly span?: SourceSpan | undefined
}

export interface SortKey {
  readonly expression: Expression
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export type FrameBound =
  | { readonly kind: 'unbounded_preceding' }
  | { readonly kind: 'preceding'; readonly offset: Expression }
  | { readonly kind: 'current_row' }
  | { readonly kind: 'following'; readonly offset: Expression }
  | { readonly kind: 'unbounded_following' }

export interface WindowFrame {
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: FrameBound
  readonly end: FrameBound
  readonly exclude: 'none' | 'current_row' | 'group' | 'ties'
  /** RANGE with an offset only. */
  readonly range?: RangeLimits
}

/**
 * What RANGE with offsets compares: the order key, and the values that lie the offsets away from it; all of one type,
 * in which that is exact. Null: that end has no offset.
 */
export interface RangeLimits extends Omit<SortKey, 'expression'> {
  readonly key: Expression
  readonly start: Expression | null
  readonly end: Expression | null
}

/** One window function in a Window node; partition and order belong to the node. */
export interface WindowCall {
  /** row_number, rank, dense_rank, lag, lead, first_value, … or the name of an aggregate. */
  readonly fn: string
  readonly args: readonly Expression[]
  readonly frame: WindowFrame
  /** FILTER (WHERE …) of an aggregate; null for none. */
  readonly filter: Expression | null
  readonly ignoreNulls: boolean
  readonly output: Column
  readonly span?: SourceSpan | undefined
}

/**
 * The plan language, shared by SQL and Polars. Nodes are immutable. Columns are known by id, never by position, so
 * that a rule may move a predicate without renumbering anything; every id is made by exactly one node.
 * `outputColumns` (plan/output.ts) says what a node yields, in order.
 */
export type LogicalPlan =
  | Scan
  | Values
  | Filter
  | Project
  | Aggregate
  | Sort
  | Limit
  | Join
  | Window
  | Union
  | Unnest
  | RowNumber
  | Shared
  | Recursion
  | WorkingTable

/**
 * Reads a table. `filters` were pushed down and are evaluated on every row read; `predicates` are those of their
 * conjuncts that a provider understands, for pruning only.
 */
export interface Scan {
  readonly kind: 'scan'
  readonly table: string
  readonly provider: TableProvider
  /** What is read. `source` is the column's index in the provider's schema. */
  readonly columns: readonly (Column & { readonly source: number })[]
  readonly filters: readonly Expression[]
  readonly predicates: readonly ColumnPredicate[]
  /** Also yields, last, the row's number in the table: int64, the same in every scan of the statement. Absent: it does not. */
  readonly rowNumber?: Column
  /** Keys of finished hash tables that the column's values must be among. Absent: none. */
  readonly joinFilters?: readonly { readonly column: ColumnId; readonly filter: JoinFilterKey }[]
}

/** Tells what hash tables know of their keys apart, by identity. */
export interface JoinFilterKey {
  /** The key as the build side computes it. */
  readonly name: string
}

/** Literal rows: VALUES, SELECT without FROM (one row, no columns), and frames typed into a cell. */
export interface Values {
  readonly kind: 'values'
  readonly columns: readonly Column[]
  readonly rows: readonly (readonly LiteralValue[])[]
}

/** Keeps the rows for which the predicate is true (not NULL). */
export interface Filter {
  readonly kind: 'filter'
  readonly input: LogicalPlan
  readonly predicate: Expression
}

/** Yields exactly these columns. Passing a column through keeps its id: `{ output: c, expression: column c }`. */
export interface Project {
  readonly kind: 'project'
  readonly input: LogicalPlan
  readonly items: readonly { readonly output: Column; readonly expression: Expression }[]
}

/** Yields the groups' columns, then the aggregates'. No groups: one row, also over no input. DISTINCT has no aggregates. */
export interface Aggregate {
  readonly kind: 'aggregate'
  readonly input: LogicalPlan
  readonly groups: readonly { readonly output: Column; readonly expression: Expression }[]
  readonly aggregates: readonly AggregateCall[]
}

/** A total order by the keys. With `limit`, only the first `limit + offset` rows are wanted (top-N). */
export interface Sort {
  readonly kind: 'sort'
  readonly input: LogicalPlan
  readonly keys: readonly SortKey[]
  readonly limit: number | null
}

export interface Limit {
  readonly kind: 'limit'
  readonly input: LogicalPlan
  /** Rows; null for no limit. */
  readonly limit: number | null
  readonly offset: number
}

export type JoinType = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'mark' | 'single'

/**
 * Yields left columns then right columns; semi and anti yield left columns only; mark yields left columns and `mark`
 * (whether a left row has a match); single is a left join that raises `cardinality` when a left row meets two right
 * rows (scalar subqueries). The outer side's columns become nullable. No keys and no residual: cross join.
 *
 * A mark that is nullable is the value of `keys[0].left IN (keys[0].right …)` over those right rows that meet all the
 * other keys and the residual: true when one is equal; else NULL when there is such a row and the tested value or one
 * of theirs is NULL; else false. A mark that is not nullable is true or false: every key and the residual hold or not.
 */
export interface Join {
  readonly kind: 'join'
  readonly type: JoinType
  readonly left: LogicalPlan
  readonly right: LogicalPlan
  /** Equalities; left over left columns, right over right ones, of the same type. `nullSafe`: IS NOT DISTINCT FROM. */
  readonly keys: readonly {
    readonly left: Expression
    readonly right: Expression
    readonly nullSafe: boolean
  }[]
  /** Any other condition, part of ON; null for none. */
  readonly residual: Expression | null
  readonly mark: Column | null
  /** Set by the optimiser: which side the hash table is built on. */
  readonly buildSide: 'left' | 'right'
  /** Scans of the probe side wait for what the hash table knows of these keys. Absent: none do. */
  readonly joinFilters?: readonly { readonly key: number; readonly filter: JoinFilterKey }[]
}

/** Yields the input's columns and one for each call. */
export interface Window {
  readonly kind: 'window'
  readonly input: LogicalPlan
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortKey[]
  readonly calls: readonly WindowCall[]
}

/** UNION ALL. Column i of every input feeds output i; types are equal. Input order is kept. */
export interface Union {
  readonly kind: 'union'
  readonly inputs: readonly LogicalPlan[]
  readonly columns: readonly Column[]
}

/**
 * One row for each item of each list; the lists of a row run in step, the shorter padded with NULL. Yields the input's
 * columns and the outputs. `keepEmpty`: a row whose lists are all NULL or empty yields one row of NULLs (Polars
 * `explode`) instead of none (SQL `UNNEST`).
 */
export interface Unnest {
  readonly kind: 'unnest'
  readonly input: LogicalPlan
  readonly items: readonly { readonly output: Column; readonly expression: Expression }[]
  readonly keepEmpty: boolean
}

/** Adds an int64 that grows along the input's own order (not dense). It lets row order survive operators that lose it. */
export interface RowNumber {
  readonly kind: 'row_number'
  readonly input: LogicalPlan
  readonly output: Column
}

/** Rows that several places of a statement read and that are computed once: a WITH table. */
export interface SharedRows {
  readonly name: string
  /** Reads no column from outside. */
  readonly plan: LogicalPlan
  /** As the text asks for; null where it leaves the choice. */
  readonly materialized: boolean | null
  /** Grows in the order of definition: a plan reads only rows that were defined before it. */
  readonly ordinal: number
}

/** Reads shared rows. `source` is the column's place in their plan's output. */
export interface Shared {
  readonly kind: 'shared'
  readonly rows: SharedRows
  readonly columns: readonly (Column & { readonly source: number })[]
}

/** Tells the recursions of a statement apart, by identity. */
export interface RecursionKey {
  readonly name: string
}

/**
 * WITH RECURSIVE: the rows of `anchor`, then those of `step` over the rows before, until it gives none. Column i of
 * both feeds output i, of the same type. What UNION leaves out, the step leaves out itself.
 */
export interface Recursion {
  readonly kind: 'recursion'
  readonly key: RecursionKey
  readonly anchor: LogicalPlan
  readonly step: LogicalPlan
  readonly columns: readonly Column[]
  /** Rows that are wanted at the most; null for all. */
  readonly limit: number | null
}

/** What a step reads: the rows that the last step gave, or all rows so far. */
export interface WorkingTable {
  readonly kind: 'working_table'
  readonly key: RecursionKey
  readonly rows: 'last' | 'all'
  /** `source` is the column's place in the recursion's columns. */
  readonly columns: readonly (Column & { readonly source: number })[]
}
