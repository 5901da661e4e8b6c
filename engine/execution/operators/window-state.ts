import type { Local } from '../../codegen/assembler.ts'
import { copyValue, declareValue, pushValid, type Value } from '../../codegen/value.ts'
import type {
  AccumulatorInput,
  AccumulatorUse,
  AggregateState,
  StateField,
} from '../../functions/aggregates/aggregate-function.ts'
import { unreachable } from '../../errors.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, type RowField } from '../row-layout.ts'
import {
  emitArgument,
  type WindowArgument,
  type WindowCallShape,
  type WindowLifetime,
  type WindowRows,
} from './window-frame.ts'

/**
 * The running state of a frame, in locals. Where the rows outlive it, strings need no copy, and must not be written to:
 * room to write to is what only `appends` states have then, in a scratch area. Where rows leave, every state has it.
 */
export class FrameState implements AggregateState {
  readonly fields: readonly StateField[]
  readonly #compiler: PipelineCompiler
  readonly #use: AccumulatorUse
  readonly #args: readonly WindowArgument[]
  readonly #filter: RowField | null
  readonly #input: AccumulatorInput
  readonly #values: readonly Value[]
  /** By field: it says how much room a copy has, and there is none. */
  readonly #hasNoRoom: readonly boolean[]
  /** Pushes the block whose scratch area copies are made in; null: the state points to where rows do. */
  readonly #pushArea: (() => void) | null

  constructor(
    compiler: PipelineCompiler,
    use: AccumulatorUse,
    { args, filter }: Pick<WindowCallShape, 'args' | 'filter'>,
    place: { readonly rows: WindowRows; readonly lifetime: WindowLifetime; readonly copies: boolean },
  ) {
    this.#compiler = compiler
    this.#use = use
    this.#args = use.args.map((index) => args[index]!)
    this.#filter = filter
    this.#input = { types: this.#args.map(argumentType), mayBeEmpty: true }
    this.fields = use.accumulator.fields(this.#input)
    this.#values = this.fields.map(({ type, nullable }) => declareValue(compiler.f, type, nullable))
    const { rows, lifetime, copies } = place
    this.#pushArea =
      copies || this.appends
        ? () => {
            rows.pushArea(lifetime)
          }
        : null
    this.#hasNoRoom = this.fields.map(({ spilled }) => spilled === false && this.#pushArea === null)
  }

  /** It collects what it is fed with, in memory of its own. */
  get appends(): boolean {
    return this.#use.accumulator.appends === true
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
    if (this.#pushArea === null) return from
    const { f } = this.#compiler
    this.#pushArea()
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

  /** Emits a row's part in the state. */
  feed(row: Local): void {
    const { f } = this.#compiler
    const { accumulator } = this.#use
    const update = (): void => {
      const args = this.#args.map((argument) => emitArgument(this.#compiler, row, argument))
      const nullable = accumulator.takesNulls === true ? [] : args.filter(({ valid }) => valid !== null)
      if (nullable.length === 0) {
        accumulator.update(this.#compiler, this, args)
        return
      }
      nullable.forEach((argument, index) => {
        pushValid(f, argument)
        if (index > 0) f.op('i32.and')
      })
      f.if(() => {
        accumulator.update(this.#compiler, this, args)
      })
    }
    if (this.#filter === null) {
      update()
      return
    }
    const condition = emitLoadField(f, row, this.#filter)
    pushValid(f, condition)
    f.get(condition.locals[0]!)
    f.op('i32.and')
    f.if(update)
  }

  /** Emits that another state's fields, without those that are not spilled, are taken in. */
  merge(other: readonly Value[]): void {
    this.#use.accumulator.merge(this.#compiler, this, other)
  }
}

function argumentType(argument: WindowArgument): AccumulatorInput['types'][number] {
  switch (argument.kind) {
    case 'field':
      return argument.field.column.type
    case 'literal':
      return argument.literal.type
    case 'computed':
      return argument.expression.type
    default:
      return unreachable(argument)
  }
}
