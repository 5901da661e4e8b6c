import type { Local, WasmType } from '../../codegen/assembler.ts'
import { wasmTypes, type Value } from '../../codegen/value.ts'
import { physicalType } from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { PipelineCompiler, SinkCode } from '../pipeline-compiler.ts'
import type { RowField } from '../row-layout.ts'
import { emitArenaIsShort, prepareRowStore, type RowStoreLocals } from '../row-store.ts'
import type { SharedSink, Sink } from '../stream.ts'
import type { SinkSpec } from '../team/team-messages.ts'
import type { PipelineInstance, ThreadRuntime } from '../thread-runtime.ts'
import { emitFeed, emitInit, emitRoom, LocalState, RowState, type FeedMode } from './aggregate-code.ts'
import type { AggregateShape, StateShape } from './aggregate-shape.ts'
import { GroupStates } from './group-states.ts'
import { isOrderFree } from './order-free.ts'
import { PartMerge } from './part-merge.ts'

const WASM_BYTES = { i32: 4, i64: 8, f32: 4, f64: 8 } as const satisfies Record<WasmType, number>

/** Code of an aggregate without keys: its states live in locals. */
export class SingleGroupSink implements SinkCode {
  readonly #shape: AggregateShape
  readonly #mode: FeedMode
  #store: RowStoreLocals | null = null
  #values: readonly Value[] = []
  #row = 0

  constructor(shape: AggregateShape, mode: FeedMode) {
    this.#shape = shape
    this.#mode = mode
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
    const room = emitRoom(compiler, this.#shape, this.#mode, stateOf)
    if (room !== null) {
      emitArenaIsShort(compiler, store, room)
      f.if(() => {
        compiler.event(0, room)
        f.op('drop')
      })
    }
    emitFeed(compiler, this.#shape, this.#mode, stateOf)
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

/** The one group of an aggregate without keys, filled by the driver and by members of the team. */
export class SingleGroup extends GroupStates implements Sink {
  readonly #shape: AggregateShape
  readonly #merge: PartMerge
  readonly shared: SharedSink | null
  /** The states before any row. */
  #initial: Uint8Array = new Uint8Array()

  constructor(runtime: ThreadRuntime, owner: PageOwner, shape: AggregateShape) {
    super(runtime, owner, shape.layout)
    this.#shape = shape
    this.#merge = new PartMerge(runtime, owner, shape)
    this.shared = isOrderFree(shape)
      ? {
          spec: (code) => this.#spec(code as SingleGroupSink),
          prepare: () => {
            this.#merge.prepare(new SingleGroupSink(shape, 'merge'))
          },
          absorb: (part) => {
            if (part.kind !== 'group') throw internalError('a part of another sink was handed over')
            const pages = [{ pointer: part.row, bytes: shape.layout.width, rows: 1 }]
            this.#merge.run(this, pages)
            return true
          },
          finish: () => {
            this.#merge.close()
          },
        }
      : null
  }

  /** The states are as they are before any row. */
  begin(): void {
    this.#initial = this.runtime.heap.u8.slice(this.row, this.row + this.#shape.layout.width)
  }

  code(): SingleGroupSink {
    return new SingleGroupSink(this.#shape, 'update')
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    this.connect(instance.block, code as SingleGroupSink)
  }

  #spec({ storeSlots, row }: SingleGroupSink): SinkSpec {
    const { layout } = this.#shape
    const reservation = this.owner.reservation.share()
    return { kind: 'group', storeSlots, row, layout, initial: this.#initial, reservation }
  }
}
