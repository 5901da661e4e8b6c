import { decimal, isFloat, isInteger, isNumeric, listOf, types, type DataType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import { emitCast } from '../../codegen/cast.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitCompare, emitNullSafeEquals } from '../../codegen/compare.ts'
import { forEachItem, itemTypeOf } from '../../codegen/list-loop.ts'
import { copyValue, declareValue, type Value } from '../../codegen/value.ts'
import type { CallExpression } from '../../plan/plan.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonType } from '../scalar-types.ts'
import { emitChecked } from './checked-arithmetic.ts'

const strictList = { category: 'list', nulls: 'strict', guarded: true } as const

/** A function of one list to one value. */
function reduction(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  typeOf: (item: DataType) => DataType | null,
  lower: (context: CodeContext, list: Value, result: Value, call: CallExpression) => void,
  nullable = true,
): EagerFunction {
  return {
    ...strictList,
    name,
    aliases,
    summary,
    example,
    nullable,
    resolve(args) {
      const [list] = args
      const type = args.length === 1 && list!.kind === 'list' ? typeOf(list.item) : null
      return type === null ? null : { argTypes: args, type }
    },
    lower(context, args, call) {
      const result = declareValue(context.f, call.type, nullable)
      if (result.valid !== null) setConstant(context, result.valid, 0)
      lower(context, args[0]!, result, call)
      return result
    },
  }
}

function setConstant(context: CodeContext, local: Local, value: number): void {
  const { f } = context
  if (local.type === 'i32') f.i32(value)
  else if (local.type === 'i64') f.i64(BigInt(value))
  else f[local.type](value)
  f.set(local)
}

function increment(context: CodeContext, counter: Local): void {
  const { f } = context
  f.get(counter)
  f.i64(1n)
  f.op('i64.add')
  f.set(counter)
}

function ifValid(context: CodeContext, item: Value, body: (item: Value) => void): void {
  context.f.get(item.valid!)
  context.f.if(() => body({ ...item, valid: null }))
}

function sumType(item: DataType): DataType | null {
  if (isFloat(item)) return types.float64
  if (isInteger(item) || item.kind === 'bool' || item.kind === 'null') return types.hugeint
  return item.kind === 'decimal' ? decimal(38, item.scale) : null
}

function emitSum(
  context: CodeContext,
  list: Value,
  total: Value,
  call: CallExpression,
  count: Local | null,
): void {
  for (const local of total.locals) setConstant(context, local, 0)
  forEachItem(context, list, (item) => {
    ifValid(context, item, (valid) => {
      const wide = emitCast(context, valid, total.type, { try: false, span: call.span })
      copyValue(
        context.f,
        emitChecked(context, 'add', { ...total, valid: null }, wide, total.type, call.span),
        total,
      )
      if (count !== null) increment(context, count)
    })
  })
}

function extremeItem(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  keep: 'lt' | 'gt',
): EagerFunction {
  return reduction(
    name,
    aliases,
    summary,
    example,
    (item) => item,
    (context, list, result) => {
      emitExtreme(context, list, result, keep, null)
    },
  )
}

/** Keeps the first least (or greatest) item in `best`, and its place. */
function emitExtreme(
  context: CodeContext,
  list: Value,
  best: Value,
  keep: 'lt' | 'gt',
  place: Local | null,
): void {
  const { f } = context
  forEachItem(context, list, (item, index) => {
    ifValid(context, item, (valid) => {
      f.block((skip) => {
        f.get(best.valid!)
        f.if(() => {
          emitCompare(context, valid, { ...best, valid: null }, { descending: false, nullsFirst: false })
          f.i32(0)
          f.op(keep === 'lt' ? 'i32.ge_s' : 'i32.le_s')
          f.brIf(skip)
        })
        copyValue(f, valid, best)
        if (place !== null) {
          f.get(index)
          f.op('i64.extend_i32_u')
          f.set(place)
        }
      })
    })
  })
}

function extremePlace(name: string, summary: string, example: string, keep: 'lt' | 'gt'): EagerFunction {
  return reduction(
    name,
    [],
    summary,
    example,
    () => types.int64,
    (context, list, result) => {
      const best = declareValue(context.f, itemTypeOf(list.type), true)
      setConstant(context, best.valid!, 0)
      setConstant(context, result.locals[0]!, 0)
      emitExtreme(context, list, best, keep, result.locals[0]!)
      context.f.get(best.valid!)
      context.f.set(result.valid!)
    },
  )
}

const listSum = reduction(
  'list_sum',
  ['array_sum'],
  'The sum of the items that are not NULL; NULL when there is none.',
  'list_sum([1, 2, 3])',
  sumType,
  (context, list, result, call) => {
    const count = context.f.local('i64')
    setConstant(context, count, 0)
    emitSum(context, list, result, call, count)
    context.f.get(count)
    context.f.i64(0n)
    context.f.op('i64.ne')
    context.f.set(result.valid!)
  },
)

const listAverage = reduction(
  'list_avg',
  ['list_mean', 'array_avg'],
  'The mean of the items that are not NULL; NULL when there is none.',
  'list_avg([1, 2, 4])',
  (item) => (isNumeric(item) ? types.float64 : null),
  (context, list, result, call) => {
    const { f } = context
    const count = f.local('i64')
    setConstant(context, count, 0)
    emitSum(context, list, result, call, count)
    f.get(count)
    f.i64(0n)
    f.op('i64.ne')
    f.set(result.valid!)
    f.get(result.locals[0]!)
    f.get(count)
    f.op('f64.convert_i64_s')
    f.op('f64.div')
    f.set(result.locals[0]!)
  },
)

const listCount = reduction(
  'list_count',
  [],
  'Number of items that are not NULL.',
  'list_count([1, NULL, 3])',
  () => types.int64,
  (context, list, result) => {
    setConstant(context, result.locals[0]!, 0)
    forEachItem(context, list, (item) => ifValid(context, item, () => increment(context, result.locals[0]!)))
  },
  false,
)

const listPosition: EagerFunction = {
  name: 'list_position',
  aliases: ['array_position', 'list_indexof', 'array_indexof'],
  category: 'list',
  summary: 'Where the value first is in the list, 1 being the first place; NULL when nowhere.',
  example: 'list_position([4, 5, 6], 5)',
  nulls: 'own',
  nullable: () => true,
  resolve(args) {
    const [list, value] = args
    if (args.length !== 2 || list!.kind !== 'list') return null
    const common = commonType(list.item, value!)
    return common === null ? null : { argTypes: [listOf(common), common], type: types.int32 }
  },
  lower(context, args) {
    const { f } = context
    const [list, value] = args as [Value, Value]
    const result = declareValue(f, types.int32, true)
    setConstant(context, result.valid!, 0)
    const search = () => {
      forEachItem(context, { ...list, valid: null }, (item, index, done) => {
        f.get(index)
        f.i32(1)
        f.op('i32.add')
        f.set(result.locals[0]!)
        emitNullSafeEquals(context, item, value)
        f.tee(result.valid!)
        f.brIf(done)
      })
    }
    if (list.valid === null) search()
    else {
      f.get(list.valid)
      f.if(search)
    }
    return result
  },
}

/** Whether some (or every) item of the second list that is not NULL is one of the first. */
function membership(
  name: string,
  aliases: readonly string[],
  summary: string,
  example: string,
  every: boolean,
): EagerFunction {
  return {
    ...strictList,
    name,
    aliases,
    summary,
    example,
    resolve(args) {
      const [a, b] = args
      const common = args.length === 2 ? commonType(a!, b!) : null
      return common?.kind === 'list' ? { argTypes: [common, common], type: types.bool } : null
    },
    lower(context, args) {
      const { f } = context
      const [list, wanted] = args as [Value, Value]
      const result = declareValue(f, types.bool, false)
      const found = f.local('i32')
      setConstant(context, result.locals[0]!, every ? 1 : 0)
      forEachItem(context, wanted, (item, _index, done) => {
        ifValid(context, item, (value) => {
          setConstant(context, found, 0)
          forEachItem(context, list, (candidate, _at, stop) => {
            emitNullSafeEquals(context, candidate, value)
            f.tee(found)
            f.brIf(stop)
          })
          f.get(found)
          if (every) f.op('i32.eqz')
          f.if(() => {
            setConstant(context, result.locals[0]!, every ? 0 : 1)
            f.br(done)
          })
        })
      })
      return result
    },
  }
}

export const listValueFunctions: readonly ScalarFunction[] = [
  listSum,
  listAverage,
  extremeItem('list_min', ['array_min'], 'The least item.', 'list_min([3, 1, 2])', 'lt'),
  extremeItem('list_max', ['array_max'], 'The greatest item.', 'list_max([3, 1, 2])', 'gt'),
  extremePlace(
    'list_arg_min',
    'Offset of the least item, 0 being the first.',
    'list_arg_min([3, 1, 2])',
    'lt',
  ),
  extremePlace(
    'list_arg_max',
    'Offset of the greatest item, 0 being the first.',
    'list_arg_max([3, 1, 2])',
    'gt',
  ),
  listCount,
  listPosition,
  membership(
    'list_has_any',
    ['array_has_any', '&&'],
    'Whether the lists have an item in common.',
    'list_has_any([1, 2], [2, 3])',
    false,
  ),
  membership(
    'list_has_all',
    ['array_has_all', '@>'],
    'Whether the first list has every item of the second.',
    'list_has_all([1, 2, 3], [2, 3])',
    true,
  ),
]
