import { entryType, listOf, structOf, types, type DataType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitEquals } from '../../codegen/compare.ts'
import { checkMapKeys } from '../../codegen/map-keys.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import {
  allocateList,
  forEachIndex,
  forEachItem,
  itemTypeOf,
  loadItem,
  storeItem,
} from '../../codegen/list-loop.ts'
import { loadField, packStruct } from '../../codegen/nested-value.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonType } from '../scalar-types.ts'

const strictMap = { category: 'map', nulls: 'strict', guarded: true } as const

type MapType = DataType & { readonly kind: 'map' }

const makeMap: EagerFunction = {
  ...strictMap,
  name: 'map',
  summary: 'A map from the items of the first list to those of the second.',
  example: "map(['a', 'b'], [1, 2])",
  resolve(args) {
    const [keys, values] = args
    if (args.length === 0) {
      return { argTypes: [], type: { kind: 'map', key: types.null, value: types.null } }
    }
    if (args.length !== 2 || keys!.kind !== 'list' || values!.kind !== 'list') return null
    return { argTypes: args, type: { kind: 'map', key: keys.item, value: values.item } }
  },
  lower(context, args, call) {
    const { f } = context
    if (args.length === 0) {
      f.i32(0)
      return allocateList(context, call.type, f.keep('i32'))
    }
    const [keys, values] = args as [Value, Value]
    f.get(keys.locals[1]!)
    f.get(values.locals[1]!)
    f.op('i32.ne')
    f.if(() => context.raise('invalid_argument', 'A map needs as many values as keys', call.span))
    const map = allocateList(context, call.type, keys.locals[1]!)
    const key = declareValue(f, itemTypeOf(keys.type), true)
    const value = declareValue(f, itemTypeOf(values.type), true)
    const entry = entryType(call.type as MapType)
    forEachIndex(context, keys.locals[1]!, (index) => {
      loadItem(context, keys, index, key)
      loadItem(context, values, index, value)
      storeItem(context, map, index, packStruct(context, entry, [key, value]))
    })
    checkMapKeys(context, map, call.span)
    return map
  },
}

const fromEntries: EagerFunction = {
  ...strictMap,
  name: 'map_from_entries',
  summary: 'A map of a list of structs of a key and a value.',
  example: "map_from_entries([{'k': 'a', 'v': 1}])",
  resolve(args) {
    const [list] = args
    if (args.length !== 1 || list!.kind !== 'list' || list.item.kind !== 'struct') return null
    const [key, value, ...rest] = list.item.fields
    if (key === undefined || value === undefined || rest.length > 0) return null
    const type: DataType = { kind: 'map', key: key.type, value: value.type }
    // without names, so that any names of the entries will do
    const entry = structOf(entryType(type).fields.map((field) => ({ name: '', type: field.type })))
    return { argTypes: [listOf(entry)], type }
  },
  lower(context, args, call) {
    const map: Value = { ...args[0]!, type: call.type }
    checkMapKeys(context, map, call.span)
    return map
  },
}

const entries: EagerFunction = {
  ...strictMap,
  name: 'map_entries',
  summary: 'The entries of a map, as a list of structs.',
  example: "map_entries(map {'a': 1})",
  resolve: ([map, ...rest]) =>
    rest.length === 0 && map?.kind === 'map' ? { argTypes: [map], type: listOf(entryType(map)) } : null,
  lower: (_context, args, call) => ({ ...args[0]!, type: call.type }),
}

function parts(name: string, summary: string, example: string, field: 0 | 1): EagerFunction {
  return {
    ...strictMap,
    name,
    summary,
    example,
    resolve: ([map, ...rest]) =>
      rest.length === 0 && map?.kind === 'map'
        ? { argTypes: [map], type: listOf(field === 0 ? map.key : map.value) }
        : null,
    lower(context, args, call) {
      const [map] = args as [Value]
      const list = allocateList(context, call.type, map.locals[1]!)
      forEachItem(context, map, (entry, index) =>
        storeItem(context, list, index, loadField(context, entry, field)),
      )
      return list
    },
  }
}

/** Emits the search for a key: `value` is that of the entry, NULL when there is none. Returns whether there is one. */
function find(context: CodeContext, map: Value, wanted: Value, value: Value): Local {
  const { f } = context
  const found = f.local('i32')
  f.i32(0)
  f.set(found)
  f.i32(0)
  f.set(value.valid!)
  const search = (): void =>
    forEachItem(context, { ...map, valid: null }, (entry, _index, done) => {
      const key = loadField(context, { ...entry, valid: null }, 0)
      emitEquals(context, { ...key, valid: null }, { ...wanted, valid: null })
      f.if(() => {
        copyValue(f, loadField(context, { ...entry, valid: null }, 1), value)
        f.i32(1)
        f.set(found)
        f.br(done)
      })
    })
  pushValid(f, map)
  pushValid(f, wanted)
  f.op('i32.and')
  f.if(search)
  return found
}

function lookup(args: readonly DataType[]): { map: MapType; argTypes: DataType[] } | null {
  const [map, key] = args
  if (args.length !== 2 || map?.kind !== 'map') return null
  const common = map.key.kind === 'null' ? key! : commonType(map.key, key!)
  if (common === null) return null
  const type: MapType = { kind: 'map', key: common, value: map.value }
  return { map: type, argTypes: [type, common] }
}

