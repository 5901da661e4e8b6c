import { isNested, itemPhysical, listOf, types, type DataType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitNullSafeEquals } from '../../codegen/compare.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { pushWord, sortedPlaces } from '../../codegen/list-sort.ts'
import { viewItem } from '../../codegen/nested-value.ts'
import {
  allocateList,
  forEachIndex,
  forEachItem,
  itemTypeOf,
  itemWidth,
  storeItem,
} from '../../codegen/list-loop.ts'
import { emitKeyPrefix } from '../../codegen/normalized-key.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import { LakebookError } from '../../errors.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction, Signature } from '../scalar-function.ts'
import { commonType } from '../scalar-types.ts'

const strictList = { category: 'list', nulls: 'strict', guarded: true } as const

/** One kernel call that takes the list, further arguments, and the width of an item. */
function reshaped(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  kernel: string,
  resolve: (list: DataType & { kind: 'list' }, rest: readonly DataType[]) => Signature | null,
): EagerFunction {
  return {
    ...strictList,
    name,
    aliases,
    summary,
    example,
    resolve: ([list, ...rest]) => (list?.kind === 'list' ? resolve(list, rest) : null),
    lower: (context, args, call) =>
      emitKernelCall(context, { kernel, args, constants: [itemWidth(call.type)], type: call.type }),
  }
}

function withPositions(count: number) {
  return (list: DataType, rest: readonly DataType[]): Signature | null =>
    rest.length === count ? { argTypes: [list, ...rest.map(() => types.int64)], type: list } : null
}

const sliceByOffset: EagerFunction = {
  ...strictList,
  name: 'list_slice_by_offset',
  summary: 'Items from an offset on (0 is the first, negative counts from the end), at most so many.',
  example: 'list_slice_by_offset([4, 5, 6], 1, 2)',
  resolve([list, ...rest]) {
    if (list?.kind !== 'list' || rest.length < 1 || rest.length > 2) return null
    return { argTypes: [list, ...rest.map(() => types.int64)], type: list }
  },
  lower: (context, args, call) =>
    emitKernelCall(context, {
      kernel: args.length === 3 ? 'list_slice_by_offset' : 'list_slice_from',
      args,
      constants: [itemWidth(call.type)],
      type: call.type,
    }),
}

/** A NULL list counts as an empty one. */
function emptyIfNull(context: CodeContext, list: Value): Value {
  if (list.valid === null) return list
  const { f } = context
  const result = declareValue(f, list.type, false)
  const [pointer, count] = result.locals as [Local, Local]
  f.i32(0)
  f.set(pointer)
  f.i32(0)
  f.set(count)
  f.get(list.valid)
  f.if(() => copyValue(f, { ...list, valid: null }, result))
  return result
}

function concatLists(context: CodeContext, lists: readonly Value[], type: DataType): Value {
  const [first, ...rest] = lists.map((list) => emptyIfNull(context, list))
  const constants = [itemWidth(type)]
  return rest.reduce(
    (joined, list) =>
      emitKernelCall(context, { kernel: 'list_concat', args: [joined, list], constants, type }),
    first!,
  )
}

const listConcat: EagerFunction = {
  name: 'list_concat',
  aliases: ['list_cat', 'array_concat', 'array_cat'],
  category: 'list',
  summary: 'The items of all lists, one list after the other; NULL lists have none.',
  example: 'list_concat([1, 2], [3])',
  nulls: 'own',
  nullable: () => false,
  resolve(args) {
    let common: DataType | null = args[0] ?? null
    for (const type of args.slice(1)) common = common === null ? null : commonType(common, type)
    return common?.kind === 'list' ? { argTypes: args.map(() => common), type: common } : null
  },
  lower: (context, args, call) => concatLists(context, args, call.type),
}

/** A list and one more item, at its end or its start. */
function extended(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  listFirst: boolean,
): EagerFunction {
  return {
    name,
    aliases,
    category: 'list',
    summary,
    example,
    nulls: 'own',
    nullable: () => false,
    resolve(args) {
      if (args.length !== 2) return null
      const [list, item] = listFirst ? args : args.toReversed()
      const common =
        list!.kind === 'list' ? commonType(list.item, item!) : list!.kind === 'null' ? item! : null
      if (common === null) return null
      const argTypes = [listOf(common), common]
      return { argTypes: listFirst ? argTypes : argTypes.toReversed(), type: listOf(common) }
    },
    lower(context, args, call) {
      const { f } = context
      const [list, item] = (listFirst ? args : args.toReversed()) as [Value, Value]
      f.i32(1)
      const single = allocateList(context, call.type, f.keep('i32'))
      const first = f.local('i32')
      f.i32(0)
      f.set(first)
      storeItem(context, single, first, item)
      return concatLists(context, listFirst ? [list, single] : [single, list], call.type)
    },
  }
}

