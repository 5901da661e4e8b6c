import type { Local } from './assembler.ts'
import type { CodeContext } from './code-context.ts'
import { forEachIndex } from './list-loop.ts'
import { structFields, viewField, viewItem, type ListView } from './nested-value.ts'
import { pushValid, type Value } from './value.ts'

/** The part of a context that code over values needs. */
export type KernelContext = Pick<CodeContext, 'f' | 'kernel'>

export interface SortOrder {
  readonly descending: boolean
  readonly nullsFirst: boolean
}

const INTERVAL_PAIR = { params: ['i32', 'i32', 'i64', 'i32', 'i32', 'i64'], results: ['i32'] } as const
const BYTES_PAIR = { params: ['i32', 'i32', 'i32', 'i32'], results: ['i32'] } as const

/**
 * Pushes 1 when two valid values of one type are equal, else 0. NaN equals NaN and -0 equals 0; intervals are equal
 * when they are as long, a month being 30 days.
 */
export function emitEquals(context: KernelContext, a: Value, b: Value): void {
  const { f } = context
  const [a0, a1] = a.locals
  const [b0, b1] = b.locals
  switch (a.physical) {
    case 'bool':
    case 'i8':
    case 'i16':
    case 'i32':
    case 'u8':
    case 'u16':
    case 'u32':
      pushBoth(context, a0!, b0!)
      f.op('i32.eq')
      return
    case 'i64':
    case 'u64':
      pushBoth(context, a0!, b0!)
      f.op('i64.eq')
      return
    case 'f32':
    case 'f64':
      pushBoth(context, a0!, b0!)
      f.op(`${a.physical}.eq`)
      pushBoth(context, a0!, a0!)
      f.op(`${a.physical}.ne`)
      pushBoth(context, b0!, b0!)
      f.op(`${a.physical}.ne`)
      f.op('i32.and')
      f.op('i32.or')
      return
    case 'i128':
      pushBoth(context, a0!, b0!)
      f.op('i64.xor')
      pushBoth(context, a1!, b1!)
      f.op('i64.xor')
      f.op('i64.or')
      f.op('i64.eqz')
      return
    case 'bytes':
      if (a.type.kind === 'struct') {
        emitCompareStructs(context, a, b)
        f.op('i32.eqz')
        return
      }
      pushBoth(context, a1!, b1!)
      f.op('i32.eq')
      f.if(
        () => {
          f.get(a0!)
          f.get(b0!)
          f.get(a1!)
          f.call(context.kernel('bytes_equal', { params: ['i32', 'i32', 'i32'], results: ['i32'] }))
        },
        () => f.i32(0),
        'i32',
      )
      return
    case 'interval':
      pushAll(context, a, b)
      f.call(context.kernel('interval_compare', INTERVAL_PAIR))
      f.op('i32.eqz')
      return
    case 'list':
      emitCompareLists(context, a, b)
      f.op('i32.eqz')
      return
  }
}

/** Pushes 1 when both are NULL, or neither is and they are equal; else 0. */
export function emitNullSafeEquals(context: KernelContext, a: Value, b: Value): void {
  const { f } = context
  if (a.valid === null && b.valid === null) {
    emitEquals(context, a, b)
    return
  }
  pushValid(f, a)
  pushValid(f, b)
  f.op('i32.and')
  f.if(
    () => emitEquals(context, a, b),
    () => {
      pushValid(f, a)
      pushValid(f, b)
      f.op('i32.or')
      f.op('i32.eqz')
    },
    'i32',
  )
}

/**
 * Pushes an i32 below, at or above zero as `a` sorts before, with or after `b`. Numbers ascend with NaN last, text by
 * its bytes; `descending` turns that around, and `nullsFirst` alone decides where NULL goes.
 */
export function emitCompare(context: KernelContext, a: Value, b: Value, order: SortOrder): void {
  const { f } = context
  const [first, second] = order.descending ? [b, a] : [a, b]
  if (a.valid === null && b.valid === null) {
    emitCompareValid(context, first, second)
    return
  }
  pushValid(f, a)
  pushValid(f, b)
  f.op('i32.and')
  f.if(
    () => emitCompareValid(context, first, second),
    () => {
      // a valid value stands after NULL when NULLs are first
      const [after, before] = order.nullsFirst ? [a, b] : [b, a]
      pushValid(f, after)
      pushValid(f, before)
      f.op('i32.sub')
    },
    'i32',
  )
}

