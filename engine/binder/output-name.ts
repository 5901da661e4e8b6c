import { quotedName } from '../arrow/quoted-name.ts'
import { typeName } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import type { SqlExpression, SqlFunctionCall, SqlSortKey } from '../sql/ast.ts'

/** What a column is called that has no alias: the expression as `expressionText` has it, a column by its own name. */
export function outputName(expression: SqlExpression): string {
  if (expression.kind === 'collate' && expression.collation === null) return outputName(expression.operand)
  return expression.kind === 'identifier' ? expression.parts.at(-1)!.name : expressionText(expression)
}

function list(expressions: readonly SqlExpression[]): string {
  return expressions.map(expressionText).join(', ')
}

/** The expression in a plain spelling, in which SQL reads it again. */
export function expressionText(expression: SqlExpression): string {
  switch (expression.kind) {
    case 'identifier':
      return expression.parts.map((part) => quotedName(part.name)).join('.')
    case 'position':
      return `#${expression.place}`
    case 'number':
      return expression.text
    case 'string':
      return `'${expression.value.replaceAll("'", "''")}'`
    case 'blob':
      return `x'${expression.hex}'`
    case 'boolean':
      return String(expression.value)
    case 'null':
      return 'NULL'
    case 'parameter':
      return expression.name
    case 'binary':
      return `(${expressionText(expression.left)} ${(expression.op === '<>' ? '!=' : expression.op).replaceAll('_', ' ').toUpperCase()} ${expressionText(expression.right)})`
    case 'unary':
      return expression.op === 'not'
        ? `(NOT ${expressionText(expression.operand)})`
        : `${expression.op}${expressionText(expression.operand)}`
    case 'function':
      return callText(expression)
    case 'cast':
      return `${expression.try ? 'TRY_CAST' : 'CAST'}(${expressionText(expression.operand)} AS ${typeName(expression.type)})`
    case 'collate':
      return `${expressionText(expression.operand)} COLLATE ${expression.collation}`
    case 'case': {
      const branches = expression.branches
        .map(({ when, then }) => ` WHEN ${expressionText(when)} THEN ${expressionText(then)}`)
        .join('')
      const operand = expression.operand ? ` ${expressionText(expression.operand)}` : ''
      return `CASE${operand}${branches}${expression.otherwise ? ` ELSE ${expressionText(expression.otherwise)}` : ''} END`
    }
    case 'is':
      return `(${expressionText(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}${expression.test.toUpperCase()})`
    case 'between':
      return `(${expressionText(expression.operand)} ${negation(expression)}BETWEEN ${expressionText(expression.low)} AND ${expressionText(expression.high)})`
    case 'in_list':
      return `(${expressionText(expression.operand)} ${negation(expression)}IN (${list(expression.list)}))`
    case 'in_query':
      return `(${expressionText(expression.operand)} ${negation(expression)}IN (subquery))`
    case 'exists':
      return `${negation(expression)}EXISTS(subquery)`
    case 'scalar_query':
      return '(subquery)'
    case 'quantified':
      return `(${expressionText(expression.operand)} ${expression.op} ${expression.quantifier.toUpperCase()}(${expressionText(expression.source)}))`
    case 'like': {
      const op = expression.op === 'similar' ? 'SIMILAR TO' : expression.op.toUpperCase()
      return `(${expressionText(expression.operand)} ${negation(expression)}${op} ${expressionText(expression.pattern)})`
    }
    case 'interval':
      return `INTERVAL ${expressionText(expression.value)}${expression.unit ? ` ${expression.unit.toUpperCase()}` : ''}`
    case 'list':
      return `main.list_value(${list(expression.items)})`
    case 'struct': {
      const fields = expression.fields.map(
        ({ name, value }) => `${quotedName(name)} := ${expressionText(value)}`,
      )
      return `main.struct_pack(${fields.join(', ')})`
    }
    case 'map': {
      const keys = list(expression.entries.map(({ key }) => key))
      const values = list(expression.entries.map(({ value }) => value))
      return `main."map"(main.list_value(${keys}), main.list_value(${values}))`
    }
    case 'field':
      return expression.field.name
    case 'comprehension': {
      const condition = expression.condition === null ? '' : ` if ${expressionText(expression.condition)}`
      return `[${expressionText(expression.result)} for ${expression.variables.map(({ name }) => name).join(', ')} in ${expressionText(expression.list)}${condition}]`
    }
    case 'tuple':
      return `main."row"(${list(expression.items)})`
    case 'columns':
      return 'COLUMNS(…)'
    case 'subscript':
      return `${expressionText(expression.operand)}[${expressionText(expression.index)}]`
    case 'slice': {
      const bound = (value: SqlExpression | null) => (value ? expressionText(value) : '')
      return `${expressionText(expression.operand)}[${bound(expression.from)}:${bound(expression.to)}]`
    }
    default:
      return unreachable(expression)
  }
}

function negation(expression: { readonly negated: boolean }): string {
  return expression.negated ? 'NOT ' : ''
}

function sortText(keys: readonly SqlSortKey[]): string {
  return keys.map((key) => expressionText(key.expression) + (key.descending ? ' DESC' : '')).join(', ')
}

function callText(call: SqlFunctionCall): string {
  const name = call.name.toLowerCase()
  if (name === 'count' && call.args.length === 0) return `count_star()${suffix(call)}`
  const order = call.orderBy.length > 0 ? ` ORDER BY ${sortText(call.orderBy)}` : ''
  return `${name}(${call.distinct ? 'DISTINCT ' : ''}${list(call.args)}${order})${suffix(call)}`
}

function suffix(call: SqlFunctionCall): string {
  const filter = call.filter ? ` FILTER (WHERE ${expressionText(call.filter)})` : ''
  if (!call.over) return filter
  if ('name' in call.over) return `${filter} OVER ${call.over.name}`
  const parts = []
  if (call.over.partitionBy.length > 0) parts.push(`PARTITION BY ${list(call.over.partitionBy)}`)
  if (call.over.orderBy.length > 0) parts.push(`ORDER BY ${sortText(call.over.orderBy)}`)
  return `${filter} OVER (${parts.join(' ')})`
}
