import type { FunctionRef, Local } from '../../codegen/assembler.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import type { RowField } from '../row-layout.ts'
import { emitComparator, type SortShape } from '../sinks/sort-sink.ts'
import { emitWindowCall } from './window-calls.ts'
import { emitBeginOfLast, emitEndOf, inOneGroup, inOnePartition } from './window-edges.ts'
import { add, type PartitionLocals, type WindowCallCode, type WindowCallShape } from './window-frame.ts'
import { needsPeers } from './window-reach.ts'
import { HeapRows } from './window-rows.ts'

export interface WindowShape {
  readonly sort: SortShape
  readonly partitionFields: readonly RowField[]
  readonly ordered: boolean
  readonly calls: readonly WindowCallShape[]
}

/**
 * Adds four functions over sorted entries:
 *
 * - `window(thread, entries, count, repeated, until, before, total)` fills in the result fields. The rows are whole partitions,
 *   or, where `before` (i64) is not 0, the first of them continues one: `before` rows of it came before entry 0, and
 *   the first `repeated` entries were filled in already. The rows from entry `until` on are there to be looked at.
 *   `total` (i64) is how many rows the first partition has, or 0: those that are there and before.
 * - `partition_end(thread, entries, from, count) → i32`: the first entry behind the partition of entry `from`.
 * - `boundary(thread, entries, count) → i32`: how many of the rows come before the last partition.
 * - `peers(thread, entries, count) → i32`: how many come before the last group of peers.
 */
export function emitWindowFunctions(compiler: PipelineCompiler, shape: WindowShape): WindowFunctions {
  const carried: number[] = []
  const compare = emitOrderComparator(compiler, shape)
  const pushInOnePartition = inOnePartition(compiler, shape.partitionFields)
  const signature = { params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'i64'], results: [] } as const
  compiler.function(
    'window',
    signature,
    (f, [, entries, count, repeated, until, beforeFirst, totalOfFirst]) => {
      const start = f.local('i32')
      const end = f.local('i32')
      const first = f.local('i32')
      const before = f.local('i64')
      const total = f.local('i64')
      const rows = new HeapRows(compiler, entries!)
      f.get(repeated!)
      f.set(first)
      f.get(beforeFirst!)
      f.set(before)
      f.block((exit) => {
        f.loop((again) => {
          f.get(start)
          f.get(count!)
          f.op('i32.ge_u')
          f.brIf(exit)
          emitEndOf(
            compiler,
            { entries: entries!, from: start, count: count!, edge: end },
            pushInOnePartition,
          )
          f.get(totalOfFirst!)
          f.get(end)
          f.get(start)
          f.op('i32.sub')
          f.op('i64.extend_i32_u')
          f.get(before)
          f.op('i64.add')
          f.get(totalOfFirst!)
          f.op('i64.eqz')
          f.op('i32.eqz')
          f.op('select')
          f.set(total)
          for (const call of shape.calls) {
            const partition = { rows, start, end, first, before, total, carried }
            emitCall(compiler, call, shape.ordered ? compare : null, partition, until!)
          }
          f.get(end)
          f.tee(start)
          f.set(first)
          f.i64(0n)
          f.tee(before)
          f.set(totalOfFirst!)
          f.br(again)
        })
      })
    },
  )
  compiler.function(
    'partition_end',
    { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] },
    (f, [, entries, from, count]) => {
      const end = f.local('i32')
      emitEndOf(compiler, { entries: entries!, from: from!, count: count!, edge: end }, pushInOnePartition)
      f.get(end)
    },
  )
  emitBeginOfLast(compiler, 'boundary', pushInOnePartition)
  emitBeginOfLast(compiler, 'peers', inOneGroup(compiler, compare))
  return { carried, compare }
}

export interface WindowFunctions {
  /** See `PartitionLocals`. */
  readonly carried: readonly number[]
  /** Compares rows of one partition by the window's order. */
  readonly compare: FunctionRef
}

/** Adds what compares rows of one partition by the window's order. */
export function emitOrderComparator(
  compiler: PipelineCompiler,
  { sort, partitionFields }: WindowShape,
): FunctionRef {
  return emitComparator(compiler, sort.keys.slice(partitionFields.length))
}

