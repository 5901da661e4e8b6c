import { unsupported } from '../../errors.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitWindowAggregate } from './window-aggregate.ts'
import { emitExponential } from './window-ewm.ts'
import type { PartitionLocals, WindowCallCode, WindowCallShape } from './window-frame.ts'
import { emitRanking } from './window-rank.ts'
import { emitValueOfRow } from './window-value.ts'

/** Functions that can look past NULLs. */
const SKIPPING: ReadonlySet<string> = new Set(['lag', 'lead', 'first_value', 'last_value', 'nth_value'])

/** Emits what a call does before a partition's first row. */
export function emitWindowCall(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  if (shape.call.ignoreNulls && !SKIPPING.has(shape.call.fn))
    throw unsupported(`IGNORE NULLS in ${shape.call.fn}`, shape.call.span)
  return (
    emitRanking(compiler, shape, locals) ??
    emitValueOfRow(compiler, shape, locals) ??
    emitExponential(compiler, shape, locals) ??
    emitWindowAggregate(compiler, shape, locals)
  )
}
