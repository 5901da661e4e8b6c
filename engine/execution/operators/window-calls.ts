import { physicalType } from '../../arrow/types.ts'
import { unsupported } from '../../errors.ts'
import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import type { WindowCall } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitWindowAggregate } from './window-aggregate.ts'
import { emitExponential, isExponential } from './window-ewm.ts'
import type { PartitionLocals, WindowCallCode, WindowCallShape } from './window-frame.ts'
import { emitRanking } from './window-rank.ts'
import { emitValueOfRow } from './window-value.ts'

const RANKINGS: ReadonlySet<string> = new Set(['rank', 'dense_rank', 'percent_rank', 'cume_dist'])

/** Functions that look at a row's peers whatever the frame. */
export function isRanking(fn: string): boolean {
  return RANKINGS.has(fn)
}

/** Functions of a whole partition, or of rows that come later. */
const WHOLE: ReadonlySet<string> = new Set([
  'percent_rank',
  'cume_dist',
  'ntile',
  'lead',
  'first_value',
  'last_value',
  'nth_value',
])

/** Functions that can look past NULLs. */
const SKIPPING: ReadonlySet<string> = new Set(['lag', 'lead', 'first_value', 'last_value', 'nth_value'])

/** Most rows that LAG may reach back in a partition that is continued. */
const MOST_REPEATED_ROWS = 4096

/**
 * How many of the rows before must be at hand to go on in the middle of a partition; null when the call must see all
 * of it at once.
 */
export function repeatedRows(call: WindowCall): number | null {
  if (call.fn === 'row_number' || call.fn === 'rank' || call.fn === 'dense_rank') return 0
  if (isExponential(call.fn)) return 0
  if (call.fn === 'lag') return call.ignoreNulls ? null : lookedBack(call)
  const { start, end, exclude } = call.frame
  if (WHOLE.has(call.fn) || exclude !== 'none') return null
  if (start.kind !== 'unbounded_preceding' || end.kind !== 'current_row') return null
  const types = call.args.map((argument) => argument.type)
  const fields = aggregateFunction(call.fn, call.span)
    .accumulators(types)
    .flatMap(({ accumulator, args }) =>
      accumulator.fields({ types: args.map((index) => types[index]!), mayBeEmpty: true }),
    )
  const pointsAway = fields.some(({ type }) => ['bytes', 'list'].includes(physicalType(type)))
  return pointsAway ? null : 0
}

function lookedBack({ args: [, offset] }: WindowCall): number | null {
  if (offset === undefined) return 1
  if (offset.kind !== 'literal' || typeof offset.value !== 'bigint') return null
  return offset.value >= 0n && offset.value <= BigInt(MOST_REPEATED_ROWS) ? Number(offset.value) : null
}

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
