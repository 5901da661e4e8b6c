import type { Local } from '../../codegen/assembler.ts'
import { physicalType } from '../../arrow/types.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import { internalError, unsupported } from '../../errors.ts'
import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import type { WindowCall } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, emitStoreField, type RowField } from '../row-layout.ts'
import { emitCarried } from './carried-locals.ts'
import { emitWindowAggregate } from './window-aggregate.ts'
import {
  add,
  emitFrame,
  literalArgument,
  pushRow,
  type FrameLocals,
  type PartitionLocals,
  type WindowCallCode,
  type WindowCallShape,
} from './window-frame.ts'

const RANKINGS = new Set(['rank', 'dense_rank', 'percent_rank', 'cume_dist'])

/** Functions that look at a row's peers whatever the frame. */
export function isRanking(fn: string): boolean {
  return RANKINGS.has(fn)
}

/** Most rows that LAG may reach back in a partition that is continued. */
const MOST_REPEATED_ROWS = 4096

/**
 * How many of the rows before must be at hand to go on in the middle of a partition; null when the call must see all
 * of it at once.
 */
export function repeatedRows(call: WindowCall): number | null {
  if (call.fn === 'row_number' || call.fn === 'rank' || call.fn === 'dense_rank') return 0
  if (call.fn === 'lag') {
    const offset = call.args[1] === undefined ? 1n : literalArgument(call, 1, 1n)
    return offset >= 0n && offset <= BigInt(MOST_REPEATED_ROWS) ? Number(offset) : null
  }
  const { start, end } = call.frame
  if (isOnlyWindow(call.fn) || start.kind !== 'unbounded_preceding' || end.kind !== 'current_row') return null
  const types = call.args.map((argument) => argument.type)
  const fields = aggregateFunction(call.fn, call.span)
    .accumulators(types)
    .flatMap(({ accumulator, args }) =>
      accumulator.fields({ types: args.map((index) => types[index]!), mayBeEmpty: true }),
    )
  const pointsAway = fields.some(({ type }) => ['bytes', 'list'].includes(physicalType(type)))
  return pointsAway ? null : 0
}

function isOnlyWindow(fn: string): boolean {
  return isRanking(fn) || ['ntile', 'lead', 'first_value', 'last_value', 'nth_value'].includes(fn)
}

/** Functions that can look past NULLs. */
const SKIPPING = new Set(['first_value', 'last_value'])

/** Emits what a call does before a partition's first row. */
export function emitWindowCall(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  if (shape.call.ignoreNulls && !SKIPPING.has(shape.call.fn))
    throw unsupported(`IGNORE NULLS in ${shape.call.fn}`, shape.call.span)
  switch (shape.call.fn) {
    case 'dense_rank':
      return denseRank(compiler, shape, locals)
    default:
      if (!isOnlyWindow(shape.call.fn) && shape.call.fn !== 'row_number' && shape.call.fn !== 'lag') {
        return emitWindowAggregate(compiler, shape, locals)
      }
      return { row: emitRow(compiler, shape, locals), end: () => undefined }
  }
}

/** The emitter for a call that carries nothing from row to row. */
function emitRow(compiler: PipelineCompiler, shape: WindowCallShape, locals: PartitionLocals): () => void {
  switch (shape.call.fn) {
    case 'row_number':
      return () => {
        storeInteger(compiler, shape, locals, () => {
          pushDistance(compiler, locals.index, locals.start, 1)
          addBefore(compiler, locals)
        })
      }
    case 'rank':
      return () => {
        storeInteger(compiler, shape, locals, () => {
          pushDistance(compiler, locals.peerStart, locals.start, 1)
          addBefore(compiler, locals)
        })
      }
    case 'percent_rank':
      return () => {
        storeShare(compiler, shape, locals, locals.peerStart, -1)
      }
    case 'cume_dist':
      return () => {
        storeShare(compiler, shape, locals, locals.peerEnd, 0)
      }
    case 'ntile':
      return () => {
        ntile(compiler, shape, locals)
      }
    case 'lag':
    case 'lead':
      return () => {
        neighbour(compiler, shape, locals)
      }
    case 'first_value':
    case 'last_value':
    case 'nth_value':
      return () => {
        frameValue(compiler, shape, locals)
      }
    default:
      throw internalError(`${shape.call.fn} is no window function of its own`)
  }
}

