import type { Local } from '../../codegen/assembler.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import type {
  AccumulatorInput,
  AccumulatorUse,
  AggregateState,
} from '../../functions/aggregates/aggregate-function.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, emitStoreField, type RowField } from '../row-layout.ts'
import { emitCarried } from './carried-locals.ts'
import {
  add,
  emitFrame,
  pushRow,
  type PartitionLocals,
  type WindowCallCode,
  type WindowCallShape,
} from './window-frame.ts'

/**
 * An aggregate over a frame. A frame that begins with the partition only ever grows, so each row is taken in once;
 * any other frame is gathered anew for each row.
 */
export function emitWindowAggregate(
  compiler: PipelineCompiler,
  shape: WindowCallShape,
  locals: PartitionLocals,
): WindowCallCode {
  const { f } = compiler
  const { call, args, result } = shape
  const fn = aggregateFunction(call.fn, call.span)
  const types = call.args.map((argument) => argument.type)
  const states = fn.accumulators(types).map((use) => new FrameState(compiler, use, args))
  const grows = call.frame.start.kind === 'unbounded_preceding'
  const next = f.local('i32')
  const restart = (): void => {
    for (const state of states) state.init()
  }
  const carried = states.flatMap((state) => state.carried)
  const end = grows ? emitCarried(compiler, locals, carried, restart) : () => undefined
  if (grows) {
    f.get(locals.first)
    f.set(next)
  }
  const row = (): void => {
    const { first, last } = emitFrame(compiler, call, locals)
    if (!grows) {
      restart()
      f.get(first)
      f.set(next)
    }
    f.block((exit) => {
      f.loop((again) => {
        f.get(next)
        f.get(last)
        f.op('i32.ge_s')
        f.brIf(exit)
        pushRow(compiler, locals.entries, next)
        const row = f.keep('i32')
        for (const state of states) state.feed(row)
        add(compiler, next, 1)
        f.br(again)
      })
    })
    const value = fn.finish(compiler, states, types, call.output.type, call.span)
    emitStoreField(f, locals.row, result, value)
  }
  return { row, end }
}

/**
 * The running state of a frame, in locals. Rows of the window outlive it, so strings need no copy, and must not be
 * written to: room to write to is what only `appends` states have, in the scratch area, where results stay.
 */
class FrameState implements AggregateState {
  readonly #compiler: PipelineCompiler
  readonly #use: AccumulatorUse
  readonly #args: readonly RowField[]
  readonly #input: AccumulatorInput
  readonly #values: readonly Value[]
  /** By field: it says how much room a copy has, and there is none. */
  readonly #hasNoRoom: readonly boolean[]

  constructor(compiler: PipelineCompiler, use: AccumulatorUse, args: readonly RowField[]) {
    this.#compiler = compiler
    this.#use = use
    this.#args = use.args.map((index) => args[index]!)
    this.#input = { types: this.#args.map((field) => field.column.type), mayBeEmpty: true }
    const fields = use.accumulator.fields(this.#input)
    this.#values = fields.map(({ type, nullable }) => declareValue(compiler.f, type, nullable))
    this.#hasNoRoom = fields.map(({ spilled }) => spilled === false && use.accumulator.appends !== true)
  }

  /** Every local that the state is made of. */
  get carried(): readonly Local[] {
    return this.#values.flatMap(({ locals, valid }) => (valid === null ? locals : [...locals, valid]))
  }

  load(field: number): Value {
    return this.#values[field]!
  }

  store(field: number, value: Value): void {
    if (this.#hasNoRoom[field] !== true) copyValue(this.#compiler.f, value, this.#values[field]!)
  }

  copyBytes(from: Local, bytes: Local, capacity: Local): Local {
    if (this.#use.accumulator.appends !== true) return from
    const { f, thread } = this.#compiler
    f.get(thread)
    f.get(capacity)
    f.call(this.#compiler.kernel('scratch_allocate', { params: ['i32', 'i32'], results: ['i32'] }))
    const copy = f.keep('i32')
    f.get(copy)
    f.get(from)
    f.get(bytes)
    f.memoryCopy()
    return copy
  }

  init(): void {
    this.#use.accumulator.init(this.#compiler, this, this.#input)
  }

  feed(row: Local): void {
    const { f } = this.#compiler
    const { accumulator } = this.#use
    const args = this.#args.map((field) => emitLoadField(f, row, field))
    const update = (): void => {
      accumulator.update(this.#compiler, this, args)
    }
    const nullable = accumulator.takesNulls === true ? [] : args.filter((argument) => argument.valid !== null)
    if (nullable.length === 0) {
      update()
      return
    }
    nullable.forEach((argument, index) => {
      pushValid(f, argument)
      if (index > 0) f.op('i32.and')
    })
    f.if(update)
  }
}