const extractValue: EagerFunction = {
  category: 'map',
  name: 'map_extract_value',
  summary: 'The value of a key; NULL when the map has no such key.',
  example: "map_extract_value(map {'a': 1}, 'a')",
  nulls: 'own',
  nullable: () => true,
  resolve(args) {
    const found = lookup(args)
    return found && { argTypes: found.argTypes, type: found.map.value }
  },
  lower(context, args, call) {
    const result = declareValue(context.f, call.type, true)
    find(context, args[0]!, args[1]!, result)
    return result
  },
}

const extract: EagerFunction = {
  category: 'map',
  name: 'map_extract',
  aliases: ['element_at'],
  summary: 'The value of a key in a list, which is empty when the map has no such key.',
  example: "map_extract(map {'a': 1}, 'a')",
  nulls: 'own',
  nullable: ([map]) => map === true,
  resolve(args) {
    const found = lookup(args)
    return found && { argTypes: found.argTypes, type: listOf(found.map.value) }
  },
  lower(context, args, call) {
    const { f } = context
    const map = args[0]!
    const value = declareValue(f, itemTypeOf(call.type), true)
    const found = find(context, map, args[1]!, value)
    const list = allocateList(context, call.type, found)
    f.get(found)
    f.if(() => {
      f.i32(0)
      storeItem(context, list, f.keep('i32'), value)
    })
    return { ...list, valid: map.valid }
  },
}

const contains: EagerFunction = {
  ...strictMap,
  name: 'map_contains',
  summary: 'Whether the map has the key.',
  example: "map_contains(map {'a': 1}, 'a')",
  resolve(args) {
    const found = lookup(args)
    return found && { argTypes: found.argTypes, type: types.bool }
  },
  lower(context, args) {
    const value = declareValue(context.f, (args[0]!.type as MapType).value, true)
    const found = find(context, args[0]!, args[1]!, value)
    return { type: types.bool, physical: 'bool', locals: [found], valid: null }
  },
}

/** The entries of the first whose keys the second has not, then the second's. */
const concat: EagerFunction = {
  ...strictMap,
  name: 'map_concat',
  summary: 'The entries of two maps in one; where both have a key, the value of the second counts.',
  example: "map_concat(map {'a': 1, 'b': 2}, map {'b': 3})",
  resolve(args) {
    const [a, b] = args
    const common = args.length === 2 ? commonType(a!, b!) : null
    return common?.kind === 'map' ? { argTypes: [common, common], type: common } : null
  },
  lower(context, args, call) {
    const { f } = context
    const [a, b] = args as [Value, Value]
    const value = declareValue(f, (call.type as MapType).value, true)
    const kept = emitKernelCall(context, {
      kernel: 'list_concat',
      args: [a, b],
      constants: [8],
      type: call.type,
    })
    const count = f.local('i32')
    f.i32(0)
    f.set(count)
    const entry = declareValue(f, itemTypeOf(call.type), true)
    const places = f.local('i32')
    f.get(context.thread)
    f.get(kept.locals[1]!)
    f.i32(4)
    f.op('i32.mul')
    f.call(context.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
    f.set(places)
    const place = (index: Local): void => {
      f.get(places)
      f.get(index)
      f.i32(2)
      f.op('i32.shl')
      f.op('i32.add')
    }
    // an entry of the first takes the place of its key, with the value that the second has
    forEachIndex(context, kept.locals[1]!, (index) => {
      loadItem(context, kept, index, entry)
      const key = loadField(context, { ...entry, valid: null }, 0)
      const isAgain = f.local('i32')
      f.i32(0)
      f.set(isAgain)
      f.get(index)
      f.get(a.locals[1]!)
      f.op('i32.ge_u')
      f.if(() => {
        f.get(find(context, a, { ...key, valid: null }, value))
        f.set(isAgain)
      })
      place(count)
      f.get(index)
      f.memory('i32.store')
      f.get(count)
      f.get(isAgain)
      f.op('i32.eqz')
      f.op('i32.add')
      f.set(count)
    })
    const result = allocateList(context, call.type, count)
    forEachIndex(context, count, (index) => {
      place(index)
      f.memory('i32.load')
      loadItem(context, kept, f.keep('i32'), entry)
      const key = loadField(context, { ...entry, valid: null }, 0)
      const own = loadField(context, { ...entry, valid: null }, 1)
      const found = find(context, b, { ...key, valid: null }, value)
      f.get(found)
      f.op('i32.eqz')
      f.if(() => copyValue(f, own, value))
      storeItem(context, result, index, packStruct(context, itemTypeOf(call.type), [key, value]))
    })
    return result
  },
}

const size: EagerFunction = {
  ...strictMap,
  name: 'cardinality',
  summary: 'Number of entries of a map, or of items of a list.',
  example: "cardinality(map {'a': 1})",
  resolve: ([map, ...rest]) =>
    rest.length === 0 && (map?.kind === 'map' || map?.kind === 'list')
      ? { argTypes: [map], type: map.kind === 'map' ? types.uint64 : types.int64 }
      : null,
  lower(context, args, call) {
    const { f } = context
    const result = declareValue(f, call.type, false)
    f.get(args[0]!.locals[1]!)
    f.op('i64.extend_i32_u')
    f.set(result.locals[0]!)
    return result
  },
}

export const mapFunctions: readonly ScalarFunction[] = [
  makeMap,
  fromEntries,
  entries,
  parts('map_keys', 'The keys of a map.', "map_keys(map {'a': 1})", 0),
  parts('map_values', 'The values of a map.', "map_values(map {'a': 1})", 1),
  extractValue,
  extract,
  contains,
  concat,
  size,
]
