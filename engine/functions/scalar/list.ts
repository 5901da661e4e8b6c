import { listOf, types, type DataType } from '../../arrow/types.ts'
import { emitEquals } from '../../codegen/compare.ts'
import { emitKernelCall, type KernelFailure } from '../../codegen/kernel-call.ts'
import { allocateList, forEachItem, loadItem, storeItem } from '../../codegen/list-loop.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonType, commonTypeOf } from '../scalar-types.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'

const { int64, bool, timestamp, interval } = types
const zoned: DataType = { kind: 'timestamp', zone: 'UTC' }
const int64List = listOf(int64)

const rangeFailures: KernelFailure[] = [
  { code: 'invalid_argument', message: 'The step of a range must move, and in one direction' },
  { code: 'out_of_memory', message: 'The range has too many items for the heap' },
  { code: 'invalid_argument', message: 'A range has no infinite ends' },
]

function range(
  name: string,
  summary: string,
  example: string,
  inclusive: 0 | 1,
  aliases: readonly string[] = [],
): EagerFunction {
  const constants = [inclusive]
  const instants = [timestamp, zoned].map((type) => ({
    args: [type, type, interval],
    type: listOf(type),
    kernel: 'timestamp_range',
    constants,
  }))
  const overloads: KernelOverload[] = [
    { args: [int64], type: int64List, kernel: 'int_range_to', constants },
    { args: [int64, int64], type: int64List, kernel: 'int_range_between', constants },
    { args: [int64, int64, int64], type: int64List, kernel: 'int_range', constants },
    ...instants,
  ]
  return kernelFunction({
    name,
    aliases,
    category: 'list',
    summary,
    example,
    overloads,
    failures: rangeFailures,
  })
}

function itemType(type: DataType | undefined): DataType | null {
  return type?.kind === 'list' ? type.item : null
}

const listValue: EagerFunction = {
  name: 'list_value',
  aliases: ['list_pack', 'array_value', 'make_array', 'unpivot_list'],
  category: 'list',
  summary: 'A list of the values.',
  example: 'list_value(1, 2, 3)',
  nulls: 'own',
  nullable: () => false,
  resolve(args) {
    const item = args.length === 0 ? types.null : commonTypeOf(args)
    return item === null ? null : { argTypes: args.map(() => item), type: listOf(item) }
  },
  lower(context, args, call) {
    const { f } = context
    const index = f.local('i32')
    f.i32(args.length)
    const result = allocateList(context, call.type, f.keep('i32'))
    args.forEach((arg, i) => {
      f.i32(i)
      f.set(index)
      storeItem(context, result, index, arg)
    })
    return result
  },
}

const listLength: EagerFunction = {
  name: 'len',
  aliases: ['array_length', 'list_length'],
  category: 'list',
  summary: 'Number of items of a list, or of characters of a text.',
  example: 'len([1, 2, 3])',
  nulls: 'strict',
  guarded: true,
  resolve(args) {
    const [type] = args
    if (args.length !== 1) return null
    return type!.kind === 'list' || type!.kind === 'utf8' ? { argTypes: args, type: int64 } : null
  },
  lower(context, args) {
    const { f } = context
    const value = args[0]!
    if (value.type.kind === 'utf8')
      return emitKernelCall(context, { kernel: 'string_length', args, type: int64 })
    const result = declareValue(f, int64, false)
    f.get(value.locals[1]!)
    f.op('i64.extend_i32_u')
    f.set(result.locals[0]!)
    return result
  },
}

