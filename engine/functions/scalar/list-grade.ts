import { listOf, types } from '../../arrow/types.ts'
import { forEachIndex, allocateList, itemWidth, storeItem } from '../../codegen/list-loop.ts'
import { emitKernelCall } from '../../codegen/kernel-call.ts'
import { pushWord, sortedPlaces } from '../../codegen/list-sort.ts'
import { declareValue } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { sortOption } from './list-shape.ts'

/** The places of the items in the order in which sorting would put them. */
const gradeUp: EagerFunction = {
  name: 'list_grade_up',
  aliases: ['array_grade_up', 'grade_up'],
  category: 'list',
  summary: "The places of the items in their order; options are those of list_sort: 'DESC', 'NULLS FIRST'.",
  example: 'list_grade_up([3, 6, 1, 2])',
  nulls: 'strict',
  guarded: true,
  resolve: ([list, ...rest]) =>
    list?.kind === 'list' && rest.length <= 2 && rest.every((type) => type.kind === 'utf8')
      ? { argTypes: [list, ...rest], type: listOf(types.int64) }
      : null,
  lower(context, args, call) {
    const { f } = context
    const list = args[0]!
    const descending = sortOption(call, 1, ['ASC', 'DESC']) === 'DESC'
    const nullsFirst = sortOption(call, 2, ['NULLS LAST', 'NULLS FIRST']) === 'NULLS FIRST'
    const places = sortedPlaces(context, list, { descending, nullsFirst })
    const result = allocateList(context, call.type, list.locals[1]!)
    const place = declareValue(f, types.int64, false)
    forEachIndex(context, list.locals[1]!, (index) => {
      pushWord(context, places, index)
      f.memory('i32.load')
      f.op('i64.extend_i32_u')
      f.i64(1n)
      f.op('i64.add')
      f.set(place.locals[0]!)
      storeItem(context, result, index, place)
    })
    return result
  },
}

/** `list_slice(l, from, to, step)`, which `list_slice` with four arguments stands for. */
const sliceByStep: EagerFunction = {
  name: 'list_slice_by_step',
  category: 'list',
  summary:
    'Items from one place to another, both included, each so many places after the last; a negative step goes back.',
  example: 'list_slice_by_step([1, 2, 3, 4, 5], 1, 5, 2)',
  nulls: 'strict',
  guarded: true,
  resolve: ([list, ...rest]) =>
    list?.kind === 'list' && rest.length === 3
      ? { argTypes: [list, types.int64, types.int64, types.int64], type: list }
      : null,
  lower: (context, args, call) =>
    emitKernelCall(context, {
      kernel: 'list_slice_by_step',
      args,
      constants: [itemWidth(call.type)],
      type: call.type,
      failures: [{ code: 'invalid_argument', message: 'The step of a slice cannot be 0' }],
      span: call.span,
    }),
}

export const listGradeFunctions: readonly ScalarFunction[] = [gradeUp, sliceByStep]
