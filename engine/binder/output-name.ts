import { typeName } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import type { SqlExpression, SqlFunctionCall, SqlSortKey } from '../sql/ast.ts'

/** What a column is called that has no alias: the expression in a plain spelling, a column by its own name. */
export function outputName(expression: SqlExpression): string {
  if (expression.kind === 'collate' && expression.collation === null) return outputName(expression.operand)
  return expression.kind === 'identifier' ? expression.parts.at(-1)!.name : text(expression)
}

function list(expressions: readonly SqlExpression[]): string {
  return expressions.map(text).join(', ')
}

function text(expression: SqlExpression): string {
  switch (expression.kind) {
    case 'identifier':
      return expression.parts.map((part) => part.name).join('.')
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
      return `(${text(expression.left)} ${(expression.op === '<>' ? '!=' : expression.op).replaceAll('_', ' ').toUpperCase()} ${text(expression.right)})`
    case 'unary':
      return expression.op === 'not'
        ? `(NOT ${text(expression.operand)})`
        : `${expression.op}${text(expression.operand)}`
    case 'function':
      return callText(expression)
    case 'cast':
      return `${expression.try ? 'TRY_CAST' : 'CAST'}(${text(expression.operand)} AS ${typeName(expression.type)})`
    case 'collate':
      return `${text(expression.operand)} COLLATE ${expression.collation}`
    case 'case': {
      const branches = expression.branches
        .map(({ when, then }) => ` WHEN ${text(when)} THEN ${text(then)}`)
        .join('')
      const operand = expression.operand ? ` ${text(expression.operand)}` : ''
      return `CASE${operand}${branches}${expression.otherwise ? ` ELSE ${text(expression.otherwise)}` : ''} END`
    }
    case 'is':
      return `(${text(expression.operand)} IS ${expression.negated ? 'NOT ' : ''}${expression.test.toUpperCase()})`
    case 'between':
      return `(${text(expression.operand)} ${negation(expression)}BETWEEN ${text(expression.low)} AND ${text(expression.high)})`
    case 'in_list':
      return `(${text(expression.operand)} ${negation(expression)}IN (${list(expression.list)}))`
    case 'in_query':
      return `(${text(expression.operand)} ${negation(expression)}IN (subquery))`
    case 'exists':
      return `${negation(expression)}EXISTS(subquery)`
    case 'scalar_query':
      return '(subquery)'
    case 'quantified':
      return `(${text(expression.operand)} ${expression.op} ${expression.quantifier.toUpperCase()}(${text(expression.source)}))`
    case 'like': {
      const op = expression.op === 'similar' ? 'SIMILAR TO' : expression.op.toUpperCase()
      return `(${text(expression.operand)} ${negation(expression)}${op} ${text(expression.pattern)})`
    }
    case 'interval':
      return `INTERVAL ${text(expression.value)}${expression.unit ? ` ${expression.unit.toUpperCase()}` : ''}`
    case 'list':
      return `main.list_value(${list(expression.items)})`
    case 'struct': {
      const fields = expression.fields.map(({ name, value }) => `${fieldName(name)} := ${text(value)}`)
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
      const condition = expression.condition === null ? '' : ` if ${text(expression.condition)}`
      return `[${text(expression.result)} for ${expression.variables.map(({ name }) => name).join(', ')} in ${text(expression.list)}${condition}]`
    }
    case 'tuple':
      return `main."row"(${list(expression.items)})`
    case 'columns':
      return 'COLUMNS(…)'
    case 'subscript':
      return `${text(expression.operand)}[${text(expression.index)}]`
    case 'slice': {
      const bound = (value: SqlExpression | null) => (value ? text(value) : '')
      return `${text(expression.operand)}[${bound(expression.from)}:${bound(expression.to)}]`
    }
    default:
      return unreachable(expression)
  }
}

function fieldName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/i.test(name) ? name : `"${name}"`
}

function negation(expression: { readonly negated: boolean }): string {
  return expression.negated ? 'NOT ' : ''
}

function sortText(keys: readonly SqlSortKey[]): string {
  return keys.map((key) => text(key.expression) + (key.descending ? ' DESC' : '')).join(', ')
}

function callText(call: SqlFunctionCall): string {
  const name = call.name.toLowerCase()
  if (name === 'count' && call.args.length === 0) return `count_star()${suffix(call)}`
  const order = call.orderBy.length > 0 ? ` ORDER BY ${sortText(call.orderBy)}` : ''
  return `${name}(${call.distinct ? 'DISTINCT ' : ''}${list(call.args)}${order})${suffix(call)}`
}

function suffix(call: SqlFunctionCall): string {
  const filter = call.filter ? ` FILTER (WHERE ${text(call.filter)})` : ''
  if (!call.over) return filter
  if ('name' in call.over) return `${filter} OVER ${call.over.name}`
  const parts = []
  if (call.over.partitionBy.length > 0) parts.push(`PARTITION BY ${list(call.over.partitionBy)}`)
  if (call.over.orderBy.length > 0) parts.push(`ORDER BY ${sortText(call.over.orderBy)}`)
  return `${filter} OVER (${parts.join(' ')})`
}
