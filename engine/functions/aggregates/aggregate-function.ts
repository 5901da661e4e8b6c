import type { DataType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import type { Value } from '../../codegen/value.ts'
import type { SourceSpan } from '../../errors.ts'
import { markedValid } from './values.ts'

/** One field of a running state. */
export interface StateField {
  readonly type: DataType
  readonly nullable: boolean
  /** False: bookkeeping of memory, which stays behind when states are written to disk. */
  readonly spilled?: false
}

/** The locals of a state's fields, one by one. */
export interface StateParts {
  push(field: number, part: number): void
  /** Makes the field not NULL, too. */
  store(field: number, part: number, local: Local): void
}

/** The running state of one group, in a row of the heap or in locals. */
export interface AggregateState {
  /** The field's value. Its locals may be the state itself: they are read before the next `store`, never set. */
  load(field: number): Value
  store(field: number, value: Value): void
  /** Present where a field as a whole takes more loads and stores than one part of it. */
  readonly parts?: StateParts
  /** Emits a copy of `bytes` bytes at `from` into `capacity` bytes that live as long as the state. Returns where. */
  copyBytes(from: Local, bytes: Local, capacity: Local): Local
}

/** What an accumulator is asked to gather. */
export interface AccumulatorInput {
  readonly types: readonly DataType[]
  /** A group may end without a row that counts: no groups at all, a FILTER, or arguments that can be NULL. */
  readonly mayBeEmpty: boolean
}

/**
 * One running state. `update` and `merge` emit code for one row (of arguments, or of another state's spilled fields)
 * at a place where all arguments are known to be valid, unless `takesNulls` says that it looks itself.
 */
export interface Accumulator {
  /** Equal names over equal arguments and filter share one state. */
  readonly name: string
  readonly takesNulls?: true
  /** What `copyBytes` gave is written to later on, so it must be a copy in a window too. */
  readonly appends?: true
  fields(input: AccumulatorInput): readonly StateField[]
  /** Sets every field for a new group. */
  init(context: CodeContext, state: AggregateState, input: AccumulatorInput): void
  update(context: CodeContext, state: AggregateState, args: readonly Value[], span?: SourceSpan): void
  /** `other` holds the fields of another state of the same group, without those that are not spilled. */
  merge(context: CodeContext, state: AggregateState, other: readonly Value[], span?: SourceSpan): void
  /** Pushes how many bytes one `update` (or `merge`, of `args`) may copy; absent: none. Asked with validity known. */
  room?(context: CodeContext, state: AggregateState, args: readonly Value[]): void
}

export interface AccumulatorUse {
  readonly accumulator: Accumulator
  /** Which of the call's arguments it reads. */
  readonly args: readonly number[]
}

/** An aggregate: the states that it needs, and its value once all rows were seen. */
export interface AggregateFunction {
  readonly name: string
  accumulators(types: readonly DataType[]): readonly AccumulatorUse[]
  /** Emits the result, of type `result`; `states` in the order of `accumulators`. */
  finish(
    context: CodeContext,
    states: readonly AggregateState[],
    types: readonly DataType[],
    result: DataType,
    span?: SourceSpan,
  ): Value
}

/** The parts of any state. */
export function partsOf({ f }: CodeContext, state: AggregateState): StateParts {
  if (state.parts !== undefined) return state.parts
  return {
    push: (field, part) => f.get(state.load(field).locals[part]!),
    store: (field, part, local) => {
      const value = state.load(field)
      const changed = { ...value, locals: value.locals.with(part, local) }
      state.store(field, value.valid === null ? changed : markedValid(f, changed))
    },
  }
}

/** An aggregate that is one accumulator, whose first field is the result. */
export function plainAggregate(name: string, accumulator: Accumulator): AggregateFunction {
  return {
    name,
    accumulators: (types) => [{ accumulator, args: types.map((_, index) => index) }],
    finish: (_context, [state], _types, result) => ({ ...state!.load(0), type: result }),
  }
}
