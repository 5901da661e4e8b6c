import type { Local } from '../../codegen/assembler.ts'
import { declareValue, pushValid } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitStoreField } from '../row-layout.ts'
import { emitCarried } from './carried-locals.ts'
import {
  emitArgument,
  type PartitionLocals,
  type WindowCallCode,
  type WindowCallShape,
} from './window-frame.ts'

const RANKINGS: ReadonlySet<string> = new Set(['rank', 'dense_rank', 'percent_rank', 'cume_dist'])

/** Functions that look at a row's peers whatever the frame. */
export function isRanking(fn: string): boolean {
  return RANKINGS.has(fn)
}

/** ROW_NUMBER, RANK, DENSE_RANK, PERCENT_RANK, CUME_DIST and NTILE; null for any other function. */
export function emitRanking(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode | null {
  const each = (row: () => void): WindowCallCode => ({ row, end: () => undefined })
  switch (shape.call.fn) {
    case 'row_number':
      return each(() => {
        storeInteger(compiler, shape, locals, () => {
          pushDistance(compiler, locals.index, locals.start, 1)
          addBefore(compiler, locals)
        })
      })
    case 'rank':
      return each(() => {
        storeInteger(compiler, shape, locals, () => {
          pushDistance(compiler, locals.peerStart, locals.start, 1)
          addBefore(compiler, locals)
        })
      })
    case 'dense_rank':
      return denseRank(compiler, shape, locals)
    case 'percent_rank':
      return each(() => {
        storeShare(compiler, shape, locals, locals.peerStart, -1)
      })
    case 'cume_dist':
      return each(() => {
        storeShare(compiler, shape, locals, locals.peerEnd, 0)
      })
    case 'ntile':
      return each(() => {
        ntile(compiler, shape, locals)
      })
    default:
      return null
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
  f.get(locals.total)
  f.i64(BigInt(less))
  f.op('i64.add')
  f.op('f64.convert_i64_s')
  f.set(divisor)
  pushDistance(compiler, limit, locals.start, 0)
  addBefore(compiler, locals)
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

/** The first `rows % buckets` buckets have one row more than the others. NULL buckets give NULL. */
function ntile(compiler: PipelineCompiler, shape: WindowCallShape, locals: PartitionLocals): void {
  const { f } = compiler
  const argument = emitArgument(compiler, locals.row, shape.args[0]!)
  const buckets = argument.locals[0]!
  const bucket = declareValue(f, shape.call.output.type, true)
  pushValid(f, argument)
  f.set(bucket.valid!)
  f.get(bucket.valid!)
  f.if(() => {
    f.get(buckets)
    f.i64(0n)
    f.op('i64.le_s')
    f.if(() => {
      compiler.raise('invalid_argument', 'ntile needs a number of buckets above 0', shape.call.span)
    })
    const size = f.local('i64')
    const larger = f.local('i64')
    const position = f.local('i64')
    f.get(locals.total)
    f.get(buckets)
    f.op('i64.div_u')
    f.set(size)
    f.get(locals.total)
    f.get(buckets)
    f.op('i64.rem_u')
    f.set(larger)
    pushDistance(compiler, locals.index, locals.start, 0)
    addBefore(compiler, locals)
    f.set(position)
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
    f.set(bucket.locals[0]!)
  })
  emitStoreField(f, locals.row, shape.result, bucket)
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
