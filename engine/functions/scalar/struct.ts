import {
  isUnion,
  listOf,
  sameType,
  structOf,
  types,
  type DataType,
  type StructType,
} from '../../arrow/types.ts'
import { loadField, packStruct } from '../../codegen/nested-value.ts'
import { allocateList, storeItem } from '../../codegen/list-loop.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { compileLiteral } from '../../codegen/expression-literal.ts'
import { emitCast } from '../../codegen/cast.ts'
import { emitNullSafeEquals } from '../../codegen/compare.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { LiteralValue } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonNumeric } from '../scalar-types.ts'

const structCategory = { category: 'struct' } as const

/** The place of the field that a name, or a position from 1 on, means; -1 for none. */
export function fieldIndex(struct: StructType, field: LiteralValue | undefined): number {
  if (typeof field === 'bigint') {
    return field >= 1n && field <= BigInt(struct.fields.length) ? Number(field) - 1 : -1
  }
  if (typeof field !== 'string') return -1
  const exact = struct.fields.findIndex(({ name }) => name === field)
  if (exact >= 0) return exact
  return struct.fields.findIndex(({ name }) => name.toLowerCase() === field.toLowerCase())
}

/** The binder names the fields: it makes the call with the struct's type. */
const structPack: EagerFunction = {
  ...structCategory,
  name: 'struct_pack',
  summary: 'A struct of the arguments, each with its name.',
  example: 'struct_pack(a := 1, b := 2)',
  nulls: 'own',
  nullable: () => false,
  resolve: () => null,
  lower: (context, args, call) => packStruct(context, call.type, args),
}

const row: EagerFunction = {
  ...structPack,
  name: 'row',
  summary: 'A struct whose fields have no names.',
  example: 'row(1, 2)',
  resolve: (args) =>
    args.length === 0 ? null : { argTypes: args, type: structOf(args.map((type) => ({ name: '', type }))) },
}

const structExtract: EagerFunction = {
  ...structCategory,
  name: 'struct_extract',
  aliases: ['struct_extract_at'],
  summary: 'A field of a struct, by its name or its position from 1 on.',
  example: "struct_extract({'a': 1, 'b': 2}, 'b')",
  nulls: 'own',
  nullable: () => true,
  resolve(args, literals) {
    const [struct, field] = args
    if (args.length !== 2 || struct?.kind !== 'struct') return null
    const index = fieldIndex(struct, literals?.[1])
    if (index < 0) return null
    return { argTypes: [struct, field!], type: struct.fields[index]!.type }
  },
  lower(context, args, call) {
    const [struct] = args as [Value]
    const field = call.args[1]
    const index = fieldIndex(struct.type as StructType, field?.kind === 'literal' ? field.value : undefined)
    if (index < 0) throw internalError('a struct was bound to a field that it has not')
    return loadField(context, struct, index)
  },
}

/** Fields of the first, then those of the second; a name that both have is the second's, in its first place. */
function mergedFields(a: StructType, b: StructType): StructType['fields'] {
  const find = (list: StructType, name: string) =>
    list.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())
  const kept = a.fields.map((field) => ({ name: field.name, type: (find(b, field.name) ?? field).type }))
  return [...kept, ...b.fields.filter((field) => find(a, field.name) === undefined)]
}

function merging(name: string, summary: string, example: string, mayShare: boolean): EagerFunction {
  return {
    ...structCategory,
    name,
    summary,
    example,
    nulls: 'own',
    nullable: () => false,
    resolve(args) {
      const [a, b] = args
      if (args.length !== 2 || a?.kind !== 'struct' || b?.kind !== 'struct') return null
      const isUnnamed = [...a.fields, ...b.fields].every((field) => field.name === '')
      const fields = isUnnamed ? [...a.fields, ...b.fields] : mergedFields(a, b)
      if (!mayShare && fields.length < a.fields.length + b.fields.length) return null
      return { argTypes: args, type: structOf(fields) }
    },
    lower(context, args, call) {
      const [a, b] = args as [Value, Value]
      const left = a.type as StructType
      const right = b.type as StructType
      const isUnnamed = left.fields.every((field) => field.name === '')
      const fields = (call.type as StructType).fields.map(({ name: field }, place) => {
        if (isUnnamed) {
          const inRight = place - left.fields.length
          return inRight < 0 ? loadField(context, a, place) : loadField(context, b, inRight)
        }
        const index = fieldIndex(right, field)
        return index >= 0 ? loadField(context, b, index) : loadField(context, a, fieldIndex(left, field))
      })
      return packStruct(context, call.type, fields)
    },
  }
}