/** `base` 1: SQL, counted from 1; 0: Polars, counted from 0. Negative positions count from the end in both. */
function element(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  base: 0 | 1,
): EagerFunction {
  return {
    name,
    aliases,
    category: 'list',
    summary,
    example,
    nulls: 'strict',
    guarded: true,
    nullable: true,
    resolve(args) {
      const item = itemType(args[0])
      return item === null || args.length !== 2 ? null : { argTypes: [args[0]!, int64], type: item }
    },
    lower(context, args, call) {
      const { f } = context
      const [list, position] = args as [Value, Value]
      const result = declareValue(f, call.type, true)
      const [, count] = list.locals as [Local, Local]
      const at = f.local('i64')
      f.get(position.locals[0]!)
      f.i64(BigInt(base))
      f.op('i64.sub')
      f.get(position.locals[0]!)
      f.get(count)
      f.op('i64.extend_i32_u')
      f.op('i64.add')
      f.get(position.locals[0]!)
      f.i64(0n)
      f.op('i64.ge_s')
      f.op('select')
      f.set(at)
      f.i32(0)
      f.set(result.valid!)
      f.get(at)
      f.get(count)
      f.op('i64.extend_i32_u')
      f.op('i64.lt_u')
      f.if(() => {
        f.get(at)
        f.op('i32.wrap_i64')
        loadItem(context, list, f.keep('i32'), result)
      })
      return result
    },
  }
}

const listContains: EagerFunction = {
  name: 'list_contains',
  aliases: ['array_contains', 'list_has', 'array_has'],
  category: 'list',
  summary: 'Whether the value is an item of the list.',
  example: 'list_contains([1, 2, 3], 2)',
  nulls: 'strict',
  guarded: true,
  resolve(args) {
    const item = itemType(args[0])
    if (item === null || args.length !== 2) return null
    const common = commonType(item, args[1]!)
    return common === null ? null : { argTypes: [listOf(common), common], type: bool }
  },
  lower(context, args) {
    const { f } = context
    const [list, value] = args as [Value, Value]
    const result = declareValue(f, bool, false)
    f.i32(0)
    f.set(result.locals[0]!)
    forEachItem(context, list, (item, _index, done) => {
      f.get(item.valid!)
      f.if(() => {
        emitEquals(context, { ...item, valid: null }, value)
        f.tee(result.locals[0]!)
        f.brIf(done)
      })
    })
    return result
  },
}

/** The first or last item. */
function atEnd(
  name: string,
  alias: string,
  summary: string,
  example: string,
  position: bigint,
): EagerFunction {
  const get = element(name, [alias], summary, example, 1)
  return {
    ...get,
    resolve: (args) =>
      args.length === 1
        ? get.resolve([args[0]!, int64]) && { argTypes: args, type: itemType(args[0])! }
        : null,
    lower(context, args, call) {
      const at = declareValue(context.f, int64, false)
      context.f.i64(position)
      context.f.set(at.locals[0]!)
      return get.lower(context, [args[0]!, at], call)
    },
  }
}

export const listFunctions: readonly ScalarFunction[] = [
  atEnd('list_first', 'array_first', 'The first item.', 'list_first([4, 5, 6])', 1n),
  atEnd('list_last', 'array_last', 'The last item.', 'list_last([4, 5, 6])', -1n),
  range(
    'range',
    'Whole numbers (or timestamps) from the first (or 0) up to but without the second, by a step.',
    'range(0, 10, 3)',
    0,
  ),
  range(
    'generate_series',
    'Whole numbers (or timestamps) from the first (or 0) up to and with the second, by a step.',
    'generate_series(0, 10, 5)',
    1,
  ),
  range(
    'int_ranges',
    'Whole numbers from the first up to but without the second, by a step.',
    'int_ranges(1, 4)',
    0,
    ['int_range'],
  ),
  listValue,
  listLength,
  element(
    'list_extract',
    ['array_extract', 'list_element', '[]'],
    'The item at a position, 1 being the first and -1 the last; NULL beyond.',
    'list_extract([4, 5, 6], 2)',
    1,
  ),
  element(
    'list_get',
    [],
    'The item at an offset, 0 being the first and -1 the last; NULL beyond.',
    'list_get([4, 5, 6], 0)',
    0,
  ),
  listContains,
]
