import type { Local } from '../../codegen/assembler.ts'
import { copyValue, declareValue } from '../../codegen/value.ts'
import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import type { FrameBound } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitStoreField, pointsAway } from '../row-layout.ts'
import { emitCarried } from './carried-locals.ts'
import { ScratchMark } from './scratch-mark.ts'
import {
  add,
  isSliding,
  type PartitionLocals,
  type WindowCallCode,
  type WindowCallShape,
} from './window-frame.ts'
import { prepareFrame, type RowRange } from './window-ranges.ts'
import { rowsAway } from './window-reach.ts'
import { FrameState } from './window-state.ts'

/** Frames of so many rows are gathered anew for each row; making a tree for them costs more. */
const FEW_ROWS = 48

/**
 * An aggregate over a frame. A frame that begins with the partition only ever grows, so each row is taken in once;
 * other frames are put together from the nodes of a tree. A frame that is the one of the row before has its result.
 */
export function emitWindowAggregate(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  const { f } = compiler
  const { call, result } = shape
  const { rows } = locals
  const fn = aggregateFunction(call.fn, call.span)
  const types = call.args.map((argument) => argument.type)
  const begins = call.frame.start.kind === 'unbounded_preceding' && isSliding({ ...shape, frame: call.frame })
  const lifetime = begins ? 'partition' : 'slice'
  const declareStates = (copies: boolean): readonly FrameState[] =>
    fn.accumulators(types).map((use) => new FrameState(compiler, use, shape, { rows, lifetime, copies }))
  const states = declareStates(rows.leave)
  const value = declareValue(f, call.output.type, true)
  const finish = (): void => {
    const found = fn.finish(compiler, states, types, call.output.type, call.span)
    copyValue(f, rows.keep(found, 'slice'), value)
  }
  /** A result that points to what was kept for a slice is made anew in the next one. */
  const forget = (known: Local): void => {
    if (!pointsAway(call.output)) return
    f.i32(0)
    f.set(known)
  }
  const restart = (): void => {
    for (const state of states) state.init()
  }
  const frame = prepareFrame(compiler, shape, locals)
  const store = (): void => {
    emitStoreField(f, locals.row, result, value)
  }

  if (begins) {
    const next = f.local('i32')
    const known = f.local('i32')
    const carried = states.flatMap((state) => state.carried)
    const end = emitCarried(compiler, locals, carried, restart)
    emitNextToTakeIn(compiler, call.frame.end, locals, next)
    f.i32(0)
    f.set(known)
    frame.begin()
    const row = (): void => {
      const [range] = frame.row()
      f.get(next)
      f.get(range!.last)
      f.op('i32.lt_s')
      f.if(() => {
        f.i32(0)
        f.set(known)
      })
      emitFeed(compiler, states, locals, next, range!.last)
      emitUnlessKnown(compiler, known, finish)
      store()
    }
    return {
      row,
      end,
      resume: () => {
        forget(known)
      },
    }
  }

  const tree =
    isNarrow(shape) || states.some(({ appends }) => appends)
      ? null
      : rows.tree(states, locals, () => declareStates(false))
  const before = f.local('i32')
  const beforeEnd = f.local('i32')
  const next = f.local('i32')
  const known = f.local('i32')
  /** The states hold the rows of this frame before `next`. */
  const gathering = f.local('i32')
  // what a number was made from is of no use once it is there
  const mark = tree === null && !pointsAway(call.output) ? new ScratchMark(compiler) : null
  tree?.build()
  frame.begin()
  f.i32(0)
  f.set(known)
  const row = (): void => {
    const ranges = frame.row()
    if (ranges.length === 1) {
      const { first, last } = ranges[0]!
      for (const [now, then] of [
        [first, before],
        [last, beforeEnd],
      ] as const) {
        f.get(now)
        f.get(then)
        f.op('i32.ne')
        f.if(() => {
          f.i32(0)
          f.set(known)
          f.get(now)
          f.set(then)
        })
      }
    } else {
      f.i32(0)
      f.set(known)
    }
    emitUnlessKnown(compiler, known, () => {
      if (tree === null) {
        emitUnlessKnown(compiler, gathering, () => {
          mark?.set()
          restart()
          f.get(locals.start)
          f.set(next)
        })
        for (const range of ranges) emitFeedRange(compiler, states, locals, range, next)
        f.i32(0)
        f.set(gathering)
      } else {
        restart()
        for (const range of ranges) tree.takeIn(range)
      }
      finish()
      mark?.restore()
    })
    store()
  }
  return {
    row,
    end: () => undefined,
    resume: () => {
      forget(known)
    },
  }
}

/**
 * Emits: `next` becomes the first row that was not taken in before the first one to fill in, where frames begin with the
 * partition.
 */
function emitNextToTakeIn(
  { f }: PipelineCompiler,
  end: FrameBound,
  { start, first, before }: PartitionLocals,
  next: Local,
): void {
  f.get(start)
  f.get(first)
  f.i32(rowsAway(end) ?? 0)
  f.op('i32.add')
  f.get(before)
  f.op('i64.eqz')
  f.op('select')
  f.set(next)
}

function emitUnlessKnown({ f }: PipelineCompiler, known: Local, body: () => void): void {
  f.get(known)
  f.op('i32.eqz')
  f.if(() => {
    body()
    f.i32(1)
    f.set(known)
  })
}

/** Emits: the rows of the range that are not before `next` are taken in. */
function emitFeedRange(
  compiler: PipelineCompiler,
  states: readonly FrameState[],
  locals: PartitionLocals,
  { first, last }: RowRange,
  next: Local,
): void {
  const { f } = compiler
  f.get(first)
  f.get(next)
  f.get(first)
  f.get(next)
  f.op('i32.gt_s')
  f.op('select')
  f.set(next)
  emitFeed(compiler, states, locals, next, last)
}

/** Emits: rows from `next` up to `last` are taken in, and `next` is behind them. */
function emitFeed(
  compiler: PipelineCompiler,
  states: readonly FrameState[],
  locals: PartitionLocals,
  next: Local,
  last: Local,
): void {
  const { f } = compiler
  f.block((exit) => {
    f.loop((again) => {
      f.get(next)
      f.get(last)
      f.op('i32.ge_s')
      f.brIf(exit)
      locals.rows.pause()
      locals.rows.push(next)
      const row = f.keep('i32')
      for (const state of states) state.feed(row)
      add(compiler, next, 1)
      f.br(again)
    })
  })
}

/** Whether the frame is known to have few rows. */
function isNarrow({ call }: WindowCallShape): boolean {
  if (call.frame.unit !== 'rows') return false
  const from = rowsAway(call.frame.start)
  const to = rowsAway(call.frame.end)
  return from !== null && to !== null && to - from < FEW_ROWS
}