function emitCompareValid(context: KernelContext, a: Value, b: Value): void {
  const { f } = context
  const [a0, a1] = a.locals
  const [b0, b1] = b.locals
  switch (a.physical) {
    case 'bool':
    case 'i8':
    case 'i16':
    case 'u8':
    case 'u16':
      pushBoth(context, a0!, b0!)
      f.op('i32.sub')
      return
    case 'i32':
      pushSign(context, a0!, b0!, 'i32.gt_s', 'i32.lt_s')
      return
    case 'u32':
      pushSign(context, a0!, b0!, 'i32.gt_u', 'i32.lt_u')
      return
    case 'i64':
      pushSign(context, a0!, b0!, 'i64.gt_s', 'i64.lt_s')
      return
    case 'u64':
      pushSign(context, a0!, b0!, 'i64.gt_u', 'i64.lt_u')
      return
    case 'f32':
    case 'f64':
      // (a > b or a is NaN) - (a < b or b is NaN)
      pushBoth(context, a0!, b0!)
      f.op(`${a.physical}.gt`)
      pushBoth(context, a0!, a0!)
      f.op(`${a.physical}.ne`)
      f.op('i32.or')
      pushBoth(context, a0!, b0!)
      f.op(`${a.physical}.lt`)
      pushBoth(context, b0!, b0!)
      f.op(`${a.physical}.ne`)
      f.op('i32.or')
      f.op('i32.sub')
      return
    case 'i128':
      pushBoth(context, a1!, b1!)
      f.op('i64.eq')
      f.if(
        () => pushSign(context, a0!, b0!, 'i64.gt_u', 'i64.lt_u'),
        () => pushSign(context, a1!, b1!, 'i64.gt_s', 'i64.lt_s'),
        'i32',
      )
      return
    case 'bytes':
      if (a.type.kind === 'struct') {
        emitCompareStructs(context, a, b)
        return
      }
      pushAll(context, a, b)
      f.call(context.kernel('bytes_compare', BYTES_PAIR))
      return
    case 'interval':
      pushAll(context, a, b)
      f.call(context.kernel('interval_compare', INTERVAL_PAIR))
      return
    case 'list':
      emitCompareLists(context, a, b)
      return
  }
}

/** Item by item, NULL coming last; a list that begins the other comes first. */
function emitCompareLists(context: KernelContext, a: ListView, b: ListView): void {
  const { f } = context
  const order = f.local('i32')
  f.i32(0)
  f.set(order)
  forEachIndex(context, a.locals[1]!, (index, done) => {
    f.get(index)
    f.get(b.locals[1]!)
    f.op('i32.ge_u')
    f.brIf(done)
    const item = viewItem(context, a, index)
    const other = viewItem(context, b, index)
    emitCompare(context, item, other, { descending: false, nullsFirst: false })
    f.tee(order)
    f.brIf(done)
  })
  f.get(order)
  pushSign(context, a.locals[1]!, b.locals[1]!, 'i32.gt_u', 'i32.lt_u')
  f.get(order)
  f.op('select')
}

/** Field by field, NULL coming last. */
function emitCompareStructs(context: KernelContext, a: Value, b: Value): void {
  const { f } = context
  const order = f.local('i32')
  f.i32(0)
  f.set(order)
  f.block((done) => {
    for (const index of structFields(a.type).keys()) {
      emitCompare(context, viewField(context, a, index), viewField(context, b, index), {
        descending: false,
        nullsFirst: false,
      })
      f.tee(order)
      f.brIf(done)
    }
  })
  f.get(order)
}

function pushBoth(context: KernelContext, a: Local, b: Local): void {
  context.f.get(a)
  context.f.get(b)
}

function pushAll(context: KernelContext, a: Value, b: Value): void {
  for (const local of [...a.locals, ...b.locals]) context.f.get(local)
}

type Comparison = `i${'32' | '64'}.${'gt' | 'lt'}_${'s' | 'u'}`

function pushSign(context: KernelContext, a: Local, b: Local, greater: Comparison, less: Comparison): void {
  pushBoth(context, a, b)
  context.f.op(greater)
  pushBoth(context, a, b)
  context.f.op(less)
  context.f.op('i32.sub')
}
