import { sameType, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { foldExpression } from '../optimizer/fold-expression.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import type { Column, Expression, LiteralValue, LogicalPlan } from '../plan/plan.ts'
import { oneRow } from '../plan/project-columns.ts'
import type { QueryBody, SqlExpression } from '../sql/ast.ts'
import { literal, unified } from './coerce.ts'
import type { Environment } from './environment.ts'
import { plainContext, type ExpressionContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import { castIn } from './postgres-dialect.ts'
import { sameName, type Scope } from './scope.ts'
import { ValueShapes, type StoredLiterals } from './value-shapes.ts'

/** Rows of expressions, cast to the wanted types, or to what each column has in common. */
export function bindValues(
  environment: Environment,
  body: QueryBody & { kind: 'values' },
  outer: Scope | null,
  wanted?: readonly DataType[],
): LogicalPlan {
  const width = body.rows[0]?.length ?? 0
  const context = plainContext(environment, { columns: [], parent: outer }, 'VALUES')
  const rows = body.rows.map((row) => {
    if (row.length !== width) {
      throw new LakebookError('type', `VALUES rows differ in length: ${width} and ${row.length}`, {
        span: row[0]?.span ?? body.span,
      })
    }
    return row.map((each, index) => foldExpression(bindValue(context, each, wanted?.[index])))
  })
  const byColumn = Array.from({ length: width }, (_, index) =>
    unified(
      rows.map((row) => row[index]!),
      'VALUES',
      body.span,
    ),
  )
  const columns = byColumn.map((list, index) =>
    newColumn(
      environment.dialect === 'postgres' ? `column${index + 1}` : `col${index}`,
      list[0]!.type,
      list.some((each) => each.nullable),
    ),
  )
  const folded = byColumn.map((list) => list.map(foldExpression))
  const kept = folded.map((list) => keepLiterals(list, body.span))
  if (kept.every((each) => each !== null && each.finish === null)) {
    return { kind: 'values', columns, rows: rows.map((_, row) => kept.map((each) => each!.values[row]!)) }
  }
  if (rows.length === 1) return computedRow(byColumn, columns)
  const parts: LogicalPlan[] = []
  for (let from = 0; from < rows.length;) {
    const part = storedRows(folded, kept, columns, from, body.span)
    parts.push(part.plan)
    from = part.end
  }
  return parts.length === 1 ? parts[0]! : { kind: 'union', inputs: parts, columns }
}

/** Rows from `from` on, as literals and what is computed of them, as far as they are of few shapes. */
function storedRows(
  folded: readonly (readonly Expression[])[],
  kept: readonly (KeptLiterals | null)[],
  columns: readonly Column[],
  from: number,
  span: SourceSpan | undefined,
): { readonly plan: LogicalPlan; readonly end: number } {
  const shapes = columns.map(({ name }, index) => (kept[index] === null ? new ValueShapes(name, span) : null))
  const rows = folded[0]!.length
  let end = from
  for (; end < rows; end++) {
    const tried = shapes.map((each, index) => each?.tried(folded[index]![end]!))
    if (tried.includes(null)) break
    for (const [index, shaped] of tried.entries()) if (shaped) shapes[index]!.add(shaped)
  }
  const stored: StoredLiterals[] = []
  const items = columns.map((column, index) => {
    const output = newColumn(column.name, column.type, column.nullable)
    const shaped = shapes[index]
    if (shaped) {
      stored.push(...shaped.stored)
      return { output, expression: shaped.expression }
    }
    const { type, values, finish } = kept[index]!
    const literals = {
      column: newColumn(column.name, type, column.nullable),
      values: values.slice(from, end),
    }
    stored.push(literals)
    const value = columnReference(literals.column)
    return { output, expression: finish?.(value) ?? value }
  })
  const input: LogicalPlan = {
    kind: 'values',
    columns: stored.map(({ column }) => column),
    rows: Array.from({ length: end - from }, (_, row) => stored.map(({ values }) => values[row]!)),
  }
  return { plan: { kind: 'project', input, items }, end }
}

/** A column of VALUES as the plan keeps it, and what is left to do to it when the query runs. */
interface KeptLiterals {
  readonly type: DataType
  readonly values: readonly LiteralValue[]
  readonly finish: ((value: Expression) => Expression) | null
}

/**
 * Literals as they are, and literals that all take the same cast, such as texts that become UUIDs, without it. Null when
 * there is anything else.
 */
function keepLiterals(list: readonly Expression[], span: SourceSpan | undefined): KeptLiterals | null {
  const first = list.find((each) => each.kind === 'cast')
  if (first === undefined) {
    const literals = list.filter((each) => each.kind === 'literal')
    return literals.length < list.length
      ? null
      : { type: list[0]!.type, values: literals.map(({ value }) => value), finish: null }
  }
  const values: LiteralValue[] = []
  for (const each of list) {
    if (each.kind === 'literal' && each.value === null) values.push(null)
    else if (
      each.kind === 'cast' &&
      each.arg.kind === 'literal' &&
      each.try === first.try &&
      sameType(each.type, first.type) &&
      sameType(each.arg.type, first.arg.type)
    )
      values.push(each.arg.value)
    else return null
  }
  return {
    type: first.arg.type,
    values,
    finish: (arg) => ({ ...first, arg, nullable: list.some((one) => one.nullable), span }),
  }
}

function bindValue(context: ExpressionContext, sql: SqlExpression, wanted: DataType | undefined): Expression {
  if (!wanted) return bindExpression(context, sql)
  const isDefault =
    sql.kind === 'identifier' && sql.parts.length === 1 && sameName(sql.parts[0]!.name, 'default')
  const value = isDefault ? literal(null, types.null) : bindExpression(context, sql)
  return castIn(context.environment, value, wanted)
}

/** A row that only the run time can compute. */
function computedRow(byColumn: readonly (readonly Expression[])[], columns: readonly Column[]): LogicalPlan {
  const items = columns.map((output, index) => ({ output, expression: byColumn[index]![0]! }))
  return { kind: 'project', input: oneRow(), items }
}
