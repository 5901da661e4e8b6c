import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'

/**
 * `json_group_array(x)` and `json_group_object(k, v)` in terms of other aggregates: a list as JSON, and members joined;
 * null for any other call. No rows give NULL.
 */
export function expandJsonGroup(sql: SqlFunctionCall): SqlExpression | null {
  const name = sql.name.toLowerCase()
  const { span } = sql
  if (name === 'json_group_array') {
    const list: SqlFunctionCall = { ...sql, name: 'array_agg' }
    return nullIfEmpty(list, call('to_json', [list], span))
  }
  if (name !== 'json_group_object') return null
  const [key, value] = sql.args
  if (key === undefined || value === undefined || sql.args.length > 2) {
    throw new LakebookError('type', 'json_group_object takes a key and a value', { span })
  }
  const text = (operand: SqlExpression): SqlExpression => ({
    kind: 'cast',
    operand,
    type: types.utf8,
    try: false,
    span,
  })
  const plain = (value: string): SqlExpression => ({ kind: 'string', value, span })
  const member = joined(
    text(call('to_json', [text(key)], span)),
    plain(':'),
    text(call('to_json', [value], span)),
  )
  const members: SqlFunctionCall = { ...sql, name: 'string_agg', args: [member, plain(',')] }
  const object: SqlExpression = {
    kind: 'cast',
    operand: joined(plain('{'), members, plain('}')),
    type: types.json,
    try: false,
    span,
  }
  return nullIfEmpty(members, object)
}

function joined(...parts: readonly SqlExpression[]): SqlExpression {
  return parts.reduce((left, right) => ({ kind: 'binary', op: '||', left, right, span: left.span }))
}

function nullIfEmpty(aggregate: SqlExpression, otherwise: SqlExpression): SqlExpression {
  const when: SqlExpression = { kind: 'is', test: 'null', negated: false, operand: aggregate }
  return { kind: 'case', operand: null, branches: [{ when, then: { kind: 'null' } }], otherwise }
}

function call(name: string, args: readonly SqlExpression[], span: SqlExpression['span']): SqlFunctionCall {
  return {
    kind: 'function',
    name,
    args,
    star: false,
    distinct: false,
    filter: null,
    orderBy: [],
    ignoreNulls: false,
    over: null,
    span,
  }
}
