import { types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { SqlExpression, SqlFunctionCall } from '../sql/ast.ts'

/**
 * `json_group_array(x)`, `json_group_object(k, v)` and `json_group_structure(j)`, or `jsonb_agg` and `jsonb_object_agg`, in
 * terms of other aggregates: a list as JSON, members joined, and the structure of a list; null for any other call. No rows give NULL.
 */
export function expandJsonGroup(sql: SqlFunctionCall): SqlExpression | null {
  const name = sql.name.toLowerCase()
  const { span } = sql
  const isBinary = name.startsWith('jsonb')
  if (/^json(_group_array|b?_agg)$/.test(name)) {
    const list: SqlFunctionCall = { ...sql, name: 'array_agg' }
    return nullIfEmpty(list, call(isBinary ? 'to_jsonb' : 'to_json', [list], span))
  }
  if (name === 'json_group_structure') {
    const list: SqlFunctionCall = { ...sql, name: 'array_agg' }
    const structure = call('json_structure', [call('to_json', [list], span)], span)
    const place: SqlExpression = { kind: 'string', value: '$[0]' }
    return nullIfEmpty(list, call('json_extract', [structure, place], span))
  }
  if (!/^json(_group_object|b?_object_agg)$/.test(name)) return null
  const [key, value] = sql.args
  if (key === undefined || value === undefined || sql.args.length > 2) {
    throw new LakebookError('type', `${name} takes a key and a value`, { span })
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
    isBinary ? jsonbText(value, text(call('to_jsonb', [value], span))) : text(call('to_json', [value], span)),
  )
  const members: SqlFunctionCall = { ...sql, name: 'string_agg', args: [member, plain(',')] }
  const object: SqlExpression = {
    kind: 'cast',
    operand: joined(plain('{'), members, plain('}')),
    type: isBinary ? types.jsonb : types.json,
    try: false,
    span,
  }
  return nullIfEmpty(members, object)
}

/** A member that is NULL is null. */
function jsonbText(value: SqlExpression, written: SqlExpression): SqlExpression {
  return nullIfEmpty(value, written, { kind: 'string', value: 'null' })
}

function joined(...parts: readonly SqlExpression[]): SqlExpression {
  return parts.reduce((left, right) => ({ kind: 'binary', op: '||', left, right, span: left.span }))
}

function nullIfEmpty(
  aggregate: SqlExpression,
  otherwise: SqlExpression,
  then: SqlExpression = { kind: 'null' },
): SqlExpression {
  const when: SqlExpression = { kind: 'is', test: 'null', negated: false, operand: aggregate }
  return { kind: 'case', operand: null, branches: [{ when, then }], otherwise }
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
