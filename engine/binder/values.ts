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
  if (rows.length === 1 || !kept.every((each) => each !== null))
    return valuesAsUnion(byColumn, columns, rows.length)
  const stored = kept.map(({ type }, index) =>
    newColumn(columns[index]!.name, type, columns[index]!.nullable),
  )
  return {
    kind: 'project',
    input: {
      kind: 'values',
      columns: stored,
      rows: rows.map((_, row) => kept.map(({ values }) => values[row]!)),
    },
    items: columns.map((output, index) => {
      const value = columnReference(stored[index]!)
      return { output, expression: kept[index]!.finish?.(value) ?? value }
    }),
  }
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

/** Rows that only the run time can compute. */
function valuesAsUnion(
  byColumn: readonly (readonly Expression[])[],
  columns: readonly Column[],
  rows: number,
): LogicalPlan {
  const inputs = Array.from({ length: rows }, (_, row): LogicalPlan => ({
    kind: 'project',
    input: oneRow(),
    items: byColumn.map((list, index) => ({
      output: newColumn(columns[index]!.name, columns[index]!.type, list[row]!.nullable),
      expression: list[row]!,
    })),
  }))
  return { kind: 'union', inputs, columns }
}
