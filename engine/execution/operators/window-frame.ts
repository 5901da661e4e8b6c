import type { Local } from '../../codegen/assembler.ts'
import { internalError, unreachable, unsupported } from '../../errors.ts'
import type { FrameBound, WindowCall } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import type { RowField } from '../row-layout.ts'
import { SORT_ENTRY } from '../sinks/sort-sink.ts'

/** One call, with the fields of its arguments and of its result in the sorted rows. */
export interface WindowCallShape {
  readonly call: WindowCall
  readonly args: readonly RowField[]
  readonly result: RowField
}

/** Emitters of what a call does at each row, which ends in storing the result, and after a partition's last row. */
export interface WindowCallCode {
  row(): void
  end(): void
}

/** Locals of the loops over a partition: entry numbers, ends exclusive. */
export interface PartitionLocals {
  readonly entries: Local
  readonly start: Local
  readonly end: Local
  /** The first row to fill in: `start`, or behind the rows that a continued partition repeats. */
  readonly first: Local
  /** i64: rows of the partition before `start`; not 0 only in a partition that is continued. */
  readonly before: Local
  /** The current row's number and address. */
  readonly index: Local
  readonly row: Local
  /** Rows that are equal to the current one in the window's order. */
  readonly peerStart: Local
  readonly peerEnd: Local
}

/** Pushes the address of row `index`. */
export function pushRow(compiler: PipelineCompiler, entries: Local, index: Local): void {
  const { f } = compiler
  f.get(entries)
  f.get(index)
  f.i32(SORT_ENTRY.bytes)
  f.op('i32.mul')
  f.op('i32.add')
  f.memory('i32.load', SORT_ENTRY.row)
}

export function add(compiler: PipelineCompiler, local: Local, amount: number): void {
  const { f } = compiler
  f.get(local)
  f.i32(amount)
  f.op('i32.add')
  f.set(local)
}

/** The frame of the current row as two locals, from first (inclusive) to last (exclusive) entry number. */
export interface FrameLocals {
  readonly first: Local
  readonly last: Local
}

/** Emits the frame's limits for the current row, clamped to the partition. */
export function emitFrame(
  compiler: PipelineCompiler,
  call: WindowCall,
  locals: PartitionLocals,
): FrameLocals {
  const { f } = compiler
  const first = f.local('i32')
  const last = f.local('i32')
  const { frame } = call
  if (frame.exclude !== 'none') throw unsupported('EXCLUDE in a window frame', call.span)
  pushBound(compiler, call, frame.start, locals, 'start')
  f.set(first)
  pushBound(compiler, call, frame.end, locals, 'end')
  f.set(last)
  return { first, last }
}

function pushBound(
  compiler: PipelineCompiler,
  call: WindowCall,
  bound: FrameBound,
  locals: PartitionLocals,
  side: 'start' | 'end',
): void {
  const { f } = compiler
  const { start, end, index, peerStart, peerEnd } = locals
  const { unit } = call.frame
  switch (bound.kind) {
    case 'unbounded_preceding':
      f.get(start)
      return
    case 'unbounded_following':
      f.get(end)
      return
    case 'current_row':
      if (unit !== 'rows') {
        f.get(side === 'start' ? peerStart : peerEnd)
      } else {
        f.get(index)
        f.i32(side === 'start' ? 0 : 1)
        f.op('i32.add')
      }
      return
    case 'preceding':
    case 'following': {
      if (unit !== 'rows') throw unsupported(`A ${unit.toUpperCase()} frame with an offset`, call.span)
      const distance = rowOffset(call, bound.offset) * (bound.kind === 'preceding' ? -1 : 1)
      pushClamped(compiler, index, distance + (side === 'start' ? 0 : 1), start, end)
      return
    }
    default:
      unreachable(bound)
  }
}

function rowOffset(call: WindowCall, offset: Extract<FrameBound, { offset: unknown }>['offset']): number {
  if (offset.kind !== 'literal' || typeof offset.value !== 'bigint') {
    throw unsupported('A window frame whose offset is not a plain number', call.span)
  }
  if (offset.value > 0x3fff_ffffn) return 0x3fff_ffff
  return Number(offset.value)
}

/** Pushes `index + distance`, moved into `start … end`. All are below 2^28, so nothing overflows. */
function pushClamped(
  compiler: PipelineCompiler,
  index: Local,
  distance: number,
  start: Local,
  end: Local,
): void {
  const { f } = compiler
  f.get(index)
  f.i32(distance)
  f.op('i32.add')
  const at = f.keep('i32')
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

/** A literal count among a call's arguments, e.g. the offset of LAG. */
export function literalArgument(call: WindowCall, index: number, otherwise: bigint): bigint {
  const argument = call.args[index]
  if (argument === undefined) return otherwise
  if (argument.kind !== 'literal')
    throw unsupported(`${call.fn} with an argument that is not a plain number`, call.span)
  if (argument.value === null) return otherwise
  if (typeof argument.value !== 'bigint') throw internalError(`${call.fn} has a literal of the wrong type`)
  return argument.value
}
