import type { Local } from '../../codegen/assembler.ts'
import { unreachable } from '../../errors.ts'
import type { WindowFrame } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { prepareBound } from './window-bounds.ts'
import type { PartitionLocals, WindowCallShape } from './window-frame.ts'

/** Entry numbers from first (inclusive) to last (exclusive); empty when first is not below last. */
export interface RowRange {
  readonly first: Local
  readonly last: Local
}

export interface FrameCode {
  /** Emits what is done once, before the first row of a partition. */
  begin(): void
  /** Emits the frame of the current row: ranges in the order of the rows, within the partition. */
  row(): readonly RowRange[]
}

export function prepareFrame(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): FrameCode {
  const { f } = compiler
  const { frame } = shape.call
  const start = prepareBound(compiler, shape, locals, 'start')
  const end = prepareBound(compiler, shape, locals, 'end')
  const first = f.local('i32')
  const last = f.local('i32')
  return {
    begin() {
      start.begin()
      end.begin()
    },
    row() {
      start.push()
      f.set(first)
      end.push()
      f.set(last)
      return excluding(compiler, frame.exclude, { first, last }, locals)
    },
  }
}

function excluding(
  compiler: PipelineCompiler,
  exclude: WindowFrame['exclude'],
  whole: RowRange,
  { index, peerStart, peerEnd }: PartitionLocals,
): readonly RowRange[] {
  const { f } = compiler
  if (exclude === 'none') return [whole]
  const after = f.local('i32')
  f.get(index)
  f.i32(1)
  f.op('i32.add')
  f.set(after)
  const cut = (from: Local, to: Local): RowRange => {
    const first = f.local('i32')
    const last = f.local('i32')
    pushExtreme(compiler, whole.first, from, 'i32.gt_s')
    f.set(first)
    pushExtreme(compiler, whole.last, to, 'i32.lt_s')
    f.set(last)
    return { first, last }
  }
  switch (exclude) {
    case 'current_row':
      return [cut(whole.first, index), cut(after, whole.last)]
    case 'group':
      return [cut(whole.first, peerStart), cut(peerEnd, whole.last)]
    case 'ties':
      return [cut(whole.first, peerStart), cut(index, after), cut(peerEnd, whole.last)]
    default:
      return unreachable(exclude)
  }
}

/** Pushes the greater or the smaller one. */
function pushExtreme(compiler: PipelineCompiler, a: Local, b: Local, wanted: 'i32.gt_s' | 'i32.lt_s'): void {
  const { f } = compiler
  f.get(a)
  f.get(b)
  f.get(a)
  f.get(b)
  f.op(wanted)
  f.op('select')
}
