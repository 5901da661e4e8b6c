import type { Local } from './assembler.ts'
import { emitCompare, type SortOrder } from './compare.ts'
import { forEachIndex } from './list-loop.ts'
import { viewItem, type ScratchContext } from './nested-value.ts'
import type { Value } from './value.ts'

/** Pushes the address of word `index` of a run of u32. */
export function pushWord({ f }: Pick<ScratchContext, 'f'>, words: Local, index: Local): void {
  f.get(words)
  f.get(index)
  f.i32(2)
  f.op('i32.shl')
  f.op('i32.add')
}

/** The places of a list's items in their order, u32 each: a merge sort, which keeps equal items as they are. */
export function sortedPlaces(context: ScratchContext, list: Value, order: SortOrder): Local {
  const { f } = context
  const count = list.locals[1]!
  const from = words(context, count)
  const to = words(context, count)
  forEachIndex(context, count, (index) => {
    pushWord(context, from, index)
    f.get(index)
    f.memory('i32.store')
  })
  const run = f.local('i32')
  f.i32(1)
  f.set(run)
  f.block((done) => {
    f.loop((again) => {
      f.get(run)
      f.get(count)
      f.op('i32.ge_u')
      f.brIf(done)
      mergeRuns(context, list, order, from, to, run)
      f.get(from)
      f.get(to)
      f.set(from)
      f.set(to)
      f.get(run)
      f.i32(1)
      f.op('i32.shl')
      f.set(run)
      f.br(again)
    })
  })
  return from
}

/** Merges neighbouring runs of `run` places of `from` into `to`. */
function mergeRuns(
  context: ScratchContext,
  list: Value,
  order: SortOrder,
  from: Local,
  to: Local,
  run: Local,
): void {
  const { f } = context
  const count = list.locals[1]!
  const [left, right, middle, end, start] = Array.from({ length: 5 }, () => f.local('i32')) as [
    Local,
    Local,
    Local,
    Local,
    Local,
  ]
  const atMostCount = (base: Local, target: Local): void => {
    f.get(base)
    f.get(run)
    f.op('i32.add')
    f.get(count)
    f.get(base)
    f.get(run)
    f.op('i32.add')
    f.get(count)
    f.op('i32.lt_u')
    f.op('select')
    f.set(target)
  }
  f.i32(0)
  f.set(end)
  forEachIndex(context, count, (at) => {
    // a pair of runs begins where the last one ended
    f.get(at)
    f.get(end)
    f.op('i32.eq')
    f.if(() => {
      f.get(at)
      f.set(start)
      f.get(at)
      f.set(left)
      atMostCount(start, middle)
      atMostCount(middle, end)
      f.get(middle)
      f.set(right)
    })
    f.get(right)
    f.get(end)
    f.op('i32.ge_u')
    f.if(
      () => f.i32(1),
      () => {
        f.get(left)
        f.get(middle)
        f.op('i32.ge_u')
        f.if(
          () => f.i32(0),
          () => {
            emitCompare(context, itemAt(context, list, from, left), itemAt(context, list, from, right), order)
            f.i32(0)
            f.op('i32.le_s')
          },
          'i32',
        )
      },
      'i32',
    )
    const fromLeft = f.keep('i32')
    pushWord(context, to, at)
    f.get(left)
    f.get(right)
    f.get(fromLeft)
    f.op('select')
    const source = f.keep('i32')
    pushWord(context, from, source)
    f.memory('i32.load')
    f.memory('i32.store')
    f.get(left)
    f.get(fromLeft)
    f.op('i32.add')
    f.set(left)
    f.get(right)
    f.get(fromLeft)
    f.op('i32.eqz')
    f.op('i32.add')
    f.set(right)
  })
}

function itemAt(context: ScratchContext, list: Value, places: Local, index: Local): Value {
  const { f } = context
  pushWord(context, places, index)
  f.memory('i32.load')
  return viewItem(context, list, f.keep('i32'))
}

function words(context: ScratchContext, count: Local): Local {
  const { f } = context
  f.get(context.thread)
  f.get(count)
  f.op('i64.extend_i32_u')
  f.i64(2n)
  f.op('i64.shl')
  f.call(context.kernel('scratch_allocate_wide', { params: ['i32', 'i64'], results: ['i32'] }))
  return f.keep('i32')
}
