import { types } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Value } from '../../codegen/value.ts'
import {
  plainAggregate,
  type Accumulator,
  type AggregateFunction,
  type AggregateState,
} from './aggregate-function.ts'
import { heldFields, initHeld, pushRoom, replaceHeld } from './held-value.ts'
import { validValue, zeroValue } from './values.ts'

/** The state of `held-value.ts`, and whether a row was seen: a first row may well be NULL. */
function withSeen(seenField: number): {
  load(state: AggregateState, context: CodeContext): void
  set(state: AggregateState, context: CodeContext): void
} {
  return {
    load: (state, { f }) => f.get(state.load(seenField).locals[0]!),
    set: (state, { f }) => {
      f.i32(1)
      state.store(seenField, validValue(types.bool, f.keep('i32')))
    },
  }
}

/** The value of the first (last) row, NULL or not. */
function positionalAccumulator(name: 'first' | 'last'): Accumulator {
  const seenAt = (type: Value['type']) => withSeen(heldFields(type).length)
  const take = (context: CodeContext, state: AggregateState, value: Value): void => {
    const { f } = context
    const seen = seenAt(value.type)
    const replace = (): void => {
      replaceHeld(context, state, value)
      seen.set(state, context)
    }
    if (name === 'last') {
      replace()
      return
    }
    seen.load(state, context)
    f.op('i32.eqz')
    f.if(() => context.branch(replace))
  }
  return {
    name,
    takesNulls: true,
    fields: ({ types: [type] }) => [...heldFields(type!), { type: types.bool, nullable: false }],
    init: (context, state, { types: [type] }) => {
      initHeld(context, state, type!)
      state.store(heldFields(type!).length, zeroValue(context.f, types.bool, false))
    },
    update: (context, state, [argument]) => take(context, state, argument!),
    merge: (context, state, [other, seen]) => {
      context.f.get(seen!.locals[0]!)
      context.f.if(() => context.branch(() => take(context, state, other!)))
    },
    room: (context, state, [argument]) => pushRoom(context, state, argument!),
  }
}

/** The first value that is not NULL. */
export const anyAccumulator: Accumulator = {
  name: 'any_value',
  fields: ({ types: [type] }) => heldFields(type!),
  init: (context, state, { types: [type] }) => initHeld(context, state, type!),
  update: (context, state, [argument]) => takeFirst(context, state, argument!),
  merge: (context, state, [other]) => {
    context.f.get(other!.valid!)
    context.f.if(() => context.branch(() => takeFirst(context, state, other!)))
  },
  room: (context, state, [argument]) => pushRoom(context, state, argument!),
}

function takeFirst(context: CodeContext, state: AggregateState, value: Value): void {
  const { f } = context
  f.get(state.load(0).valid!)
  f.op('i32.eqz')
  f.if(() => context.branch(() => replaceHeld(context, state, { ...value, valid: null })))
}

export const positionals: readonly AggregateFunction[] = [
  plainAggregate('first', positionalAccumulator('first')),
  plainAggregate('last', positionalAccumulator('last')),
  plainAggregate('any_value', anyAccumulator),
]
