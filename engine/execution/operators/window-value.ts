import type { Local } from '../../codegen/assembler.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitStoreField } from '../row-layout.ts'
import { emitCarried } from './carried-locals.ts'
import {
  add,
  emitArgument,
  isSliding,
  type PartitionLocals,
  type WindowArgument,
  type WindowCallCode,
  type WindowCallShape,
} from './window-frame.ts'
import { prepareFrame, type RowRange } from './window-ranges.ts'
import { isOfFirstRow } from './window-reach.ts'

/** LAG, LEAD, FIRST_VALUE, LAST_VALUE and NTH_VALUE; null for any other function. */
export function emitValueOfRow(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode | null {
  switch (shape.call.fn) {
    case 'lag':
    case 'lead':
      return {
        row: () => {
          neighbour(compiler, shape, locals)
        },
        end: () => undefined,
      }
    case 'first_value':
    case 'last_value':
      if (isOfFirstRow(shape.call)) return valueOfFirstRow(compiler, shape, locals)
      return shape.call.ignoreNulls && isSliding({ ...shape, frame: shape.call.frame })
        ? nearestValue(compiler, shape, locals)
        : frameValue(compiler, shape, locals)
    case 'nth_value':
      return frameValue(compiler, shape, locals)
    default:
      return null
  }
}

/** Further than any partition reaches, and near enough to be added to an index. */
const BEYOND = 1n << 40n

/** The row so many before or after, or so many that are not NULL; a NULL offset gives NULL. */
function neighbour(compiler: PipelineCompiler, shape: WindowCallShape, locals: PartitionLocals): void {
  const { f } = compiler
  const { call, args, result } = shape
  const at = f.local('i64')
  const value = declareValue(f, call.output.type, true)
  const offset = f.local('i64')
  const known = f.local('i32')
  if (args[1] === undefined) {
    f.i64(1n)
    f.set(offset)
    f.i32(1)
    f.set(known)
  } else {
    const given = emitArgument(compiler, locals.row, args[1])
    f.get(given.locals[0]!)
    f.set(offset)
    pushValid(f, given)
    f.set(known)
    clamp(compiler, offset)
  }
  if (call.fn === 'lag') {
    f.i64(0n)
    f.get(offset)
    f.op('i64.sub')
    f.set(offset)
  }
  if (call.ignoreNulls) {
    walkOverNulls(compiler, locals, args[0]!, offset, at)
  } else {
    f.get(locals.index)
    f.op('i64.extend_i32_u')
    f.get(offset)
    f.op('i64.add')
    f.set(at)
  }
  f.get(known)
  f.get(at)
  f.get(locals.start)
  f.op('i64.extend_i32_u')
  f.op('i64.ge_s')
  f.op('i32.and')
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
        copyValue(f, emitArgument(compiler, locals.row, otherwise), value)
      }
    },
  )
  emitStoreField(f, locals.row, result, value)
}

function clamp({ f }: PipelineCompiler, offset: Local): void {
  for (const [limit, compare] of [
    [BEYOND, 'i64.gt_s'],
    [-BEYOND, 'i64.lt_s'],
  ] as const) {
    f.i64(limit)
    f.get(offset)
    f.get(offset)
    f.i64(limit)
    f.op(compare)
    f.op('select')
    f.set(offset)
  }
}

