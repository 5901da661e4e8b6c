import type { FunctionRef } from '../../codegen/assembler.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitFirstRow, emitPeers, rowLocals, type WindowShape } from './window-code.ts'
import { add } from './window-frame.ts'
import { prepareFrame } from './window-ranges.ts'
import { needsPeers, slides } from './window-reach.ts'
import { HeapRows } from './window-rows.ts'

/** u32 results of `slides` in the code's block. */
export const SLIDES = { from: 0, widest: 4, bytes: 8 } as const

/**
 * Adds `slides(thread, entries, count, repeated, limit) → i32`, for rows of one partition that may go on behind them, and
 * calls whose frames move on with the rows: the first row from `repeated` on whose frame may not end among these, at most
 * `limit`. `SLIDES` says where the frames of that row and those behind it begin at the earliest, and how many rows the
 * longest of the frames before has. Returns the block offset of `SLIDES`; null when there are no such calls.
 */
export function emitSlides(
  compiler: PipelineCompiler,
  shape: WindowShape,
  compare: FunctionRef,
): number | null {
  const calls = shape.calls.filter(({ call }) => slides(call))
  if (calls.length === 0) return null
  const results = compiler.state(SLIDES.bytes)
  const signature = { params: ['i32', 'i32', 'i32', 'i32', 'i32'], results: ['i32'] } as const
  compiler.function('slides', signature, (f, [thread, entries, count, repeated, limit]) => {
    const from = f.local('i32')
    const widest = f.local('i32')
    f.get(limit!)
    f.set(from)
    for (const call of calls) {
      const locals = rowLocals(
        compiler,
        {
          rows: new HeapRows(compiler, entries!),
          start: f.local('i32'),
          end: count!,
          first: repeated!,
          before: f.local('i64'),
          total: f.local('i64'),
          carried: [],
        },
        shape.ordered ? compare : null,
      )
      const { index, row, peerEnd } = locals
      const frame = prepareFrame(compiler, call, locals)
      frame.begin()
      emitFirstRow(compiler, call, locals)
      f.block((exit) => {
        f.loop((again) => {
          locals.rows.push(index)
          f.set(row)
          if (needsPeers(call.call)) emitPeers(compiler, locals)
          const [{ first, last }] = frame.row() as [ReturnType<typeof frame.row>[0]]
          const beginsAt = f.local('i32')
          f.get(first)
          f.get(index)
          f.get(first)
          f.get(index)
          f.op('i32.lt_s')
          f.op('select')
          f.set(beginsAt)
          f.get(index)
          f.get(limit!)
          f.op('i32.ge_s')
          f.get(last)
          f.get(count!)
          f.op('i32.ge_s')
          f.op('i32.or')
          if (needsPeers(call.call)) {
            f.get(peerEnd)
            f.get(count!)
            f.op('i32.ge_s')
            f.op('i32.or')
          }
          f.if(() => {
            f.get(beginsAt)
            f.get(from)
            f.get(beginsAt)
            f.get(from)
            f.op('i32.lt_s')
            f.op('select')
            f.set(from)
            f.br(exit)
          })
          f.get(last)
          f.get(first)
          f.op('i32.sub')
          f.tee(beginsAt)
          f.get(widest)
          f.get(beginsAt)
          f.get(widest)
          f.op('i32.gt_s')
          f.op('select')
          f.set(widest)
          add(compiler, index, 1)
          f.br(again)
        })
      })
      f.get(index)
      f.set(limit!)
    }
    for (const [local, offset] of [
      [from, SLIDES.from],
      [widest, SLIDES.widest],
    ] as const) {
      f.get(thread!)
      f.get(local)
      f.memory('i32.store', results + offset)
    }
    f.get(limit!)
  })
  return results
}
