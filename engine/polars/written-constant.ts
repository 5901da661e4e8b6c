import { listOf, structOf, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { LiteralValue } from '../plan/plan.ts'
import { formatDate, formatTimestamp } from '../plan/temporal-text.ts'
import { supertype } from './supertype.ts'
import { describeValue, textKey, type Value } from './values.ts'

/** A value that is written out in a cell. */
export interface Constant {
  /** Of a list or a struct, JSON. */
  readonly value: LiteralValue
  readonly type: DataType
}

export const NULL_CONSTANT: Constant = { value: null, type: types.null }

/** Errors: `type` for a list whose items have no type in common; `unsupported`. */
export function constantOf(value: Value, span: SourceSpan | undefined): Constant {
  switch (value.kind) {
    case 'scalar':
      return { value: value.value, type: scalarType(value.value) }
    case 'list': {
      const items = value.items.map((item) => constantOf(item, span))
      const type = listOf(commonType(items, 'A list', span))
      return { value: `[${items.map((item) => jsonOf(item, span)).join(',')}]`, type }
    }
    case 'dict': {
      const fields = value.entries.map(([key, item]) => ({
        name: textKey(key, span),
        item: constantOf(item, span),
      }))
      const json = fields.map(({ name, item }) => `${JSON.stringify(name)}:${jsonOf(item, span)}`)
      return {
        value: `{${json.join(',')}}`,
        type: structOf(fields.map(({ name, item }) => ({ name, type: item.type }))),
      }
    }
    case 'expression':
      if (value.expression.kind === 'literal' && value.expression.type !== null)
        return { value: value.expression.value, type: value.expression.type }
      break
    default:
  }
  throw notWritten(describeValue(value), span)
}

/** The type that holds all of them. */
export function commonType(items: readonly Constant[], what: string, span: SourceSpan | undefined): DataType {
  return items.reduce<DataType>((type, item) => {
    const met = meeting(type, item.type)
    if (met !== null) return met
    throw new LakebookError(
      'type',
      `${what} has values of different types: ${typeName(type)} and ${typeName(item.type)}`,
      { span },
    )
  }, types.null)
}

/** As `supertype`; structs have the fields of both. */
function meeting(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'list' && b.kind === 'list') {
    const item = meeting(a.item, b.item)
    return item && listOf(item)
  }
  if (a.kind !== 'struct' || b.kind !== 'struct') return supertype(a, b)
  const fields = new Map(a.fields.map(({ name, type }) => [name, type]))
  for (const { name, type } of b.fields) {
    const known = fields.get(name)
    const met = known === undefined ? type : meeting(known, type)
    if (met === null) return null
    fields.set(name, met)
  }
  return structOf([...fields].map(([name, type]) => ({ name, type })))
}

function scalarType(value: unknown): DataType {
  switch (typeof value) {
    case 'bigint':
      return types.int64
    case 'number':
      return types.float64
    case 'string':
      return types.utf8
    case 'boolean':
      return types.bool
    default:
      return types.null
  }
}

function jsonOf({ value, type }: Constant, span: SourceSpan | undefined): string {
  if (value === null) return 'null'
  if (typeof value === 'object') throw notWritten(`${typeName(type)} in a list or a dict`, span)
  switch (type.kind) {
    case 'list':
    case 'struct':
    case 'int64':
    case 'bool':
      return String(value)
    case 'utf8':
      return JSON.stringify(value)
    case 'float64':
      if (Number.isFinite(value)) return String(value)
      throw notWritten('infinity or NaN in a list or a dict', span)
    case 'date':
      return `"${formatDate(value as bigint)}"`
    case 'timestamp':
      return `"${formatTimestamp(value as bigint)}"`
    default:
      throw notWritten(`${typeName(type)} in a list or a dict`, span)
  }
}

function notWritten(what: string, span: SourceSpan | undefined): LakebookError {
  return new LakebookError('unsupported', `${what} in a frame that is written out`, {
    span,
    hint: 'Numbers, texts, True and False, None, dates and times can be written out, and lists and dicts of these.',
  })
}