/** Pushes the sum of the i64 on the stack and the rows that came before the first entry of the partition. */
function addBefore({ f }: PipelineCompiler, locals: PartitionLocals): void {
  f.get(locals.before)
  f.op('i64.add')
}

function denseRank(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  const { f } = compiler
  const rank = f.local('i64')
  const end = emitCarried(compiler, locals, [rank], () => {
    f.i64(0n)
    f.set(rank)
  })
  const row = (): void => {
    storeInteger(compiler, shape, locals, () => {
      f.get(rank)
      f.get(locals.index)
      f.get(locals.peerStart)
      f.op('i32.eq')
      f.op('i64.extend_i32_u')
      f.op('i64.add')
      f.tee(rank)
    })
  }
  return { row, end }
}

/** (peer limit - start) / (rows + less), 0 where the divisor is 0. */
function storeShare(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  limit: Local,
  less: number,
): void {
  const { f } = compiler
  const divisor = f.local('f64')
  pushDistance(compiler, locals.end, locals.start, less)
  f.op('f64.convert_i64_s')
  f.set(divisor)
  pushDistance(compiler, limit, locals.start, 0)
  f.op('f64.convert_i64_s')
  f.get(divisor)
  f.op('f64.div')
  f.f64(0)
  f.get(divisor)
  f.f64(0)
  f.op('f64.gt')
  f.op('select')
  const share = f.keep('f64')
  emitStoreField(f, locals.row, shape.result, {
    type: shape.call.output.type,
    physical: 'f64',
    locals: [share],
    valid: null,
  })
}

/** The first `rows % buckets` buckets have one row more than the others. */
function ntile(compiler: PipelineCompiler, shape: WindowCallShape, locals: PartitionLocals): void {
  const { f } = compiler
  const buckets = literalArgument(shape.call, 0, 0n)
  if (buckets <= 0n) {
    compiler.raise('invalid_argument', 'ntile needs a number of buckets above 0', shape.call.span)
    return
  }
  const size = f.local('i64')
  const larger = f.local('i64')
  const position = f.local('i64')
  pushDistance(compiler, locals.end, locals.start, 0)
  f.i64(buckets)
  f.op('i64.div_u')
  f.set(size)
  pushDistance(compiler, locals.end, locals.start, 0)
  f.i64(buckets)
  f.op('i64.rem_u')
  f.set(larger)
  pushDistance(compiler, locals.index, locals.start, 0)
  f.set(position)
  const bucket = f.local('i64')
  f.get(position)
  f.get(larger)
  f.get(size)
  f.i64(1n)
  f.op('i64.add')
  f.op('i64.mul')
  f.op('i64.lt_u')
  f.if(
    () => {
      f.get(position)
      f.get(size)
      f.i64(1n)
      f.op('i64.add')
      f.op('i64.div_u')
    },
    () => {
      // Behind the larger buckets; size is not 0 here, since otherwise every row is in one of those.
      f.get(position)
      f.get(larger)
      f.op('i64.sub')
      f.get(size)
      f.op('i64.div_u')
    },
    'i64',
  )
  f.i64(1n)
  f.op('i64.add')
  f.set(bucket)
  storeInteger(compiler, shape, locals, () => {
    f.get(bucket)
  })
}

/** Further than any partition reaches, and near enough to be added to an index. */
const BEYOND = 1n << 40n