const structKeys: EagerFunction = {
  ...structCategory,
  name: 'struct_keys',
  summary: 'The names of the fields of a struct.',
  example: "struct_keys({'a': 1, 'b': 2})",
  nulls: 'strict',
  guarded: true,
  resolve: (args) =>
    args.length === 1 && args[0]!.kind === 'struct' ? { argTypes: args, type: listOf(types.utf8) } : null,
  lower: (context, args, call) => {
    const { fields } = args[0]!.type as StructType
    return listOfValues(
      context,
      call.type,
      fields.map(({ name }) => textValue(context, name)),
    )
  },
}

const structValues: EagerFunction = {
  ...structCategory,
  name: 'struct_values',
  summary: 'The same struct without names.',
  example: "struct_values({'a': 1, 'b': 2})",
  nulls: 'strict',
  guarded: true,
  resolve: ([struct, ...rest]) =>
    rest.length === 0 && struct?.kind === 'struct'
      ? { argTypes: [struct], type: structOf(struct.fields.map(({ type }) => ({ name: '', type }))) }
      : null,
  lower: (_context, args, call) => ({ ...args[0]!, type: call.type }),
}

function textValue(context: CodeContext, value: string): Value {
  return compileLiteral(context, { kind: 'literal', value, type: types.utf8, nullable: false })
}

function listOfValues(context: CodeContext, type: DataType, items: readonly Value[]): Value {
  const { f } = context
  f.i32(items.length)
  const list = allocateList(context, type, f.keep('i32'))
  items.forEach((item, place) => {
    f.i32(place)
    storeItem(context, list, f.keep('i32'), item)
  })
  return list
}

/** Where a value first is among the fields of a struct without names. */
const structPosition: EagerFunction = {
  ...structCategory,
  name: 'struct_position',
  aliases: ['struct_indexof'],
  summary:
    'Where the value last is among the fields of a struct without names, from 1 on; NULL when nowhere.',
  example: 'struct_position(row(4, 5, 6), 5)',
  nulls: 'own',
  nullable: () => true,
  resolve(args) {
    const [struct, value] = args
    if (args.length !== 2 || struct?.kind !== 'struct' || struct.fields.some(({ name }) => name !== ''))
      return null
    return { argTypes: [struct, value!], type: types.int32 }
  },
  lower(context, args) {
    const { f } = context
    const [struct, value] = args as [Value, Value]
    const result = declareValue(f, types.int32, true)
    f.i32(0)
    f.set(result.valid!)
    f.block((done) => {
      if (struct.valid !== null) {
        f.get(struct.valid)
        f.op('i32.eqz')
        f.brIf(done)
      }
      for (const [index, { type }] of [...(struct.type as StructType).fields.entries()].toReversed()) {
        // a number is never a text
        const common = sameType(type, value.type) ? type : commonNumeric(type, value.type)
        if (common === null && value.type.kind !== 'null') continue
        const field = loadField(context, { ...struct, valid: null }, index)
        const as = (each: Value): Value =>
          common === null ? each : emitCast(context, each, common, { try: false })
        f.i32(index + 1)
        f.set(result.locals[0]!)
        if (common === null) {
          // NULL is found where a field is NULL
          f.get(field.valid!)
          f.op('i32.eqz')
        } else emitNullSafeEquals(context, as(field), as(value))
        f.tee(result.valid!)
        f.brIf(done)
      }
    })
    return result
  },
}

const structContains: EagerFunction = {
  ...structPosition,
  name: 'struct_contains',
  aliases: ['struct_has'],
  summary: 'Whether the value is a field of a struct without names.',
  example: 'struct_contains(row(4, 5, 6), 5)',
  resolve(args, literals) {
    const found = structPosition.resolve(args, literals)
    return found && { ...found, type: types.bool }
  },
  lower(context, args, call) {
    const [struct] = args as [Value]
    const position = structPosition.lower(context, args, call)
    return { type: types.bool, physical: 'bool', locals: [position.valid!], valid: struct.valid }
  },
}

const functions: readonly EagerFunction[] = [
  structPack,
  row,
  structExtract,
  merging('struct_concat', 'The fields of two structs in one.', "struct_concat({'a': 1}, {'b': 2})", false),
  merging(
    'struct_merge',
    'The fields of two structs in one; where both have a name, the second counts.',
    "struct_merge({'a': 1, 'b': 2}, {'b': 3})",
    true,
  ),
  structKeys,
  structValues,
  structPosition,
  structContains,
]

/** None of them takes a union for a struct. */
export const structFunctions: readonly ScalarFunction[] = functions.map((fn) => ({
  ...fn,
  resolve: (args, literals) => (args.some(isUnion) && fn.name !== 'row' ? null : fn.resolve(args, literals)),
}))
