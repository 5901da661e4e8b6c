import type { FunctionRef, Label, Local } from '../../codegen/assembler.ts'
import { emitNullSafeEquals } from '../../codegen/compare.ts'
import type { FrameBound, WindowCall } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, type RowField } from '../row-layout.ts'
import { emitComparator, type SortShape } from '../sinks/sort-sink.ts'
import { emitWindowCall, isRanking } from './window-calls.ts'
import { add, pushRow, type PartitionLocals, type WindowCallShape } from './window-frame.ts'

export interface WindowShape {
  readonly sort: SortShape
  readonly partitionFields: readonly RowField[]
  readonly ordered: boolean
  readonly calls: readonly WindowCallShape[]
}

/**
 * Adds `window(thread, entries, count)`: fills in the result fields of `count` rows in order, which are whole
 * partitions; and `boundary(thread, entries, count) → i32`: the number of rows before the last partition begins.
 */
export function emitWindowFunctions(compiler: PipelineCompiler, shape: WindowShape): void {
  const compare = emitComparator(compiler, shape.sort)
  compiler.function('window', { params: ['i32', 'i32', 'i32'], results: [] }, (f, [, entries, count]) => {
    const start = f.local('i32')
    const end = f.local('i32')
    f.block((exit) => {
      f.loop((again) => {
        f.get(start)
        f.get(count!)
        f.op('i32.ge_u')
        f.brIf(exit)
        emitPartitionEnd(compiler, shape, entries!, start, end, count!)
        for (const call of shape.calls)
          emitCall(compiler, shape, call, compare, { entries: entries!, start, end })
        f.get(end)
        f.set(start)
        f.br(again)
      })
    })
  })
  compiler.function(
    'boundary',
    { params: ['i32', 'i32', 'i32'], results: ['i32'] },
    (f, [, entries, count]) => {
      const at = f.local('i32')
      f.get(count!)
      f.i32(1)
      f.op('i32.sub')
      f.set(at)
      f.block((exit) => {
        f.loop((again) => {
          f.get(at)
          f.i32(1)
          f.op('i32.lt_s')
          f.brIf(exit)
          emitDifferentPartition(compiler, shape, entries!, at, exit)
          add(compiler, at, -1)
          f.br(again)
        })
      })
      f.get(at)
    },
  )
}

/** Emits: `end` becomes the first row after `start` that is of another partition. */
function emitPartitionEnd(
  compiler: PipelineCompiler,
  shape: WindowShape,
  entries: Local,
  start: Local,
  end: Local,
  count: Local,
): void {
  const { f } = compiler
  if (shape.partitionFields.length === 0) {
    f.get(count)
    f.set(end)
    return
  }
  f.get(start)
  f.i32(1)
  f.op('i32.add')
  f.set(end)
  f.block((exit) => {
    f.loop((again) => {
      f.get(end)
      f.get(count)
      f.op('i32.ge_u')
      f.brIf(exit)
      emitDifferentPartition(compiler, shape, entries, end, exit)
      add(compiler, end, 1)
      f.br(again)
    })
  })
}

/** Emits a branch to `different` when row `index` and the one before it are of different partitions. */
function emitDifferentPartition(
  compiler: PipelineCompiler,
  shape: WindowShape,
  entries: Local,
  index: Local,
  different: Label,
): void {
  const { f } = compiler
  const before = f.local('i32')
  f.get(index)
  f.i32(1)
  f.op('i32.sub')
  f.set(before)
  pushRow(compiler, entries, before)
  const a = f.keep('i32')
  pushRow(compiler, entries, index)
  const b = f.keep('i32')
  for (const field of shape.partitionFields) {
    emitNullSafeEquals(compiler, emitLoadField(f, a, field), emitLoadField(f, b, field))
    f.op('i32.eqz')
    f.brIf(different)
  }
}

/** Emits the loop over a partition's rows for one call. */
function emitCall(
  compiler: PipelineCompiler,
  shape: WindowShape,
  call: WindowCallShape,
  compare: FunctionRef,
  partition: { readonly entries: Local; readonly start: Local; readonly end: Local },
): void {
  const { f } = compiler
  const index = f.local('i32')
  const row = f.local('i32')
  const peerStart = f.local('i32')
  const peerEnd = f.local('i32')
  const locals: PartitionLocals = { ...partition, index, row, peerStart, peerEnd }
  const code = emitWindowCall(compiler, call, locals)
  f.get(partition.start)
  f.set(index)
  f.get(partition.start)
  f.set(peerEnd)
  f.block((exit) => {
    f.loop((again) => {
      f.get(index)
      f.get(partition.end)
      f.op('i32.ge_u')
      f.brIf(exit)
      pushRow(compiler, partition.entries, index)
      f.set(row)
      if (needsPeers(call.call)) emitPeers(compiler, shape, compare, locals)
      code()
      add(compiler, index, 1)
      f.br(again)
    })
  })
}

function needsPeers({ fn, frame }: WindowCall): boolean {
  if (isRanking(fn)) return true
  const peers = (bound: FrameBound): boolean => bound.kind === 'current_row' && frame.unit !== 'rows'
  return peers(frame.start) || peers(frame.end)
}

/** Emits: at the first row of a group of peers, find its end. */
function emitPeers(
  compiler: PipelineCompiler,
  shape: WindowShape,
  compare: FunctionRef,
  locals: PartitionLocals,
): void {
  const { f } = compiler
  const { entries, end, index, row, peerStart, peerEnd } = locals
  f.get(index)
  f.get(peerEnd)
  f.op('i32.eq')
  f.if(() => {
    f.get(index)
    f.set(peerStart)
    if (!shape.ordered) {
      f.get(end)
      f.set(peerEnd)
      return
    }
    add(compiler, peerEnd, 1)
    f.block((exit) => {
      f.loop((again) => {
        f.get(peerEnd)
        f.get(end)
        f.op('i32.ge_u')
        f.brIf(exit)
        f.get(row)
        pushRow(compiler, entries, peerEnd)
        f.call(compare)
        f.brIf(exit)
        add(compiler, peerEnd, 1)
        f.br(again)
      })
    })
  })
}
