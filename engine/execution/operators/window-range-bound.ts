import type { Local } from '../../codegen/assembler.ts'
import { emitCompare } from '../../codegen/compare.ts'
import { pushValid, type Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import {
  add,
  emitArgument,
  type BoundCode,
  type FrameSide,
  type PartitionLocals,
  type WindowCallShape,
} from './window-frame.ts'

/** Finds the first row whose order key is not before the bound's value (start), or behind it (end). */
export function rangeBound(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  side: FrameSide,
): BoundCode {
  const { f } = compiler
  const { start, end, rows, row } = locals
  const argument = shape[side]
  const { rangeKey, order, call } = { ...shape, order: shape.call.frame.range }
  const bound = call.frame[side]
  if (argument === null || rangeKey === null || order === undefined || !('offset' in bound)) {
    throw internalError('a RANGE frame has no values to compare with')
  }
  const at = f.local('i32')
  /** Pushes 1 when row `entry` lies before what is looked for. */
  const pushIsBefore = (entry: Local, limit: Value): void => {
    rows.push(entry)
    const key = emitArgument(compiler, f.keep('i32'), rangeKey)
    emitCompare(compiler, key, limit, order)
    f.i32(0)
    f.op(side === 'start' ? 'i32.lt_s' : 'i32.le_s')
  }
  /** An offset below zero, or NULL, would put the bound on the wrong side of the row. */
  const check = (limit: Value): void => {
    emitCompare(compiler, limit, emitArgument(compiler, row, rangeKey), order)
    f.i32(0)
    f.op(bound.kind === 'preceding' ? 'i32.gt_s' : 'i32.lt_s')
    pushValid(f, emitArgument(compiler, row, rangeKey))
    pushValid(f, limit)
    f.op('i32.ne')
    f.op('i32.or')
    f.if(() => {
      compiler.raise(
        'invalid_argument',
        'The offset of a RANGE frame must be a distance that is not negative',
        call.span,
      )
    })
  }
  /** The same distance at every row: the bound never goes back. */
  const slides = bound.offset.kind === 'literal'
  if (slides) {
    return {
      begin() {
        f.get(start)
        f.set(at)
      },
      push() {
        const limit = emitArgument(compiler, row, argument)
        check(limit)
        f.block((exit) => {
          f.loop((again) => {
            f.get(at)
            f.get(end)
            f.op('i32.ge_s')
            f.brIf(exit)
            rows.pause()
            pushIsBefore(at, limit)
            f.op('i32.eqz')
            f.brIf(exit)
            add(compiler, at, 1)
            f.br(again)
          })
        })
        f.get(at)
      },
    }
  }
  const high = f.local('i32')
  const middle = f.local('i32')
  const step = f.local('i32')
  /** From the bound of the row before, in steps twice as long each time, until the bound lies between `at` and `high`. */
  const gallop = (limit: Value): void => {
    const stepOn = (from: Local, limitOfStep: Local, op: 'i32.add' | 'i32.sub', to: Local): void => {
      const beyond = op === 'i32.add' ? 'i32.gt_s' : 'i32.lt_s'
      f.get(from)
      f.get(step)
      f.op(op)
      f.set(to)
      f.get(limitOfStep)
      f.get(to)
      f.get(to)
      f.get(limitOfStep)
      f.op(beyond)
      f.op('select')
      f.set(to)
      f.get(step)
      f.i32(1)
      f.op('i32.shl')
      f.set(step)
    }
    f.i32(1)
    f.set(step)
    f.get(at)
    f.set(high)
    f.block((exit) => {
      f.get(at)
      f.get(end)
      f.op('i32.lt_s')
      f.if(() => {
        pushIsBefore(at, limit)
        f.if(() => {
          f.loop((again) => {
            stepOn(at, end, 'i32.add', high)
            f.get(high)
            f.get(end)
            f.op('i32.ge_s')
            f.brIf(exit)
            pushIsBefore(high, limit)
            f.op('i32.eqz')
            f.brIf(exit)
            f.get(high)
            f.set(at)
            f.br(again)
          })
        })
      })
      f.loop((again) => {
        stepOn(high, start, 'i32.sub', at)
        f.get(at)
        f.get(start)
        f.op('i32.le_s')
        f.brIf(exit)
        pushIsBefore(at, limit)
        f.brIf(exit)
        f.get(at)
        f.set(high)
        f.br(again)
      })
    })
  }
  return {
    begin() {
      f.get(start)
      f.set(at)
    },
    push() {
      const limit = emitArgument(compiler, row, argument)
      check(limit)
      gallop(limit)
      f.block((exit) => {
        f.loop((again) => {
          f.get(at)
          f.get(high)
          f.op('i32.ge_s')
          f.brIf(exit)
          f.get(at)
          f.get(high)
          f.op('i32.add')
          f.i32(1)
          f.op('i32.shr_u')
          f.set(middle)
          pushIsBefore(middle, limit)
          f.if(
            () => {
              f.get(middle)
              f.i32(1)
              f.op('i32.add')
              f.set(at)
            },
            () => {
              f.get(middle)
              f.set(high)
            },
          )
          f.br(again)
        })
      })
      f.get(at)
    },
  }
}
