import { emitNullSafeEquals } from '../../codegen/compare.ts'
import type { FunctionRef, Local } from '../../codegen/assembler.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, type RowField } from '../row-layout.ts'
import { pushRow } from './window-frame.ts'

/** Pushes 1 when rows `a` and `b` (addresses) belong together, else 0. Rows that do lie side by side. */
export type PushTogether = (a: Local, b: Local) => void

/** Rows of a partition. */
export function inOnePartition(compiler: PipelineCompiler, fields: readonly RowField[]): PushTogether {
  return (a, b) => {
    const { f } = compiler
    if (fields.length === 0) f.i32(1)
    fields.forEach((field, index) => {
      const pushEqual = (): void => {
        emitNullSafeEquals(compiler, emitLoadField(f, a, field), emitLoadField(f, b, field))
      }
      if (index === 0) {
        pushEqual()
        return
      }
      f.if(
        pushEqual,
        () => {
          f.i32(0)
        },
        'i32',
      )
    })
  }
}

/** Rows that the order makes no difference between. */
export function inOneGroup(compiler: PipelineCompiler, compare: FunctionRef): PushTogether {
  return (a, b) => {
    const { f } = compiler
    f.get(a)
    f.get(b)
    f.call(compare)
    f.op('i32.eqz')
  }
}

/**
 * Emits: `edge` becomes the first entry behind those that belong together with entry `from`, at most `count`. It is
 * looked for in steps twice as long each time, so that long partitions cost few comparisons, and short ones no more.
 */
export function emitEndOf(
  compiler: PipelineCompiler,
  { entries, from, count, edge }: Record<'entries' | 'from' | 'count' | 'edge', Local>,
  pushTogether: PushTogether,
): void {
  const { f } = compiler
  const last = f.local('i32')
  f.get(from)
  f.set(last)
  f.get(count)
  f.set(edge)
  emitSearch(compiler, { entries, of: from, inside: last, outside: edge, direction: 1 }, pushTogether)
}

/** Adds `name(thread, entries, count) → i32`: the first of the entries that belong together with the last one. */
export function emitBeginOfLast(compiler: PipelineCompiler, name: string, pushTogether: PushTogether): void {
  compiler.function(name, { params: ['i32', 'i32', 'i32'], results: ['i32'] }, (f, [, entries, count]) => {
    const of = f.local('i32')
    const first = f.local('i32')
    const outside = f.local('i32')
    f.get(count!)
    f.i32(1)
    f.op('i32.sub')
    f.tee(of)
    f.set(first)
    f.i32(-1)
    f.set(outside)
    emitSearch(compiler, { entries: entries!, of, inside: first, outside, direction: -1 }, pushTogether)
    f.get(first)
  })
}

interface Search {
  readonly entries: Local
  /** What belongs together with this entry is looked for. */
  readonly of: Local
  /** An entry that belongs to it, and one that does not, or is beyond the entries: in the end neighbours. */
  readonly inside: Local
  readonly outside: Local
  readonly direction: 1 | -1
}

function emitSearch(
  compiler: PipelineCompiler,
  { entries, of, inside, outside, direction }: Search,
  pushTogether: PushTogether,
): void {
  const { f } = compiler
  const row = f.local('i32')
  const step = f.local('i32')
  const distance = f.local('i32')
  const at = f.local('i32')
  pushRow(compiler, entries, of)
  f.set(row)
  f.i32(1)
  f.set(step)
  f.block((exit) => {
    f.loop((again) => {
      f.get(direction > 0 ? outside : inside)
      f.get(direction > 0 ? inside : outside)
      f.op('i32.sub')
      f.tee(distance)
      f.i32(2)
      f.op('i32.lt_s')
      f.brIf(exit)
      // the middle, once steps are longer than what is left
      f.get(step)
      f.get(distance)
      f.i32(1)
      f.op('i32.shr_u')
      f.get(step)
      f.get(distance)
      f.op('i32.lt_s')
      f.op('select')
      f.i32(direction)
      f.op('i32.mul')
      f.get(inside)
      f.op('i32.add')
      f.set(at)
      pushRow(compiler, entries, at)
      pushTogether(row, f.keep('i32'))
      f.if(
        () => {
          f.get(at)
          f.set(inside)
          f.get(step)
          f.i32(1)
          f.op('i32.shl')
          f.set(step)
        },
        () => {
          f.get(at)
          f.set(outside)
        },
      )
      f.br(again)
    })
  })
}