/** Emits: `at` becomes the `offset`th row from the current one, forwards or back, that is not NULL, or out of reach. */
function walkOverNulls(
  compiler: PipelineCompiler,
  locals: PartitionLocals,
  argument: WindowArgument,
  offset: Local,
  at: Local,
): void {
  const { f } = compiler
  const step = f.local('i64')
  const left = f.local('i64')
  f.i64(1n)
  f.i64(-1n)
  f.get(offset)
  f.i64(0n)
  f.op('i64.ge_s')
  f.op('select')
  f.tee(step)
  f.get(offset)
  f.op('i64.mul')
  f.set(left)
  f.get(locals.index)
  f.op('i64.extend_i32_u')
  f.set(at)
  f.block((exit) => {
    f.loop((again) => {
      f.get(left)
      f.op('i64.eqz')
      f.brIf(exit)
      f.get(at)
      f.get(step)
      f.op('i64.add')
      f.tee(at)
      f.get(locals.start)
      f.op('i64.extend_i32_u')
      f.op('i64.lt_s')
      f.brIf(exit)
      f.get(at)
      f.get(locals.end)
      f.op('i64.extend_i32_u')
      f.op('i64.ge_s')
      f.brIf(exit)
      f.get(left)
      f.get(at)
      f.op('i32.wrap_i64')
      pushIsPresent(compiler, locals, f.keep('i32'), argument)
      f.op('i64.extend_i32_u')
      f.op('i64.sub')
      f.set(left)
      f.br(again)
    })
  })
}

/**
 * FIRST_VALUE and LAST_VALUE that look past NULLs, of a frame that never goes back: the first row from the frame's start
 * on, or the last one before its end, is remembered from row to row.
 */
function nearestValue(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  const { f } = compiler
  const { call, args } = shape
  const frame = prepareFrame(compiler, shape, locals)
  const isFirst = call.fn === 'first_value'
  const found = f.local('i32')
  const next = f.local('i32')
  frame.begin()
  f.get(locals.start)
  f.set(next)
  f.i32(-1)
  f.set(found)
  const row = (): void => {
    const { first, last } = frame.row()[0]!
    if (isFirst) {
      f.get(first)
      f.get(next)
      f.get(first)
      f.get(next)
      f.op('i32.gt_s')
      f.op('select')
      f.set(next)
    }
    f.block((exit) => {
      f.loop((again) => {
        f.get(next)
        f.get(last)
        f.op('i32.ge_s')
        f.brIf(exit)
        locals.rows.pause()
        pushIsPresent(compiler, locals, next, args[0]!)
        if (isFirst) {
          f.brIf(exit)
        } else {
          f.if(() => {
            f.get(next)
            f.set(found)
          })
        }
        add(compiler, next, 1)
        f.br(again)
      })
    })
    storeIf(compiler, shape, locals, isFirst ? next : found, () => {
      f.get(isFirst ? next : found)
      f.get(first)
      f.op('i32.ge_s')
      f.get(isFirst ? next : found)
      f.get(last)
      f.op('i32.lt_s')
      f.op('i32.and')
    })
  }
  return { row, end: () => undefined }
}

/** The same for all rows of the partition. */
function valueOfFirstRow(
  compiler: PipelineCompiler,
  { call, args, result }: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  const { f } = compiler
  const { rows, start } = locals
  const value = declareValue(f, call.output.type, true)
  const end = emitCarried(compiler, locals, [...value.locals, value.valid!], () => {
    rows.push(start)
    const first = emitArgument(compiler, f.keep('i32'), args[0]!)
    copyValue(f, rows.keep(first, 'partition'), value)
  })
  const row = (): void => {
    emitStoreField(f, locals.row, result, value)
  }
  return { row, end }
}

/** The first, last or nth row of the frame; NULL when the frame has none such. */
function frameValue(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  const { f } = compiler
  const { call, args } = shape
  const frame = prepareFrame(compiler, shape, locals)
  const backwards = call.fn === 'last_value'
  const found = f.local('i32')
  /** Rows of the frame that are still to be passed over. */
  const left = f.local('i64')
  frame.begin()
  const row = (): void => {
    const ranges = frame.row()
    f.i32(-1)
    f.set(found)
    const search = (): void => {
      for (const range of backwards ? ranges.toReversed() : ranges) {
        searchRange(compiler, shape, locals, { range, backwards, found, left })
      }
    }
    if (call.fn === 'nth_value') {
      const position = emitArgument(compiler, locals.row, args[1]!)
      f.get(position.locals[0]!)
      f.i64(1n)
      f.op('i64.sub')
      f.set(left)
      pushValid(f, position)
      f.get(left)
      f.i64(0n)
      f.op('i64.ge_s')
      f.op('i32.and')
      f.if(search)
    } else {
      f.i64(0n)
      f.set(left)
      search()
    }
    storeIf(compiler, shape, locals, found, () => {
      f.get(found)
      f.i32(0)
      f.op('i32.ge_s')
    })
  }
  return { row, end: () => undefined }
}