/** Emits the loop over a partition's rows before `until` for one call. */
function emitCall(
  compiler: PipelineCompiler,
  call: WindowCallShape,
  compare: FunctionRef | null,
  partition: PartitionRange,
  until: Local,
): void {
  const { f } = compiler
  const locals = rowLocals(compiler, partition, compare)
  const { index } = locals
  const code = emitWindowCall(compiler, call, locals)
  emitFirstRow(compiler, call, locals)
  f.block((exit) => {
    f.loop((again) => {
      for (const behind of [partition.end, until]) {
        f.get(index)
        f.get(behind)
        f.op('i32.ge_u')
        f.brIf(exit)
      }
      emitRow(compiler, call, locals, code)
      add(compiler, index, 1)
      f.br(again)
    })
  })
  code.end()
}

export type PartitionRange = Pick<
  PartitionLocals,
  'rows' | 'start' | 'end' | 'first' | 'before' | 'total' | 'carried'
>

/** Declares what the loop over a partition's rows holds for one call. */
export function rowLocals(
  { f }: PipelineCompiler,
  partition: PartitionRange,
  compare: FunctionRef | null,
): PartitionLocals {
  return {
    ...partition,
    index: f.local('i32'),
    row: f.local('i32'),
    peerStart: f.local('i32'),
    peerEnd: f.local('i32'),
    peersOpen: f.local('i32'),
    group: f.local('i32'),
    compare,
  }
}

/** Emits: the first row that is to be filled in is the current one. */
export function emitFirstRow(
  compiler: PipelineCompiler,
  { call }: WindowCallShape,
  locals: PartitionLocals,
): void {
  const { f } = compiler
  const { first, index, peerEnd, group } = locals
  f.get(first)
  f.tee(index)
  f.set(peerEnd)
  f.i32(-1)
  f.set(group)
  if (call.frame.unit === 'groups') emitGroupsBefore(compiler, locals)
}

/** Emits: `group` counts the groups between the start of the partition and the first row that is to be filled in. */
function emitGroupsBefore(compiler: PipelineCompiler, locals: PartitionLocals): void {
  const { f } = compiler
  const { rows, start, first, group, compare } = locals
  if (compare === null) return
  const at = f.local('i32')
  const last = f.local('i32')
  f.get(start)
  f.tee(at)
  f.set(last)
  f.block((exit) => {
    f.loop((again) => {
      f.get(at)
      f.get(first)
      f.op('i32.ge_s')
      f.brIf(exit)
      rows.push(last)
      rows.push(at)
      f.call(compare)
      f.get(at)
      f.get(start)
      f.op('i32.eq')
      f.op('i32.or')
      f.if(() => {
        add(compiler, group, 1)
      })
      f.get(at)
      f.set(last)
      add(compiler, at, 1)
      f.br(again)
    })
  })
}

/** Emits the result of the current row. */
export function emitRow(
  compiler: PipelineCompiler,
  { call }: WindowCallShape,
  locals: PartitionLocals,
  code: WindowCallCode,
): void {
  locals.rows.push(locals.index)
  compiler.f.set(locals.row)
  if (needsPeers(call)) emitPeers(compiler, locals)
  code.row()
}

/** Emits: at the first row of a group of peers, find its end. */
export function emitPeers(compiler: PipelineCompiler, locals: PartitionLocals): void {
  const { f } = compiler
  const { rows, end, index, row, peerStart, peerEnd, peersOpen, group, compare } = locals
  f.get(index)
  f.get(peerEnd)
  f.op('i32.eq')
  f.if(() => {
    f.get(index)
    f.set(peerStart)
    add(compiler, group, 1)
    if (compare === null) {
      f.get(end)
      f.set(peerEnd)
      return
    }
    add(compiler, peerEnd, 1)
    f.i32(1)
    f.set(peersOpen)
  })
  if (compare === null) return
  f.get(peersOpen)
  f.if(() => {
    f.block((exit) => {
      f.loop((again) => {
        f.get(peerEnd)
        f.get(end)
        f.op('i32.ge_u')
        f.brIf(exit)
        rows.pause()
        f.get(row)
        rows.push(peerEnd)
        f.call(compare)
        f.brIf(exit)
        add(compiler, peerEnd, 1)
        f.br(again)
      })
    })
    f.i32(0)
    f.set(peersOpen)
  })
}
