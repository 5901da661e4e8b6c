import {
  isFloat,
  isInteger,
  isUnion,
  itemTypeOf,
  listOf,
  physicalType,
  types,
  type DataType,
  type StructType,
} from '../arrow/types.ts'
import type { CastOptions, EmitCast } from './cast.ts'
import { ofMember } from './cast-union.ts'
import type { CodeContext } from './code-context.ts'
import { compileLiteral } from './expression-literal.ts'
import { emitKernelCall, type KernelFailure } from './kernel-call.ts'
import { allocateList, forEachItem, itemTypeOf as listItem, loadItem, storeItem } from './list-loop.ts'
import { checkMapKeys } from './map-keys.ts'
import { loadField, packStruct } from './nested-value.ts'
import { copyValue, declareValue, type Value } from './value.ts'

/** What kernels over JSON may say, in the order of `kernels/assembly/json-value.ts`. */
export const jsonFailures: readonly KernelFailure[] = [
  { code: 'cast', message: 'This is not JSON' },
  { code: 'invalid_argument', message: 'This is not a path into JSON' },
]

const PLAIN: CastOptions = { try: false }

/** A text as JSON, kept as it is written; `ok` is 0 where it is none. */
export function textAsJson(context: CodeContext, text: Value): { value: Value; ok: Value } {
  const ok = emitKernelCall(context, { kernel: 'json_valid', args: [text], type: types.bool })
  return { value: { ...text, type: types.json }, ok }
}

/** JSON in the form of JSONB; with `mayFail` invalid, instead of an error, where a text is no JSON. */
export function toNormalJson(context: CodeContext, json: Value, mayFail = false): Value {
  return emitKernelCall(context, {
    kernel: mayFail ? 'jsonb_parse' : 'jsonb_normal',
    args: [json],
    type: types.jsonb,
    nullable: mayFail,
    failures: mayFail ? [] : jsonFailures,
  })
}

/** Any value as JSON; `null` where it is NULL. */
export function toJson(context: CodeContext, value: Value, emitCast: EmitCast): Value {
  if (value.type.kind === 'null') return jsonText(context, 'null')
  if (value.valid === null) return validToJson(context, value, emitCast)
  const { f } = context
  const result = declareValue(f, types.json, false)
  f.get(value.valid)
  f.if(
    () => copyValue(f, validToJson(context, { ...value, valid: null }, emitCast), result),
    () => copyValue(f, jsonText(context, 'null'), result),
  )
  return result
}

function validToJson(context: CodeContext, value: Value, emitCast: EmitCast): Value {
  const { type } = value
  const kernel = (name: string, arg: Value): Value =>
    emitKernelCall(context, { kernel: name, args: [arg], type: types.json, failures: jsonFailures })
  if (type.kind === 'json') return kernel('json_minify', value)
  if (type.kind === 'utf8') return kernel('json_string', value)
  if (type.kind === 'bool' || isInteger(type)) return asJson(emitCast(context, value, types.utf8, PLAIN))
  if (type.kind === 'float32') return kernel('json_double', emitCast(context, value, types.float64, PLAIN))
  if (isFloat(type)) return kernel('json_double', value)
  if (type.kind === 'decimal') {
    // a DOUBLE tells all decimals of up to 15 digits apart
    if (type.scale === 0 || type.precision > 15) return asJson(emitCast(context, value, types.utf8, PLAIN))
    return kernel('json_double', emitCast(context, value, types.float64, PLAIN))
  }
  if (isUnion(type))
    return ofMember(context, value, types.json, (member, name) =>
      formatParts(context, [`{${JSON.stringify(name)}:`, '}'], [toJson(context, member, emitCast)]),
    )
  if (type.kind === 'struct') return structToJson(context, value, type, emitCast)
  if (type.kind === 'map') {
    const entries = listOfTexts(context, value, (entry) => {
      const key = emitCast(context, loadField(context, entry, 0), types.utf8, PLAIN)
      return formatParts(
        context,
        ['', ':', ''],
        [kernel('json_string', key), toJson(context, loadField(context, entry, 1), emitCast)],
      )
    })
    return bracketed(context, entries, '{', '}')
  }
  if (type.kind === 'list') {
    const items = listOfTexts(context, value, (item) => toJson(context, item, emitCast))
    return bracketed(context, items, '[', ']')
  }
  return kernel('json_string', emitCast(context, value, types.utf8, PLAIN))
}