interface Search {
  readonly range: RowRange
  readonly backwards: boolean
  readonly found: Local
  readonly left: Local
}

/** Emits: unless it was found before, the row that `left` rows of this range come before, or fewer are left. */
function searchRange(
  compiler: PipelineCompiler,
  { call, args }: WindowCallShape,
  locals: PartitionLocals,
  { range, backwards, found, left }: Search,
): void {
  const { f } = compiler
  const { first, last } = range
  f.get(found)
  f.i32(0)
  f.op('i32.lt_s')
  f.get(first)
  f.get(last)
  f.op('i32.lt_s')
  f.op('i32.and')
  f.if(() => {
    if (!call.ignoreNulls) {
      f.get(last)
      f.get(first)
      f.op('i32.sub')
      f.op('i64.extend_i32_u')
      const rows = f.keep('i64')
      f.get(left)
      f.get(rows)
      f.op('i64.lt_s')
      f.if(
        () => {
          if (backwards) {
            f.get(last)
            f.i32(1)
            f.op('i32.sub')
          } else {
            f.get(first)
            f.get(left)
            f.op('i32.wrap_i64')
            f.op('i32.add')
          }
          f.set(found)
        },
        () => {
          f.get(left)
          f.get(rows)
          f.op('i64.sub')
          f.set(left)
        },
      )
      return
    }
    const at = f.local('i32')
    f.get(backwards ? last : first)
    f.i32(backwards ? 1 : 0)
    f.op('i32.sub')
    f.set(at)
    f.block((exit) => {
      f.loop((again) => {
        f.get(at)
        f.get(backwards ? first : last)
        f.op(backwards ? 'i32.lt_s' : 'i32.ge_s')
        f.brIf(exit)
        pushIsPresent(compiler, locals, at, args[0]!)
        f.if(() => {
          f.get(left)
          f.op('i64.eqz')
          f.if(() => {
            f.get(at)
            f.set(found)
            f.br(exit)
          })
          f.get(left)
          f.i64(1n)
          f.op('i64.sub')
          f.set(left)
        })
        add(compiler, at, backwards ? -1 : 1)
        f.br(again)
      })
    })
  })
}

/** Emits: the result is the argument in row `index` where the pushed condition holds, else NULL. */
function storeIf(
  compiler: PipelineCompiler,
  { call, args, result }: WindowCallShape,
  locals: PartitionLocals,
  index: Local,
  pushCondition: () => void,
): void {
  const { f } = compiler
  const value = declareValue(f, call.output.type, true)
  f.i32(0)
  f.set(value.valid!)
  pushCondition()
  f.if(() => {
    emitCopyFrom(compiler, locals, index, args[0]!, value)
  })
  emitStoreField(f, locals.row, result, value)
}

/** Pushes 1 when the argument is not NULL in row `index`. */
function pushIsPresent(
  compiler: PipelineCompiler,
  locals: PartitionLocals,
  index: Local,
  argument: WindowArgument,
): void {
  locals.rows.push(index)
  pushValid(compiler.f, emitArgument(compiler, compiler.f.keep('i32'), argument))
}

/** Emits: `value` becomes the argument in row `index`. */
function emitCopyFrom(
  compiler: PipelineCompiler,
  locals: PartitionLocals,
  index: Local,
  argument: WindowArgument,
  value: Value,
): void {
  const { f } = compiler
  locals.rows.push(index)
  copyValue(f, locals.rows.keep(emitArgument(compiler, f.keep('i32'), argument), 'slice'), value)
}
