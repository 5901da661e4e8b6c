import { physicalType } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import { compileExpression } from '../../codegen/expression.ts'
import { copyValue, pushPart, storePart, type Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { AggregateState, StateParts } from '../../functions/aggregates/aggregate-function.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'
import { emitLoadField, emitStoreField, type RowLayout } from '../row-layout.ts'
import type { RowStoreLocals } from '../row-store.ts'
import type { AggregateShape, StateShape } from './aggregate-shape.ts'

/** What rows are fed into states: rows of the input, or states that were spilled. */
export type FeedMode = 'update' | 'merge'

/** A group's state in its row. */
export class RowState implements AggregateState {
  readonly #compiler: PipelineCompiler
  readonly #row: Local
  readonly #layout: RowLayout
  readonly #firstField: number
  readonly #store: RowStoreLocals

  constructor(
    compiler: PipelineCompiler,
    row: Local,
    layout: RowLayout,
    firstField: number,
    store: RowStoreLocals,
  ) {
    this.#compiler = compiler
    this.#row = row
    this.#layout = layout
    this.#firstField = firstField
    this.#store = store
  }

  readonly parts: StateParts = {
    push: (field, part) => {
      const { column, offset } = this.#field(field)
      pushPart(this.#compiler.f, physicalType(column.type), part, this.#row, offset)
    },
    store: (field, part, local) => {
      const { f } = this.#compiler
      const { column, offset, validOffset } = this.#field(field)
      storePart(f, physicalType(column.type), part, this.#row, offset, local)
      if (validOffset < 0) return
      f.get(this.#row)
      f.i32(1)
      f.memory('i32.store8', validOffset)
    },
  }

  load(field: number): Value {
    return emitLoadField(this.#compiler.f, this.#row, this.#field(field))
  }

  store(field: number, value: Value): void {
    emitStoreField(this.#compiler.f, this.#row, this.#field(field), value)
  }

  copyBytes(from: Local, bytes: Local, capacity: Local): Local {
    return emitCopyBytes(this.#compiler, this.#store, from, bytes, capacity)
  }

  #field(field: number): RowLayout['fields'][number] {
    return this.#layout.fields[this.#firstField + field]!
  }
}

/** A state held in locals of the function. */
export class LocalState implements AggregateState {
  readonly #compiler: PipelineCompiler
  readonly #values: readonly Value[]
  readonly #store: RowStoreLocals

  constructor(compiler: PipelineCompiler, values: readonly Value[], store: RowStoreLocals) {
    this.#compiler = compiler
    this.#values = values
    this.#store = store
  }

  load(field: number): Value {
    return this.#values[field]!
  }

  store(field: number, value: Value): void {
    const to = this.#values[field]!
    copyValue(this.#compiler.f, value, to)
  }

  copyBytes(from: Local, bytes: Local, capacity: Local): Local {
    return emitCopyBytes(this.#compiler, this.#store, from, bytes, capacity)
  }
}

/** A finished state, read from the columns of its row. */
class ColumnState implements AggregateState {
  readonly #compiler: PipelineCompiler
  readonly #shape: StateShape

  constructor(compiler: PipelineCompiler, shape: StateShape) {
    this.#compiler = compiler
    this.#shape = shape
  }

  load(field: number): Value {
    return this.#compiler.column(this.#shape.columns[field]!.id)
  }

  store(): never {
    throw internalError('a finished aggregate was changed')
  }

  copyBytes(): never {
    throw internalError('a finished aggregate was changed')
  }
}

/** Emits the copy that `AggregateState.copyBytes` is about; room was made before. */
function emitCopyBytes(
  { f }: PipelineCompiler,
  store: RowStoreLocals,
  from: Local,
  bytes: Local,
  capacity: Local,
): Local {
  const copy = f.local('i32')
  f.get(store.arenaNext)
  f.i32(7)
  f.op('i32.add')
  f.i32(-8)
  f.op('i32.and')
  f.tee(copy)
  f.get(from)
  f.get(bytes)
  f.memoryCopy()
  f.get(copy)
  f.get(capacity)
  f.op('i32.add')
  f.set(store.arenaNext)
  return copy
}

/** Bytes that aligning one copy may take. */
const ALIGNMENT_SLACK = 8

/** Emits how many arena bytes feeding the current row into its group may take; null when no state copies anything. */
export function emitRoom(
  compiler: PipelineCompiler,
  shape: AggregateShape,
  mode: FeedMode,
  stateOf: (shape: StateShape) => AggregateState,
): Local | null {
  const { f } = compiler
  const copying = shape.states.filter(
    ({ accumulator, columns, spilled }) => accumulator.room !== undefined && columns.length > spilled.length,
  )
  if (copying.length === 0) return null
  const room = f.local('i32')
  f.i32(copying.length * 2 * ALIGNMENT_SLACK)
  f.set(room)
  for (const state of copying) {
    const add = (): void => {
      f.get(room)
      state.accumulator.room!(compiler, stateOf(state), feedOf(compiler, state, mode))
      f.op('i32.add')
      f.set(room)
    }
    if (mode === 'merge') add()
    else emitFiltered(compiler, state, add)
  }
  return room
}

/** Emits the first content of a new group's states. */
export function emitInit(
  compiler: PipelineCompiler,
  shape: AggregateShape,
  stateOf: (shape: StateShape) => AggregateState,
): void {
  for (const state of shape.states) state.accumulator.init(compiler, stateOf(state), state.input)
}

/** States that share what they read and compute of a row. */
const STATES_TOGETHER = 64

/** Emits the current row's part in every state. */
export function emitFeed(
  compiler: PipelineCompiler,
  shape: AggregateShape,
  mode: FeedMode,
  stateOf: (shape: StateShape) => AggregateState,
): void {
  const feed = (state: StateShape): void => {
    if (mode === 'merge') {
      const other = feedOf(compiler, state, mode)
      state.accumulator.merge(compiler, stateOf(state), other, state.call.span)
    } else {
      emitFiltered(compiler, state, () => emitUpdate(compiler, state, stateOf(state)))
    }
  }
  const { states } = shape
  if (states.length <= STATES_TOGETHER) {
    states.forEach(feed)
    return
  }
  for (let at = 0; at < states.length; at += STATES_TOGETHER) {
    const together = states.slice(at, at + STATES_TOGETHER)
    compiler.f.scope(() => compiler.branch(() => together.forEach(feed)))
  }
}

function emitFiltered(compiler: PipelineCompiler, { filter }: StateShape, body: () => void): void {
  if (filter === null) {
    body()
    return
  }
  const { f } = compiler
  const condition = compileExpression(compiler, filter)
  f.get(condition.locals[0]!)
  if (condition.valid !== null) {
    f.get(condition.valid)
    f.op('i32.and')
  }
  f.if(() => compiler.branch(body))
}

function emitUpdate(compiler: PipelineCompiler, shape: StateShape, state: AggregateState): void {
  const { f } = compiler
  const { accumulator, call } = shape
  const args = feedOf(compiler, shape, 'update')
  const nullable = accumulator.takesNulls === true ? [] : args.filter((argument) => argument.valid !== null)
  if (nullable.length === 0) {
    accumulator.update(compiler, state, args, call.span)
    return
  }
  nullable.forEach((argument, index) => {
    f.get(argument.valid!)
    if (index > 0) f.op('i32.and')
  })
  f.if(() => compiler.branch(() => accumulator.update(compiler, state, args, call.span)))
}

function feedOf(compiler: PipelineCompiler, shape: StateShape, mode: FeedMode): readonly Value[] {
  return mode === 'merge'
    ? shape.spilled.map((column) => compiler.column(column.id))
    : shape.args.map((argument) => compileExpression(compiler, argument))
}

/** Makes the aggregates' results known, from the columns of finished states. */
export class AggregateResultStep implements Step {
  readonly #shape: AggregateShape
  readonly #operator: number

  constructor(shape: AggregateShape, operator: number) {
    this.#shape = shape
    this.#operator = operator
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    for (const { call, fn, states } of this.#shape.calls) {
      compiler.define(call.output.id, () =>
        fn.finish(
          compiler,
          states.map((state) => new ColumnState(compiler, state)),
          call.args.map((argument) => argument.type),
          call.output.type,
          call.span,
        ),
      )
    }
    compiler.count(this.#operator)
    next()
  }
}
