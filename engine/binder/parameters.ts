import { types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { ParameterValue, QueryParameters } from '../lakebook.ts'
import type { Expression } from '../plan/plan.ts'
import { literal, unified } from './coerce.ts'
import { scalarCall } from './scalar-call.ts'

/**
 * The value of `?`, `$1` or `$name`, by `name` without its sign. Errors: `invalid_argument` when there is none or it is
 * of no SQL type.
 */
export function parameterValue(
  parameters: QueryParameters | null,
  name: string,
  span: SourceSpan | undefined,
): Expression {
  const isPosition = /^\d+$/.test(name)
  const value = isList(parameters)
    ? isPosition
      ? parameters[Number(name) - 1]
      : undefined
    : parameters !== null && Object.hasOwn(parameters, name)
      ? parameters[name]
      : undefined
  if (value === undefined) {
    throw new LakebookError(
      'invalid_argument',
      `The parameter ${isPosition ? name : `$${name}`} has no value`,
      {
        span,
        hint: isPosition
          ? 'Give params as a list, in the order of the parameters.'
          : `Give params as { ${name}: … }.`,
      },
    )
  }
  return expressionOf(value, span)
}

function isList(parameters: QueryParameters | null): parameters is readonly ParameterValue[] {
  return Array.isArray(parameters)
}

function expressionOf(value: ParameterValue, span: SourceSpan | undefined): Expression {
  if (value === null) return literal(null, types.null, span)
  switch (typeof value) {
    case 'boolean':
      return literal(value, types.bool, span)
    case 'string':
      return literal(value, types.utf8, span)
    case 'bigint':
      return literal(value, wholeType(value, span), span)
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? literal(BigInt(value), wholeType(BigInt(value), span), span)
        : literal(value, types.float64, span)
    default:
      break
  }
  if (value instanceof Date) {
    const millis = value.getTime()
    if (Number.isNaN(millis)) throw new LakebookError('invalid_argument', 'A parameter is no date', { span })
    return literal(BigInt(millis) * 1000n, types.timestamp, span)
  }
  if (value instanceof Uint8Array) return literal(value, types.binary, span)
  const items = value.map((item) => expressionOf(item, span))
  return scalarCall('list_value', unified(items, 'A list', span), span)
}

function wholeType(value: bigint, span: SourceSpan | undefined): DataType {
  const bits = value < 0n ? ~value : value
  if (bits < 2n ** 31n) return types.int32
  if (bits < 2n ** 63n) return types.int64
  if (bits < 10n ** 38n) return types.hugeint
  throw new LakebookError('invalid_argument', 'A parameter has more than 38 digits', { span })
}
