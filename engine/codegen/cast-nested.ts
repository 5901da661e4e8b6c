import {
  isNested,
  itemTypeOf,
  listOf,
  typeName,
  types,
  type DataType,
  type ListType,
  type StructType,
} from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import type { CastOptions, EmitCast } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { allocateList, forEachItem, itemTypeOf as listItem, storeItem } from './list-loop.ts'
import { loadField, packStruct } from './nested-value.ts'
import { copyValue, declareValue, type Value } from './value.ts'

/** The cast of a valid list, map or struct to another; null for any other types. */
export function castNested(
  context: CodeContext,
  value: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Value | null {
  const from = value.type
  if (from.kind === 'struct' && to.kind === 'struct') return castStruct(context, value, to, options, emitCast)
  const item = itemTypeOf(to)
  if (item === null || from.kind !== to.kind) return null
  const result = allocateList(context, to, value.locals[1]!)
  forEachItem(context, value, (one, index) =>
    storeItem(context, result, index, emitCast(context, one, item, options)),
  )
  return result
}

/** A cast to a list, whose length is then looked at. */
export function castToArray(
  context: CodeContext,
  value: Value,
  to: ListType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const { f } = context
  const list = emitCast(context, value, listOf(to.item), options)
  const isOther = (): void => {
    f.get(list.locals[1]!)
    f.i32(to.size ?? 0)
    f.op('i32.ne')
    if (list.valid === null) return
    f.get(list.valid)
    f.op('i32.and')
  }
  if (options.try) {
    const result = declareValue(f, to, true)
    copyValue(f, { ...list, type: to }, result)
    isOther()
    f.if(() => {
      f.i32(0)
      f.set(result.valid!)
    })
    return result
  }
  isOther()
  f.if(() =>
    context.raise(
      'cast',
      `Cannot cast a list of another length to ${typeName(to)}`,
      options.span,
      'TRY_CAST gives NULL for a list that does not fit.',
    ),
  )
  return { ...list, type: to }
}

/** Where each field of `to` comes from: by name, or by place where either has no names; -1 for none. */
export function matchedFields(from: StructType, to: StructType): readonly number[] {
  const isNamed = [...from.fields, ...to.fields].every(({ name }) => name !== '')
  return to.fields.map(({ name }, place) =>
    isNamed
      ? from.fields.findIndex((field) => field.name.toLowerCase() === name.toLowerCase())
      : place < from.fields.length
        ? place
        : -1,
  )
}

function castStruct(
  context: CodeContext,
  value: Value,
  to: StructType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const sources = matchedFields(value.type as StructType, to)
  if (sources.every((source) => source < 0)) {
    throw new LakebookError('type', `${typeName(value.type)} cannot be cast to ${typeName(to)}`, {
      span: options.span,
      hint: 'Fields are matched by their names.',
    })
  }
  const fields = to.fields.map(({ type }, index) => {
    const source = sources[index]!
    if (source < 0) return emitCast(context, nullValue(context), type, options)
    return emitCast(context, loadField(context, value, source), type, options)
  })
  return packStruct(context, to, fields)
}

function nullValue({ f }: CodeContext): Value {
  const value = declareValue(f, types.null, true)
  f.i32(0)
  f.set(value.valid!)
  return value
}

/** As DuckDB prints it: `[1, NULL]`, `{'a': 1, 'b': x}`, `{k=v}`. Texts that could be mistaken are quoted. */
export function formatNested(
  context: CodeContext,
  value: Value,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  if (value.type.kind === 'struct') {
    const { fields } = value.type
    const isUnnamed = fields.every(({ name }) => name === '')
    const label = (name: string): string => (isUnnamed ? '' : `'${escaped(name)}': `)
    const labels = fields.map(({ name }, i) => (i > 0 ? ', ' : isUnnamed ? '(' : '{') + label(name))
    return formatFields(context, value, [...labels, isUnnamed ? ')' : '}'], options, emitCast)
  }
  const isMap = value.type.kind === 'map'
  const texts = isMap
    ? mapEntries(context, value, options, emitCast)
    : itemTexts(context, value, options, emitCast)
  const item = listItem(value.type)
  const quotes = isMap || isNested(item) || item.kind === 'json' ? 0 : 1
  return emitKernelCall(context, {
    kernel: 'list_format',
    args: [texts],
    constants: [quotes, isMap ? 1 : 0],
    type: types.utf8,
  })
}

function itemTexts(context: CodeContext, value: Value, options: CastOptions, emitCast: EmitCast): Value {
  return emitCast(context, value, listOf(types.utf8), options)
}

function mapEntries(context: CodeContext, map: Value, options: CastOptions, emitCast: EmitCast): Value {
  const texts = allocateList(context, listOf(types.utf8), map.locals[1]!)
  forEachItem(context, map, (entry, index) => {
    const text = formatFields(context, { ...entry, valid: null }, ['', '=', ''], options, emitCast)
    storeItem(context, texts, index, text)
  })
  return texts
}

/** The fields' texts with what stands before each, and at the end. */
function formatFields(
  context: CodeContext,
  struct: Value,
  labels: readonly string[],
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const { f } = context
  const { fields } = struct.type as StructType
  f.i32(fields.length)
  const texts = allocateList(context, listOf(types.utf8), f.keep('i32'))
  fields.forEach((_, index) => {
    f.i32(index)
    const place = f.keep('i32')
    storeItem(
      context,
      texts,
      place,
      emitCast(context, loadField(context, struct, index), types.utf8, options),
    )
  })
  const heads = labels.map((label, index) => {
    const bytes = new TextEncoder().encode(label)
    const field = fields[index]
    const quotes = field !== undefined && !isNested(field.type)
    return { bytes, head: (bytes.length | (quotes ? 0x8000_0000 : 0)) >>> 0 }
  })
  const blob = new Uint8Array(heads.reduce((sum, { bytes }) => sum + 4 + bytes.length, 0))
  let at = 0
  for (const { bytes, head } of heads) {
    new DataView(blob.buffer).setUint32(at, head, true)
    blob.set(bytes, at + 4)
    at += 4 + bytes.length
  }
  return emitKernelCall(context, {
    kernel: 'struct_format',
    args: [texts],
    constants: [context.constant(blob)],
    type: types.utf8,
  })
}

function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
}
