import { typeName, type DataType } from '../arrow/types.ts'
import { unreachable } from '../errors.ts'
import { formatDecimal } from './literal-cast.ts'
import type { Expression, LiteralValue } from './plan.ts'
import { formatDate, formatInterval, formatTime, formatTimestamp } from './temporal-text.ts'

const INFIX = new Set([
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'and',
  'or',
  '||',
  'like',
  'ilike',
])

/** An expression as people would write it in SQL, for EXPLAIN, profiles and pruning reports. */
export function explainExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'column':
      return expression.name
    case 'literal':
      return explainLiteral(expression.value, expression.type)
    case 'cast':
      return `CAST(${explainExpression(expression.arg)} AS ${typeName(expression.type)})`
    case 'case': {
      const branches = expression.branches.map(
        ({ when, then }) => `WHEN ${explainExpression(when)} THEN ${explainExpression(then)}`,
      )
      const otherwise =
        expression.otherwise === null ? '' : ` ELSE ${explainExpression(expression.otherwise)}`
      return `CASE ${branches.join(' ')}${otherwise} END`
    }
    case 'call':
      return explainCall(expression.fn, expression.args)
    case 'lambda': {
      const names = expression.parameters.map(({ name }) => name)
      return `${names.length === 1 ? names[0]! : `(${names.join(', ')})`} -> ${explainExpression(expression.body)}`
    }
    case 'subquery':
      return expression.operand === null
        ? '(subquery)'
        : `${explainExpression(expression.operand)} IN (subquery)`
    default:
      return unreachable(expression)
  }
}

/** Of the values of an IN list. */
const MOST_SHOWN = 50

function explainCall(fn: string, args: readonly Expression[]): string {
  const shown = fn === 'in' ? args.slice(0, MOST_SHOWN + 1) : args
  const more =
    shown.length < args.length ? `, … ${(args.length - shown.length).toLocaleString('en')} more` : ''
  const texts = shown.map((argument) => {
    const text = explainExpression(argument)
    return argument.kind === 'call' && INFIX.has(argument.fn) ? `(${text})` : text
  })
  const [first = '', ...rest] = texts
  if (INFIX.has(fn) && rest.length > 0) return texts.join(` ${fn.toUpperCase()} `)
  switch (fn) {
    case 'not':
      return `NOT ${first}`
    case 'negate':
      return `-${first}`
    case 'is_null':
      return `${first} IS NULL`
    case 'is_not_null':
      return `${first} IS NOT NULL`
    case 'is_distinct_from':
      return `${first} IS DISTINCT FROM ${rest.join()}`
    case 'is_not_distinct_from':
      return `${first} IS NOT DISTINCT FROM ${rest.join()}`
    case 'in':
      return `${first} IN (${rest.join(', ')}${more})`
    default:
      return `${fn}(${texts.join(', ')})`
  }
}

/** A value as a SQL literal. */
export function explainLiteral(value: LiteralValue, type: DataType): string {
  if (value === null) return 'NULL'
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`
  if (typeof value === 'boolean') return value ? 'true' : 'false'
  if (value instanceof Uint8Array)
    return `'${Array.from(value, (byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}'`
  if (typeof value === 'object') return `INTERVAL '${formatInterval(value)}'`
  if (typeof value === 'number') return String(value)
  switch (type.kind) {
    case 'decimal':
      return formatDecimal(value, type.scale)
    case 'date':
      return `DATE '${formatDate(value)}'`
    case 'time':
      return `TIME '${formatTime(value)}'`
    case 'timestamp':
      return `TIMESTAMP '${formatTimestamp(value)}'`
    case 'timestamp_ns':
      return `TIMESTAMP_NS '${formatTimestamp(value / 1000n)}'`
    default:
      return value.toString()
  }
}
