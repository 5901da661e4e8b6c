import type { DataType } from '../arrow/types.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { unsupported } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'
import type { ExpressionContext } from './expression-context.ts'
import { structFields } from './nested.ts'
import { outputName } from './output-name.ts'
import { scalarCall } from './scalar-call.ts'

interface Item {
  readonly name: string
  readonly expression: Expression
}

type Bind = (context: ExpressionContext, sql: SqlExpression) => Expression

/**
 * The columns that UNNEST of a struct stands for in a select list, or UNNEST with `recursive := true` of lists and
 * structs of any depth; null for any other item.
 */
export function spreadUnnest(
  context: ExpressionContext,
  sql: SqlExpression,
  bind: Bind,
): readonly Item[] | null {
  if (sql.kind !== 'function' || sql.name.toLowerCase() !== 'unnest' || context.unnests === null) return null
  const [first] = sql.args
  if (first === undefined) return null
  const isRecursive = readRecursive(sql)
  const operand = bind({ ...context, unnests: null }, first)
  if (isStruct(operand.type)) return spread(operand, isRecursive)
  if (!isRecursive || operand.type.kind !== 'list') return null
  let list = operand
  while (list.type.kind === 'list' && list.type.item.kind === 'list')
    list = scalarCall('flatten', [list], sql.span)
  if (list.type.kind !== 'list') return null
  const output = newColumn(outputName(sql), list.type.item, true)
  context.unnests.items.push({ output, expression: list })
  const item = columnReference(output)
  return isStruct(output.type) ? spread(item, true) : [{ name: output.name, expression: item }]
}

function isStruct(type: DataType): boolean {
  return type.kind === 'struct' && type.isUnion !== true
}

function spread(struct: Expression, isRecursive: boolean): readonly Item[] {
  return structFields(struct).flatMap((field) =>
    isRecursive && isStruct(field.expression.type) ? spread(field.expression, true) : [field],
  )
}

function readRecursive({ args, argNames }: SqlFunctionCall): boolean {
  const given = argNames?.[1]
  const value = args[1]
  if (given === undefined || given === null || value === undefined) return false
  if (given.name.toLowerCase() === 'recursive' && value.kind === 'boolean') return value.value
  throw unsupported(`The argument ${given.name} of UNNEST`, given.span)
}