function structToJson(context: CodeContext, value: Value, type: StructType, emitCast: EmitCast): Value {
  const labels = type.fields.map(({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`)
  const fields = type.fields.map((_, index) => toJson(context, loadField(context, value, index), emitCast))
  return formatParts(context, [...labels, '}'], fields)
}

function asJson(text: Value): Value {
  return { ...text, type: types.json }
}

function jsonText(context: CodeContext, value: string): Value {
  return compileLiteral(context, { kind: 'literal', value, type: types.json, nullable: false })
}

function listOfTexts(context: CodeContext, list: Value, textOf: (item: Value) => Value): Value {
  const texts = allocateList(context, listOf(types.utf8), list.locals[1]!)
  forEachItem(context, list, (item, index) => {
    storeItem(context, texts, index, { ...textOf(item), type: types.utf8 })
  })
  return texts
}

function bracketed(context: CodeContext, texts: Value, open: string, close: string): Value {
  const comma = compileLiteral(context, { kind: 'literal', value: ',', type: types.utf8, nullable: false })
  const joined = emitKernelCall(context, { kernel: 'list_join', args: [texts, comma], type: types.utf8 })
  return formatParts(context, [open, close], [joined])
}

/** Texts with what stands before each, and at the end. None is NULL. */
export function formatParts(context: CodeContext, labels: readonly string[], parts: readonly Value[]): Value {
  const { f } = context
  f.i32(parts.length)
  const texts = allocateList(context, listOf(types.utf8), f.keep('i32'))
  parts.forEach((part, index) => {
    f.i32(index)
    storeItem(context, texts, f.keep('i32'), { ...part, type: types.utf8 })
  })
  const encoded = labels.map((label) => new TextEncoder().encode(label))
  const blob = new Uint8Array(encoded.reduce((sum, bytes) => sum + 4 + bytes.length, 0))
  let at = 0
  for (const bytes of encoded) {
    new DataView(blob.buffer).setUint32(at, bytes.length, true)
    blob.set(bytes, at + 4)
    at += 4 + bytes.length
  }
  return emitKernelCall(context, {
    kernel: 'struct_format',
    args: [texts],
    constants: [context.constant(blob)],
    type: types.json,
  })
}

/** What valid JSON says, as another type; NULL for its `null`. */
export function fromJson(
  context: CodeContext,
  value: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  const { f } = context
  if (to.kind !== 'struct' && itemTypeOf(to) === null) {
    const text = emitKernelCall(context, {
      kernel: 'json_text',
      args: [value],
      type: types.utf8,
      nullable: true,
      failures: jsonFailures,
    })
    return emitCast(context, text, to, options)
  }
  const isNull = emitKernelCall(context, {
    kernel: 'json_text',
    args: [value],
    type: types.utf8,
    nullable: true,
    failures: jsonFailures,
  }).valid!
  const result = declareValue(f, to, true)
  f.get(isNull)
  f.tee(result.valid!)
  f.if(() =>
    context.branch(() => {
      const made =
        to.kind === 'struct'
          ? jsonStruct(context, value, to, options, emitCast)
          : jsonItems(context, value, to, options, emitCast)
      made.locals.forEach((local, part) => {
        f.get(local)
        f.set(result.locals[part]!)
      })
    }),
  )
  return result
}

function jsonStruct(
  context: CodeContext,
  value: Value,
  to: StructType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  requireKind(context, value, 123, to, options)
  const fields = to.fields.map(({ name, type }) => {
    const path = compileLiteral(context, {
      kind: 'literal',
      value: pathOf(name),
      type: types.utf8,
      nullable: false,
    })
    const member = emitKernelCall(context, {
      kernel: 'json_extract',
      args: [value, path],
      type: types.json,
      nullable: true,
      failures: jsonFailures,
    })
    return castMember(context, member, type, options, emitCast)
  })
  return packStruct(context, to, fields)
}

/** A part of JSON as another type: of a string what it says. */
function castMember(
  context: CodeContext,
  member: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  if (to.kind === 'json') return to.binary === true ? emitCast(context, member, to, options) : member
  const { f } = context
  const result = declareValue(f, to, true)
  f.i32(0)
  f.set(result.valid!)
  f.get(member.valid!)
  f.if(() =>
    context.branch(() =>
      copyValue(f, fromJson(context, { ...member, valid: null }, to, options, emitCast), result),
    ),
  )
  return result
}

/** A key as a path, whatever signs it has. */
function pathOf(name: string): string {
  return /^[$/]/.test(name) ? `$."${name}"` : name
}

function jsonItems(
  context: CodeContext,
  value: Value,
  to: DataType,
  options: CastOptions,
  emitCast: EmitCast,
): Value {
  requireKind(context, value, to.kind === 'map' ? 123 : 91, to, options)
  const members = (kernel: string, item: DataType): Value =>
    emitKernelCall(context, { kernel, args: [value], type: listOf(item), failures: jsonFailures })
  const items = members('json_items', types.json)
  const result = allocateList(context, to, items.locals[1]!)
  if (to.kind !== 'map') {
    forEachItem(context, items, (item, index) =>
      storeItem(context, result, index, castMember(context, item, listItem(to), options, emitCast)),
    )
    return result
  }
  const keys = members('json_keys', types.utf8)
  const entries = allocateList(context, to, items.locals[1]!)
  forEachItem(context, keys, (key, index) => {
    const one = declareValue(context.f, types.json, true)
    loadItem(context, items, index, one)
    const entry = packStruct(context, listItem(to), [
      emitCast(context, key, to.key, options),
      castMember(context, one, to.value, options, emitCast),
    ])
    storeItem(context, entries, index, entry)
  })
  checkMapKeys(context, entries, options.span)
  return entries
}

/** Ends the query where JSON is not an object (or a list). */
function requireKind(
  context: CodeContext,
  value: Value,
  first: number,
  to: DataType,
  options: CastOptions,
): void {
  const { f } = context
  const minified = emitKernelCall(context, {
    kernel: 'json_minify',
    args: [value],
    type: types.json,
    failures: jsonFailures,
  })
  f.get(minified.locals[0]!)
  f.memory('i32.load8_u')
  f.i32(first)
  f.op('i32.ne')
  f.if(() =>
    context.raise(
      'cast',
      `The JSON '{}' is no ${physicalType(to) === 'bytes' || to.kind === 'map' ? 'object' : 'list'}`,
      options.span,
      undefined,
      { pointer: minified.locals[0]!, length: minified.locals[1]! },
    ),
  )
}
