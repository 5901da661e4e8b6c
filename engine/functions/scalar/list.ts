import { listOf, physicalType, physicalWidth, types, type DataType } from '../../arrow/types.ts'
import { emitEquals } from '../../codegen/compare.ts'
import { emitKernelCall, type KernelFailure } from '../../codegen/kernel-call.ts'
import { declareValue, loadValue, pushValid, storeValue, type Value } from '../../codegen/value.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonType, commonTypeOf } from '../scalar-types.ts'
import { kernelFunction, type KernelOverload } from './kernel-function.ts'

const { int64, bool } = types
const int64List = listOf(int64)

const rangeFailures: KernelFailure[] = [
  { code: 'invalid_argument', message: 'The step of a range must not be zero' },
  { code: 'out_of_memory', message: 'The range has too many items for the heap' },
]

function range(
  name: string,
  summary: string,
  example: string,
  inclusive: 0 | 1,
  aliases: readonly string[] = [],
): EagerFunction {
  const constants = [inclusive]
  const overloads: KernelOverload[] = [
    { args: [int64], type: int64List, kernel: 'int_range_to', constants },
    { args: [int64, int64], type: int64List, kernel: 'int_range_between', constants },
    { args: [int64, int64, int64], type: int64List, kernel: 'int_range', constants },
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

function itemWidth(type: DataType): number {
  return physicalWidth(physicalType(type))
}

/** `items` bytes rounded up to a multiple of 8 are not needed: validity bytes may start anywhere. */
const listValue: EagerFunction = {
  name: 'list_value',
  aliases: ['list_pack', 'array_value'],
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
    const result = declareValue(f, call.type, false)
    const [pointer, count] = result.locals as [Local, Local]
    const width = itemWidth(itemType(call.type)!)
    f.get(context.thread)
    f.i32(args.length * (width + 1))
    f.call(context.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
    f.set(pointer)
    f.i32(args.length)
    f.set(count)
    args.forEach((arg, i) => {
      storeItem(context, arg, pointer, i * width)
      f.get(pointer)
      pushValid(f, arg)
      f.memory('i32.store8', args.length * width + i)
    })
    return result
  },
}

function storeItem(context: CodeContext, item: Value, pointer: Local, offset: number): void {
  const { f } = context
  if (item.valid === null) {
    storeValue(f, item, pointer, offset)
    return
  }
  f.get(item.valid)
  f.if(
    () => storeValue(f, item, pointer, offset),
    () => {
      // what lies under a NULL must still be readable
      f.get(pointer)
      f.i32(offset)
      f.op('i32.add')
      f.i32(0)
      f.i32(physicalWidth(item.physical))
      f.memoryFill()
    },
  )
}

const listLength: EagerFunction = {
  name: 'len',
  aliases: ['array_length', 'list_length', 'cardinality'],
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

/** Loads the item at `index` (an i32 within the list) and its validity. */
function loadItem(context: CodeContext, list: Value, index: Local, item: Value): void {
  const { f } = context
  const [pointer, count] = list.locals as [Local, Local]
  const width = physicalWidth(item.physical)
  f.get(pointer)
  f.get(index)
  f.i32(width)
  f.op('i32.mul')
  f.op('i32.add')
  const address = f.keep('i32')
  loadValue(f, item, address, 0)
  f.get(pointer)
  f.get(count)
  f.i32(width)
  f.op('i32.mul')
  f.op('i32.add')
  f.get(index)
  f.op('i32.add')
  f.memory('i32.load8_u')
  f.set(item.valid!)
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
    const item = declareValue(f, value.type, true)
    const index = f.local('i32')
    f.i32(0)
    f.set(index)
    f.i32(0)
    f.set(result.locals[0]!)
    f.block((done) => {
      f.loop((again) => {
        f.get(index)
        f.get(list.locals[1]!)
        f.op('i32.ge_u')
        f.brIf(done)
        loadItem(context, list, index, item)
        f.get(item.valid!)
        f.if(() => {
          emitEquals(context, { ...item, valid: null }, value)
          f.tee(result.locals[0]!)
          f.brIf(done)
        })
        f.get(index)
        f.i32(1)
        f.op('i32.add')
        f.set(index)
        f.br(again)
      })
    })
    return result
  },
}

export const listFunctions: readonly ScalarFunction[] = [
  range(
    'range',
    'Whole numbers from the first (or 0) up to but without the second, by a step.',
    'range(0, 10, 3)',
    0,
  ),
  range(
    'generate_series',
    'Whole numbers from the first (or 0) up to and with the second, by a step.',
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