function neighbour(compiler: PipelineCompiler, shape: WindowCallShape, locals: PartitionLocals): void {
  const { f } = compiler
  const { call, args, result } = shape
  const offset = literalArgument(call, 1, 1n)
  const distance = call.fn === 'lag' ? -offset : offset
  const at = f.local('i64')
  const value = declareValue(f, call.output.type, true)
  f.get(locals.index)
  f.op('i64.extend_i32_u')
  f.i64(distance > BEYOND ? BEYOND : distance < -BEYOND ? -BEYOND : distance)
  f.op('i64.add')
  f.tee(at)
  f.get(locals.start)
  f.op('i64.extend_i32_u')
  f.op('i64.ge_s')
  f.get(at)
  f.get(locals.end)
  f.op('i64.extend_i32_u')
  f.op('i64.lt_s')
  f.op('i32.and')
  f.if(
    () => {
      f.get(at)
      f.op('i32.wrap_i64')
      const index = f.keep('i32')
      emitCopyFrom(compiler, locals, index, args[0]!, value)
    },
    () => {
      const otherwise = args[2]
      if (otherwise === undefined) {
        f.i32(0)
        f.set(value.valid!)
      } else {
        copyValue(f, emitLoadField(f, locals.row, otherwise), value)
      }
    },
  )
  emitStoreField(f, locals.row, result, value)
}

/** The first, last or nth row of the frame; NULL when the frame has none such. */
function frameValue(compiler: PipelineCompiler, shape: WindowCallShape, locals: PartitionLocals): void {
  const { f } = compiler
  const { call, args, result } = shape
  const { first, last } = emitFrame(compiler, call, locals)
  const index = f.local('i32')
  if (call.fn === 'last_value') {
    f.get(last)
    f.i32(1)
    f.op('i32.sub')
  } else {
    const nth = call.fn === 'nth_value' ? literalArgument(call, 1, 1n) : 1n
    if (nth < 1n) {
      compiler.raise('invalid_argument', 'nth_value counts from 1', call.span)
      return
    }
    f.get(first)
    f.i32(Number(nth > 0x3fff_ffffn ? 0x3fff_ffffn : nth) - 1)
    f.op('i32.add')
  }
  f.set(index)
  if (call.ignoreNulls) {
    skipNulls(compiler, locals, { first, last }, index, args[0]!, call.fn === 'last_value' ? -1 : 1)
  }
  const value = declareValue(f, call.output.type, true)
  f.i32(0)
  f.set(value.valid!)
  f.get(index)
  f.get(first)
  f.op('i32.ge_s')
  f.get(index)
  f.get(last)
  f.op('i32.lt_s')
  f.op('i32.and')
  f.if(() => {
    emitCopyFrom(compiler, locals, index, args[0]!, value)
  })
  emitStoreField(f, locals.row, result, value)
}

/** Emits: `index` goes on by `step` to a row whose field is not NULL, or out of the frame. */
function skipNulls(
  compiler: PipelineCompiler,
  locals: PartitionLocals,
  { first, last }: FrameLocals,
  index: Local,
  field: RowField,
  step: 1 | -1,
): void {
  const { f } = compiler
  f.block((exit) => {
    f.loop((again) => {
      f.get(index)
      f.get(first)
      f.op('i32.lt_s')
      f.get(index)
      f.get(last)
      f.op('i32.ge_s')
      f.op('i32.or')
      f.brIf(exit)
      pushRow(compiler, locals.entries, index)
      pushValid(f, emitLoadField(f, f.keep('i32'), field))
      f.brIf(exit)
      add(compiler, index, step)
      f.br(again)
    })
  })
}

/** Emits: `value` becomes field `from` of row `index`. */
function emitCopyFrom(
  compiler: PipelineCompiler,
  locals: PartitionLocals,
  index: Local,
  from: RowField,
  value: Value,
): void {
  const { f } = compiler
  pushRow(compiler, locals.entries, index)
  copyValue(f, emitLoadField(f, f.keep('i32'), from), value)
}

/** Pushes `to - from + more` as an i64. */
function pushDistance(compiler: PipelineCompiler, to: Local, from: Local, more: number): void {
  const { f } = compiler
  f.get(to)
  f.get(from)
  f.op('i32.sub')
  f.i32(more)
  f.op('i32.add')
  f.op('i64.extend_i32_s')
}

function storeInteger(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
  push: () => void,
): void {
  const { f } = compiler
  push()
  const value = f.keep('i64')
  emitStoreField(f, locals.row, shape.result, {
    type: shape.call.output.type,
    physical: 'i64',
    locals: [value],
    valid: null,
  })
}