/** The entries that `kernels/assembly/list-order.ts` orders: one for each item. */
function emitEntries(context: CodeContext, list: Value, descending: boolean, nullsFirst: boolean): Local {
  const { f } = context
  f.get(context.thread)
  f.get(list.locals[1]!)
  f.i32(16)
  f.op('i32.mul')
  f.call(context.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
  const entries = f.keep('i32')
  forEachItem(context, list, (value, index) => {
    f.get(entries)
    f.get(index)
    f.i32(16)
    f.op('i32.mul')
    f.op('i32.add')
    const entry = f.keep('i32')
    f.get(entry)
    f.get(value.valid!)
    f.if(
      () => emitKeyPrefix(context, [{ value: { ...value, valid: null }, descending, nullsFirst }]),
      () => f.i64(0n),
      'i64',
    )
    f.memory('i64.store')
    f.get(entry)
    f.get(index)
    f.memory('i32.store', 8)
    f.get(entry)
    f.get(value.valid!)
    if (!nullsFirst) f.op('i32.eqz')
    f.memory('i32.store', 12)
  })
  return entries
}

function ordered(
  context: CodeContext,
  kernel: string,
  list: Value,
  entries: Local,
  flag: boolean,
  type: DataType,
): Value {
  const entriesValue: Value = { type: types.uint32, physical: 'u32', locals: [entries], valid: null }
  const item = itemTypeOf(type)
  const isText = item.kind === 'utf8' || item.kind === 'binary'
  const constants = [itemWidth(type), isText ? 1 : 0, flag ? 1 : 0]
  return emitKernelCall(context, { kernel, args: [entriesValue, list], constants, type })
}

/** No prefix of 64 bits decides about such items, nor is a text what decides the rest. */
function needsComparison(list: DataType): boolean {
  const item = itemTypeOf(list)
  return isNested(item) || item.kind === 'interval' || (item.kind === 'decimal' && item.precision > 18)
}

function gathered(context: CodeContext, list: Value, places: Local, count: Local, type: DataType): Value {
  const chosen: Value = { type: types.binary, physical: 'bytes', locals: [places, count], valid: null }
  return emitKernelCall(context, {
    kernel: 'list_gather',
    args: [list, chosen],
    constants: [itemWidth(list.type)],
    type,
  })
}

/** Every item once, where it first is: of equal items the sort leaves the first first. */
function distinctByComparison(context: CodeContext, list: Value, dropNulls: boolean, type: DataType): Value {
  const { f } = context
  const places = sortedPlaces(context, list, { descending: false, nullsFirst: false })
  const total = list.locals[1]!
  f.get(context.thread)
  f.get(total)
  f.call(context.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
  const kept = f.keep('i32')
  f.get(kept)
  f.i32(0)
  f.get(total)
  f.memoryFill()
  const isAny = f.local('i32')
  f.i32(0)
  f.set(isAny)
  const last = f.local('i32')
  forEachIndex(context, total, (index) => {
    pushWord(context, places, index)
    f.memory('i32.load')
    const place = f.keep('i32')
    const item = viewItem(context, list, place)
    f.block((skip) => {
      if (dropNulls) {
        f.get(item.valid!)
        f.op('i32.eqz')
        f.brIf(skip)
      }
      f.get(isAny)
      f.if(() => {
        emitNullSafeEquals(context, viewItem(context, list, last), item)
        f.brIf(skip)
      })
      f.get(kept)
      f.get(place)
      f.op('i32.add')
      f.i32(1)
      f.memory('i32.store8')
      f.get(place)
      f.set(last)
      f.i32(1)
      f.set(isAny)
    })
  })
  const count = f.local('i32')
  f.i32(0)
  f.set(count)
  forEachIndex(context, total, (index) => {
    pushWord(context, places, count)
    f.get(index)
    f.memory('i32.store')
    f.get(count)
    f.get(kept)
    f.get(index)
    f.op('i32.add')
    f.memory('i32.load8_u')
    f.op('i32.add')
    f.set(count)
  })
  return gathered(context, list, places, count, type)
}

function sorted(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  reversed: boolean,
): EagerFunction {
  return {
    ...strictList,
    name,
    aliases,
    summary,
    example,
    resolve: ([list, ...rest]) =>
      list?.kind === 'list' && rest.length <= 2 && rest.every((type) => type.kind === 'utf8')
        ? { argTypes: [list, ...rest], type: list }
        : null,
    lower(context, args, call) {
      const direction = sortOption(call, 1, ['ASC', 'DESC'])
      const nulls = sortOption(call, 2, ['NULLS LAST', 'NULLS FIRST'])
      const descending = (direction === 'DESC') !== reversed
      const nullsFirst = nulls === 'NULLS FIRST'
      if (needsComparison(args[0]!.type)) {
        const places = sortedPlaces(context, args[0]!, { descending, nullsFirst })
        return gathered(context, args[0]!, places, args[0]!.locals[1]!, call.type)
      }
      const entries = emitEntries(context, args[0]!, descending, nullsFirst)
      return ordered(context, 'list_sorted', args[0]!, entries, descending, call.type)
    },
  }
}

/** An argument that is one of a few words; the first when it is left out. */
export function sortOption(call: CallExpression, index: number, words: readonly string[]): string {
  const argument = call.args[index]
  if (argument === undefined) return words[0]!
  const word =
    argument.kind === 'literal' && typeof argument.value === 'string' ? argument.value.toUpperCase() : ''
  if (words.includes(word)) return word
  throw new LakebookError('invalid_argument', `${call.fn} takes ${words.join(' or ')} there`, {
    span: argument.span ?? call.span,
  })
}

function distinct(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  dropNulls: boolean,
): EagerFunction {
  return {
    ...strictList,
    name,
    aliases,
    summary,
    example,
    resolve: (args) =>
      args.length === 1 && args[0]!.kind === 'list' ? { argTypes: args, type: args[0] } : null,
    lower(context, args, call) {
      if (needsComparison(args[0]!.type)) return distinctByComparison(context, args[0]!, dropNulls, call.type)
      const entries = emitEntries(context, args[0]!, false, false)
      return ordered(context, 'list_distinct', args[0]!, entries, dropNulls, call.type)
    },
  }
}

const distinctItems = distinct(
  'list_distinct',
  ['array_distinct'],
  'Every item that is not NULL, once.',
  'list_distinct([1, 1, 2])',
  true,
)

const uniqueCount: EagerFunction = {
  ...strictList,
  name: 'list_unique',
  aliases: ['array_unique'],
  summary: 'Number of different items that are not NULL.',
  example: 'list_unique([1, 1, 2])',
  resolve: (args) =>
    args.length === 1 && args[0]!.kind === 'list' ? { argTypes: args, type: types.uint64 } : null,
  lower(context, args, call) {
    const { f } = context
    const items = distinctItems.lower(context, args, { ...call, type: args[0]!.type })
    const result = declareValue(f, types.uint64, false)
    f.get(items.locals[1]!)
    f.op('i64.extend_i32_u')
    f.set(result.locals[0]!)
    return result
  },
}

const joinTexts: EagerFunction = {
  ...strictList,
  name: 'array_to_string',
  aliases: ['list_to_string'],
  summary: 'The items as text, with the separator between them; NULLs are left out.',
  example: "array_to_string([1, 2, 3], '-')",
  resolve: (args) =>
    args.length === 2 && args[0]!.kind === 'list' && (args[1]!.kind === 'utf8' || args[1]!.kind === 'null')
      ? { argTypes: [listOf(types.utf8), types.utf8], type: types.utf8 }
      : null,
  lower: (context, args, call) => emitKernelCall(context, { kernel: 'list_join', args, type: call.type }),
}

const flatten: EagerFunction = {
  ...strictList,
  name: 'flatten',
  summary: 'The items of all lists in the list.',
  example: 'flatten([[1, 2], [3]])',
  resolve: ([list, ...rest]) =>
    rest.length === 0 && list?.kind === 'list' && list.item.kind === 'list'
      ? { argTypes: [list], type: listOf(list.item.item) }
      : rest.length === 0 && list?.kind === 'list' && list.item.kind === 'null'
        ? { argTypes: [listOf(list)], type: list }
        : null,
  lower: (context, args, call) =>
    emitKernelCall(context, {
      kernel: 'list_flatten',
      args,
      constants: [itemWidth(call.type), itemPhysical(itemTypeOf(call.type)) === 'bytes' ? 1 : 0],
      type: call.type,
    }),
}

export const listShapeFunctions: readonly ScalarFunction[] = [
  reshaped(
    'list_reverse',
    ['array_reverse'],
    'The items from last to first.',
    'list_reverse([1, 2, 3])',
    'list_reverse',
    withPositions(0),
  ),
  reshaped(
    'list_slice',
    ['array_slice'],
    'Items from one position to another, both included; 1 is the first, -1 the last.',
    'list_slice([4, 5, 6, 7], 2, 3)',
    'list_slice',
    withPositions(2),
  ),
  sliceByOffset,
  listConcat,
  extended(
    'list_append',
    ['array_append', 'array_push_back'],
    'The list and one more item.',
    'list_append([1, 2], 3)',
    true,
  ),
  extended(
    'list_prepend',
    ['array_prepend'],
    'One more item and the list.',
    'list_prepend(1, [2, 3])',
    false,
  ),
  sorted(
    'list_sort',
    ['array_sort'],
    'The items in order; then ASC or DESC, and NULLS FIRST or NULLS LAST (the default).',
    "list_sort([3, 1, 2], 'DESC')",
    false,
  ),
  sorted(
    'list_reverse_sort',
    ['array_reverse_sort'],
    'The items in descending order.',
    'list_reverse_sort([3, 1, 2])',
    true,
  ),
  distinctItems,
  distinct('list_unique_items', [], 'Every item once, NULL too.', 'list_unique_items([1, NULL, 1])', false),
  uniqueCount,
  flatten,
  joinTexts,
]
