import { types } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { emitHash } from '../../codegen/hash.ts'
import type { Value } from '../../codegen/value.ts'
import type { Accumulator, AggregateFunction, AggregateState } from './aggregate-function.ts'
import { growBy, growingFields, initGrowing, pushGrowthRoom } from './growing-bytes.ts'
import { keepInt64, markedValid } from './values.ts'

/** A HyperLogLog sketch, as kernels/assembly/distinct-sketch.ts lays it out. */
const sketch: Accumulator = {
  name: 'distinct_sketch',
  appends: true,
  fields: () => growingFields(types.binary),
  init: (context, state) => {
    initGrowing(context, state, types.binary)
  },
  update: (context, state, [value]) => {
    const { f, thread } = context
    const hash = hashOf(context, value!)
    const before = bytesOf(context, state)
    pushGrowth(context, state, hash)
    growBy(context, state, f.keep('i32'))
    f.get(thread)
    f.get(state.load(0).locals[0]!)
    f.get(before)
    f.get(hash)
    f.call(context.kernel('sketch_add', { params: ['i32', 'i32', 'i32', 'i64'], results: [] }))
  },
  merge: (context, state, [other]) => {
    const { f, thread } = context
    f.get(other!.valid!)
    f.if(() =>
      context.branch(() => {
        const before = bytesOf(context, state)
        pushMergeGrowth(context, state, other!)
        growBy(context, state, f.keep('i32'))
        const held = state.load(0)
        f.get(thread)
        f.get(held.locals[0]!)
        f.get(before)
        f.get(held.locals[1]!)
        f.get(other!.locals[0]!)
        f.get(other!.locals[1]!)
        f.call(
          context.kernel('sketch_merge', {
            params: ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'],
            results: ['i32'],
          }),
        )
        const bytes = f.keep('i32')
        state.store(0, markedValid(f, { ...held, locals: [held.locals[0]!, bytes] }))
      }),
    )
  },
  room: (context, state, [value]) => {
    const { f } = context
    if (isSketch(value!)) {
      f.get(value!.valid!)
      f.if(
        () => pushMergeGrowth(context, state, value!),
        () => f.i32(0),
        'i32',
      )
    } else if (value!.valid === null) {
      pushGrowth(context, state, hashOf(context, value!))
    } else {
      f.get(value!.valid)
      f.if(
        () => pushGrowth(context, state, hashOf(context, { ...value!, valid: null })),
        () => f.i32(0),
        'i32',
      )
    }
    pushGrowthRoom(context, state, f.keep('i32'))
  },
}

/** Values are hashed to BIGINT before; bytes are another state's. */
function isSketch(value: Value): boolean {
  return value.type.kind === 'binary'
}

function hashOf(context: CodeContext, value: Value): Local {
  const { f } = context
  f.i64(0n)
  emitHash(context, { ...value, valid: null }, f.keep('i64'))
  return f.keep('i64')
}

function bytesOf({ f }: CodeContext, state: AggregateState): Local {
  f.get(state.load(0).locals[1]!)
  return f.keep('i32')
}

function pushGrowth(context: CodeContext, state: AggregateState, hash: Local): void {
  const { f } = context
  const [pointer, bytes] = state.load(0).locals
  f.get(pointer!)
  f.get(bytes!)
  f.get(hash)
  f.call(context.kernel('sketch_growth', { params: ['i32', 'i32', 'i64'], results: ['i32'] }))
}

function pushMergeGrowth(context: CodeContext, state: AggregateState, other: Value): void {
  const { f } = context
  f.get(state.load(0).locals[1]!)
  f.get(other.locals[1]!)
  f.call(context.kernel('sketch_merge_growth', { params: ['i32', 'i32'], results: ['i32'] }))
}

export const distinctSketches: readonly AggregateFunction[] = [
  {
    name: 'approx_count_distinct',
    accumulators: () => [{ accumulator: sketch, args: [0] }],
    finish: (context, [state]) => {
      const { f } = context
      const { locals, valid } = state!.load(0)
      f.get(valid!)
      f.if(
        () => {
          f.get(locals[0]!)
          f.get(locals[1]!)
          f.call(context.kernel('sketch_count', { params: ['i32', 'i32'], results: ['i64'] }))
        },
        () => f.i64(0n),
        'i64',
      )
      return keepInt64(f)
    },
  },
]
