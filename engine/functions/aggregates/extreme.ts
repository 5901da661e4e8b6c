import type { CodeContext } from '../../codegen/code-context.ts'
import { emitCompare } from '../../codegen/compare.ts'
import { wasmTypes, type Value } from '../../codegen/value.ts'
import {
  plainAggregate,
  type Accumulator,
  type AggregateFunction,
  type AggregateState,
} from './aggregate-function.ts'
import { heldFields, initHeld, pointsAway, pushRoom, replaceHeld } from './held-value.ts'

type Extreme = 'min' | 'max'

/** The smallest or largest value; NaN is greater than every number, text goes by its bytes. */
function extremeAccumulator(name: Extreme): Accumulator {
  const take = (context: CodeContext, state: AggregateState, value: Value): void => {
    const { f } = context
    const current = state.load(0)
    f.get(current.valid!)
    f.op('i32.eqz')
    f.if(
      () => f.i32(1),
      () => pushBetter(context, name, value, { ...current, valid: null }),
      'i32',
    )
    f.if(() => context.branch(() => replaceHeld(context, state, value)))
  }
  return {
    name,
    fields: ({ types: [type] }) => heldFields(type!),
    init: (context, state, { types: [type] }) => initHeld(context, state, type!),
    update: (context, state, [argument]) => take(context, state, { ...argument!, valid: null }),
    merge: (context, state, [other]) => {
      context.f.get(other!.valid!)
      context.f.if(() => context.branch(() => take(context, state, { ...other!, valid: null })))
    },
    room: (context, state, [argument]) => pushRoom(context, state, argument!),
  }
}

/** Pushes 1 when `value` is smaller (larger) than `current`; both are valid. */
export function pushBetter(context: CodeContext, extreme: Extreme, value: Value, current: Value): void {
  const { f } = context
  const [a, b] = extreme === 'min' ? [value, current] : [current, value]
  const [left, right] = [a.locals[0]!, b.locals[0]!]
  switch (value.physical) {
    case 'bool':
    case 'u8':
    case 'u16':
    case 'u32':
    case 'u64':
      f.get(left)
      f.get(right)
      f.op(`${wasmTypes(value.physical)[0] === 'i64' ? 'i64' : 'i32'}.lt_u`)
      return
    case 'i8':
    case 'i16':
    case 'i32':
    case 'i64':
      f.get(left)
      f.get(right)
      f.op(`${wasmTypes(value.physical)[0] === 'i64' ? 'i64' : 'i32'}.lt_s`)
      return
    default:
      emitCompare(context, { ...a, valid: null }, { ...b, valid: null }, ASCENDING)
      f.i32(0)
      f.op('i32.lt_s')
  }
}

const ASCENDING = { descending: false, nullsFirst: false }

/**
 * The argument of the row whose second argument is smallest (largest); rows with a NULL in either are passed over.
 * Of equal rows the first counts.
 */
function argumentOfExtreme(extreme: Extreme): Accumulator {
  const parts = (state: AggregateState, type: Value['type']): readonly [AggregateState, AggregateState] => {
    const shift = pointsAway(type) ? 2 : 1
    const by: AggregateState = {
      load: (field) => state.load(field + shift),
      store: (field, value) => state.store(field + shift, value),
      copyBytes: (from, bytes, capacity) => state.copyBytes(from, bytes, capacity),
    }
    return [state, by]
  }
  const take = (context: CodeContext, state: AggregateState, held: Value, key: Value): void => {
    const { f } = context
    const [value, by] = parts(state, held.type)
    const current = by.load(0)
    f.get(current.valid!)
    f.op('i32.eqz')
    f.if(
      () => f.i32(1),
      () => pushBetter(context, extreme, key, { ...current, valid: null }),
      'i32',
    )
    f.if(() =>
      context.branch(() => {
        replaceHeld(context, value, held)
        replaceHeld(context, by, key)
      }),
    )
  }
  return {
    name: `arg_${extreme}`,
    fields: ({ types: [type, by] }) => [...heldFields(type!), ...heldFields(by!)],
    init: (context, state, { types: [type, by] }) => {
      initHeld(context, state, type!)
      initHeld(context, parts(state, type!)[1], by!)
    },
    update: (context, state, [argument, by]) =>
      take(context, state, { ...argument!, valid: null }, { ...by!, valid: null }),
    merge: (context, state, [other, by]) => {
      context.f.get(by!.valid!)
      context.f.if(() =>
        context.branch(() => take(context, state, { ...other!, valid: null }, { ...by!, valid: null })),
      )
    },
    room: (context, state, [argument, by]) => {
      pushRoom(context, state, argument!)
      pushRoom(context, parts(state, argument!.type)[1], by!)
      context.f.op('i32.add')
    },
  }
}

export const extremes: readonly AggregateFunction[] = [
  plainAggregate('min', extremeAccumulator('min')),
  plainAggregate('max', extremeAccumulator('max')),
  plainAggregate('arg_min', argumentOfExtreme('min')),
  plainAggregate('arg_max', argumentOfExtreme('max')),
]
