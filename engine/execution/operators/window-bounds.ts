import type { Local } from '../../codegen/assembler.ts'
import { pushValid } from '../../codegen/value.ts'
import { internalError, unreachable } from '../../errors.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import {
  add,
  emitArgument,
  type BoundCode,
  type FrameSide,
  type PartitionLocals,
  type WindowCallShape,
} from './window-frame.ts'
import { rangeBound } from './window-range-bound.ts'

/** Further than any partition reaches. Entry numbers are below 2^28, so sums with it do not overflow. */
const BEYOND = 0x3fff_ffff

function nothing(): void {
  // a bound that carries nothing from row to row
}

export function prepareBound(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  side: FrameSide,
): BoundCode {
  const { f } = compiler
  const { unit } = shape.call.frame
  const bound = shape.call.frame[side]
  switch (bound.kind) {
    case 'unbounded_preceding':
      return { begin: nothing, push: () => f.get(locals.start) }
    case 'unbounded_following':
      return { begin: nothing, push: () => f.get(locals.end) }
    case 'current_row':
      if (unit !== 'rows') {
        return { begin: nothing, push: () => f.get(side === 'start' ? locals.peerStart : locals.peerEnd) }
      }
      return {
        begin: nothing,
        push: () => {
          f.get(locals.index)
          f.i32(side === 'start' ? 0 : 1)
          f.op('i32.add')
        },
      }
    case 'preceding':
    case 'following':
      switch (unit) {
        case 'rows':
          return rowsBound(compiler, shape, locals, side)
        case 'groups':
          return groupsBound(compiler, shape, locals, side)
        case 'range':
          return rangeBound(compiler, shape, locals, side)
        default:
          return unreachable(unit)
      }
    default:
      return unreachable(bound)
  }
}

/**
 * Emits: how many rows or groups the bound is away from the current one, negative before it, as an i32 that is at most
 * `BEYOND` away. A literal is a constant. Raises an error for NULL and for a negative number.
 */
function emitDistance(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  side: FrameSide,
): () => void {
  const { f } = compiler
  const bound = shape.call.frame[side]
  const argument = shape[side]
  if (!('offset' in bound) || argument === null) throw internalError('a frame has no offset')
  const sign = bound.kind === 'preceding' ? -1 : 1
  const invalid = (): void => {
    compiler.raise(
      'invalid_argument',
      'The offset of a window frame must be a number that is not negative',
      shape.call.span,
    )
  }
  if (argument.kind === 'literal' && argument.literal.kind === 'literal') {
    const { value } = argument.literal
    if (typeof value !== 'bigint' || value < 0n) return invalid
    const distance = value > BigInt(BEYOND) ? BEYOND : Number(value)
    return () => f.i32(sign * distance)
  }
  return () => {
    const offset = emitArgument(compiler, locals.row, argument)
    const [local] = offset.locals
    pushValid(f, offset)
    f.op('i32.eqz')
    f.get(local!)
    f.i64(0n)
    f.op('i64.lt_s')
    f.op('i32.or')
    f.if(invalid)
    f.i64(BigInt(BEYOND))
    f.get(local!)
    f.get(local!)
    f.i64(BigInt(BEYOND))
    f.op('i64.gt_s')
    f.op('select')
    f.op('i32.wrap_i64')
    f.i32(sign)
    f.op('i32.mul')
  }
}

function rowsBound(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  side: FrameSide,
): BoundCode {
  const { f } = compiler
  const { start, end, index } = locals
  const distance = emitDistance(compiler, shape, locals, side)
  const at = f.local('i32')
  return {
    begin: nothing,
    push() {
      f.get(index)
      distance()
      f.op('i32.add')
      f.i32(side === 'start' ? 0 : 1)
      f.op('i32.add')
      f.set(at)
      pushClamped(compiler, at, start, end)
    },
  }
}

/** Pushes `at`, moved into `start … end`. */
function pushClamped({ f }: PipelineCompiler, at: Local, start: Local, end: Local): void {
  f.get(start)
  f.get(at)
  f.get(at)
  f.get(start)
  f.op('i32.lt_s')
  f.op('select')
  f.set(at)
  f.get(end)
  f.get(at)
  f.get(at)
  f.get(end)
  f.op('i32.gt_s')
  f.op('select')
}

/** Walks to where group `current + distance` begins (start), or to where it ends (end). */
function groupsBound(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  side: FrameSide,
): BoundCode {
  const { f } = compiler
  const { start, end, group, rows, compare } = locals
  const distance = emitDistance(compiler, shape, locals, side)
  /** Where group `atGroup` begins. */
  const at = f.local('i32')
  const atGroup = f.local('i32')
  const target = f.local('i32')
  const begin = (): void => {
    f.get(start)
    f.set(at)
    f.i32(0)
    f.set(atGroup)
  }
  /** An offset that changes from row to row may lead back. */
  const toPreviousGroup = (): void => {
    if (compare === null) {
      begin()
      return
    }
    add(compiler, at, -1)
    add(compiler, atGroup, -1)
    const head = f.local('i32')
    f.block((exit) => {
      f.loop((again) => {
        f.get(at)
        f.get(start)
        f.op('i32.le_s')
        f.brIf(exit)
        f.get(at)
        f.i32(1)
        f.op('i32.sub')
        f.set(head)
        rows.push(head)
        rows.push(at)
        f.call(compare)
        f.brIf(exit)
        f.get(head)
        f.set(at)
        f.br(again)
      })
    })
  }
  const toNextGroup = (): void => {
    if (compare === null) {
      f.get(end)
      f.set(at)
      return
    }
    const head = f.local('i32')
    f.get(at)
    f.set(head)
    f.block((exit) => {
      f.loop((again) => {
        rows.pause()
        add(compiler, at, 1)
        f.get(at)
        f.get(end)
        f.op('i32.ge_s')
        f.brIf(exit)
        rows.push(head)
        rows.push(at)
        f.call(compare)
        f.brIf(exit)
        f.br(again)
      })
    })
  }
  return {
    begin,
    push() {
      f.get(group)
      distance()
      f.op('i32.add')
      f.i32(side === 'start' ? 0 : 1)
      f.op('i32.add')
      f.set(target)
      f.block((exit) => {
        f.loop((again) => {
          f.get(atGroup)
          f.get(target)
          f.op('i32.le_s')
          f.get(at)
          f.get(start)
          f.op('i32.le_s')
          f.op('i32.or')
          f.brIf(exit)
          toPreviousGroup()
          f.br(again)
        })
      })
      f.block((exit) => {
        f.loop((again) => {
          f.get(atGroup)
          f.get(target)
          f.op('i32.ge_s')
          f.get(at)
          f.get(end)
          f.op('i32.ge_s')
          f.op('i32.or')
          f.brIf(exit)
          toNextGroup()
          add(compiler, atGroup, 1)
          f.br(again)
        })
      })
      f.get(at)
    },
  }
}
