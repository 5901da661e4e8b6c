import { listOf, types } from '../../arrow/types.ts'
import { emitNullSafeEquals } from '../../codegen/compare.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { allocateList, forEachIndex, itemWidth, loadItem, storeItem } from '../../codegen/list-loop.ts'
import { pushWord } from '../../codegen/list-sort.ts'
import { viewItem } from '../../codegen/nested-value.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { commonType } from '../scalar-types.ts'

const strictList = { category: 'list', nulls: 'strict', guarded: true } as const

const intersect: EagerFunction = {
  ...strictList,
  name: 'list_intersect',
  aliases: ['array_intersect'],
  summary: 'Every item that both lists have, once, in the order of the first.',
  example: 'list_intersect([1, 2, 3], [2, 3, 4])',
  resolve(args) {
    const common = args.length === 2 ? commonType(args[0]!, args[1]!) : null
    return common?.kind === 'list' ? { argTypes: [common, common], type: common } : null
  },
  lower(context, args, call) {
    const { f } = context
    const [a, b] = args as [Value, Value]
    f.get(context.thread)
    f.get(a.locals[1]!)
    f.op('i64.extend_i32_u')
    f.i64(2n)
    f.op('i64.shl')
    f.call(context.kernel('scratch_allocate_wide', { params: ['i32', 'i64'], results: ['i32'] }))
    const places = f.keep('i32')
    const count = f.local('i32')
    f.i32(0)
    f.set(count)
    forEachIndex(context, a.locals[1]!, (index) => {
      const item = viewItem(context, a, index)
      f.block((skip) => {
        f.get(item.valid!)
        f.op('i32.eqz')
        f.brIf(skip)
        forEachIndex(context, count, (before) => {
          pushWord(context, places, before)
          f.memory('i32.load')
          emitNullSafeEquals(context, viewItem(context, a, f.keep('i32')), item)
          f.brIf(skip)
        })
        forEachIndex(context, b.locals[1]!, (other, done) => {
          emitNullSafeEquals(context, viewItem(context, b, other), item)
          f.if(() => {
            pushWord(context, places, count)
            f.get(index)
            f.memory('i32.store')
            f.get(count)
            f.i32(1)
            f.op('i32.add')
            f.set(count)
            f.br(done)
          })
        })
      })
    })
    const chosen: Value = { type: types.binary, physical: 'bytes', locals: [places, count], valid: null }
    return emitKernelCall(context, {
      kernel: 'list_gather',
      args: [a, chosen],
      constants: [itemWidth(a.type)],
      type: call.type,
    })
  },
}

const repeated: EagerFunction = {
  ...strictList,
  name: 'list_repeat',
  summary: 'The items of a list, so many times over.',
  example: 'list_repeat([1, 2], 2)',
  resolve(args) {
    const [list] = args
    return args.length === 2 && list!.kind === 'list' ? { argTypes: [list, types.int64], type: list } : null
  },
  lower(context, args, call) {
    const { f } = context
    const [list, times] = args as [Value, Value]
    const result = declareValue(f, call.type, false)
    f.get(list.locals[1]!)
    f.op('i64.extend_i32_u')
    f.get(times.locals[0]!)
    f.i64(0n)
    f.get(times.locals[0]!)
    f.i64(0n)
    f.op('i64.gt_s')
    f.op('select')
    f.op('i64.mul')
    const total = f.keep('i64')
    f.get(total)
    f.i64(1n << 27n)
    f.op('i64.gt_u')
    f.if(() => context.raise('out_of_memory', 'The list has too many items for the heap', call.span))
    f.get(total)
    f.op('i32.wrap_i64')
    const made = allocateList(
      context,
      listOf(call.type.kind === 'list' ? call.type.item : types.null),
      f.keep('i32'),
    )
    const item = declareValue(f, call.type.kind === 'list' ? call.type.item : types.null, true)
    forEachIndex(context, made.locals[1]!, (index) => {
      f.get(index)
      f.get(list.locals[1]!)
      f.op('i32.rem_u')
      loadItem(context, list, f.keep('i32'), item)
      storeItem(context, made, index, item)
    })
    made.locals.forEach((local, part) => {
      f.get(local)
      f.set(result.locals[part]!)
    })
    return result
  },
}

export const listSetFunctions: readonly ScalarFunction[] = [intersect, repeated]
