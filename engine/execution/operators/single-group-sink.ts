import type { Local, WasmType } from '../../codegen/assembler.ts'
import { wasmTypes, type Value } from '../../codegen/value.ts'
import { physicalType } from '../../arrow/types.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { PipelineCompiler, SinkCode } from '../pipeline-compiler.ts'
import type { RowField } from '../row-layout.ts'
import { emitArenaIsShort, prepareRowStore, RowStore, type RowStoreLocals } from '../row-store.ts'
import type { Sink } from '../stream.ts'
import type { PipelineInstance, ThreadRuntime } from '../thread-runtime.ts'
import { emitFeed, emitInit, emitRoom, LocalState, RowState } from './aggregate-code.ts'
import type { AggregateShape, StateShape } from './aggregate-shape.ts'

const WASM_BYTES = { i32: 4, i64: 8, f32: 4, f64: 8 } as const satisfies Record<WasmType, number>

/** Code of an aggregate without keys: its states live in locals. */
export class SingleGroupSink implements SinkCode {
  readonly #shape: AggregateShape
  #store: RowStoreLocals | null = null
  #values: readonly Value[] = []
  #row = 0

  constructor(shape: AggregateShape) {
    this.#shape = shape
  }

  get storeSlots(): number {
    return this.#store?.slots ?? 0
  }

  /** Block offset of the states, laid out as the shape says. */
  get row(): number {
    return this.#row
  }

  prepare(compiler: PipelineCompiler): void {
    const { layout } = this.#shape
    this.#store = prepareRowStore(compiler)
    this.#row = compiler.state(layout.width)
    this.#values = layout.fields.map((field) => this.#stateLocals(compiler, field))
  }

  emit(compiler: PipelineCompiler): void {
    const { f } = compiler
    const store = this.#store!
    const stateOf = (state: StateShape): LocalState => {
      const values = this.#values.slice(state.firstField, state.firstField + state.columns.length)
      return new LocalState(compiler, values, store)
    }
    const room = emitRoom(compiler, this.#shape, 'update', stateOf)
    if (room !== null) {
      emitArenaIsShort(compiler, store, room)
      f.if(() => {
        compiler.event(0, room)
        f.op('drop')
      })
    }
    emitFeed(compiler, this.#shape, 'update', stateOf)
  }

  #stateLocals(compiler: PipelineCompiler, field: RowField): Value {
    const { type } = field.column
    const physical = physicalType(type)
    let at = this.#row + field.offset
    const locals: Local[] = wasmTypes(physical).map((wasm) => {
      const local = compiler.stateLocal(at, wasm)
      at += WASM_BYTES[wasm]
      return local
    })
    const valid = field.validOffset < 0 ? null : compiler.stateLocal(this.#row + field.validOffset, 'i32')
    return { type, physical, locals, valid }
  }
}

/** Takes one row without columns and writes the states of a group without rows to `row`. */
export class InitialStates implements Sink {
  readonly #shape: AggregateShape
  readonly #row: number

  constructor(shape: AggregateShape, row: number) {
    this.#shape = shape
    this.#row = row
  }

  code(): SinkCode {
    let store: RowStoreLocals | null = null
    return {
      prepare: (compiler) => {
        store = prepareRowStore(compiler)
      },
      emit: (compiler) => {
        compiler.f.i32(this.#row)
        const row = compiler.f.keep('i32')
        const { layout } = this.#shape
        emitInit(
          compiler,
          this.#shape,
          (state) => new RowState(compiler, row, layout, state.firstField, store!),
        )
      },
    }
  }

  attach(): void {
    // The address is in the code.
  }

  onEvent(): number {
    return 0
  }

  settle(): void {
    // Nothing points anywhere.
  }

  detach(): void {
    // The address is in the code.
  }
}

/** The one group of an aggregate without keys, on one thread. */
export class SingleGroup implements Sink {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #shape: AggregateShape
  readonly #store: RowStore
  readonly #row: number
  #states = 0

  constructor(runtime: ThreadRuntime, owner: PageOwner, shape: AggregateShape) {
    this.#runtime = runtime
    this.#owner = owner
    this.#shape = shape
    this.#store = new RowStore(runtime.heap, owner, shape.layout)
    this.#row = owner.allocate(shape.layout.width)
    // Validity is stored as a byte and held in a local of four: the rest must be zero.
    runtime.heap.u8.fill(0, this.#row, this.#row + shape.layout.width)
  }

  /** Address of the states while no pipeline has them. `InitialStates` writes them first. */
  get row(): number {
    return this.#row
  }

  code(): SingleGroupSink {
    return new SingleGroupSink(this.#shape)
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    const { storeSlots, row } = code as SingleGroupSink
    this.#store.attach(instance.block + storeSlots)
    this.#states = instance.block + row
    this.#copy(this.#row, this.#states)
  }

  detach(): void {
    this.#copy(this.#states, this.#row)
    this.#store.detach()
    this.#states = 0
  }

  settle(): void {
    // States own what they point to.
  }

  onEvent(_kind: number, arenaBytes: number): number {
    if (!this.#store.tryReserve(arenaBytes)) throw this.#owner.reservation.refusal(arenaBytes)
    return 0
  }

  #copy(from: number, to: number): void {
    this.#runtime.heap.u8.copyWithin(to, from, from + this.#shape.layout.width)
  }
}
