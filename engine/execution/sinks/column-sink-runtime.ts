import { layoutBatch, type ColumnSize } from '../../arrow/batch-builder.ts'
import type { ColumnBatch, ColumnVector } from '../../arrow/column-batch.ts'
import {
  itemPhysical,
  itemTypeOf,
  physicalType,
  physicalWidth,
  type DataType,
  type PhysicalType,
  type Schema,
} from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import type { SharedReservation } from '../../memory/memory-reservation.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { Column } from '../../plan/plan.ts'
import type { SinkCode } from '../pipeline-compiler.ts'
import { pointsAway } from '../row-layout.ts'
import type { SharedSink, Sink } from '../stream.ts'
import type { PlacedBatch } from '../team/team-messages.ts'
import type { PipelineInstance, Place, ThreadRuntime } from '../thread-runtime.ts'
import { ColumnSink, type StagingColumn } from './column-sink.ts'

/** A batch and the page run that it lies in. */
export interface OwnedBatch {
  readonly batch: ColumnBatch
  readonly pointer: number
  readonly bytes: number
}

/** Where sealed batches go. */
export interface BatchReceiver {
  /** The most bytes that `allocate` can give; batches are cut to fit. */
  readonly mostBytes: number
  /** Space for a batch, spilling earlier ones when memory is short. @throws `out_of_memory` */
  allocate(bytes: number): number
  add(batch: OwnedBatch): void
  /**
   * It is done with a batch when `add` returns: the batch of one row that is longer than `mostBytes` may point to the
   * row's texts where they lie, instead of having copies.
   */
  readonly borrows?: true
  /** How several threads' batches come together; absent: one thread's only. */
  readonly shared?: SharedReceiver
}

/** A receiver that puts batches of several threads into the order of their morsels. */
export interface SharedReceiver {
  readonly reservation: SharedReservation
  readonly mostBytes: number
  /** Batches added from now on are of this morsel. */
  place(ordinal: number): void
  /** Takes over another thread's batches. */
  adopt(batches: readonly PlacedBatch[]): void
  /** Spills earlier batches until `bytes` might be free. False when there is nothing to spill. */
  makeRoom(bytes: number): boolean
  /** Puts what was added since the last call in order. */
  arrange(): void
}

/** Bytes kept for strings of rows whose chunk goes away before the batch is full. */
const ARENA_BYTES = 256 * 1024

/** The staging area of a `ColumnSink` on one thread: seals it into Arrow batches and hands them on. */
export class ColumnSinkRuntime implements Sink {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #receiver: BatchReceiver
  readonly #columns: readonly Column[]
  readonly #operator: number
  readonly #layout: ColumnSink['layout']
  readonly #pointing: readonly StagingColumn[]
  readonly #stagingBytes: number | undefined
  readonly #staging: number
  readonly #arena: number
  #arenaUsed = 0
  /** Rows whose strings are in the arena. */
  #owned = 0
  /** Address of the block's fields while attached. */
  #state = 0
  #rows = 0
  rowCount = 0
  readonly shared: SharedSink | null

  /** With a `place`, staging lies there; strings must then outlive every run (rows of a store do). */
  constructor(
    runtime: ThreadRuntime,
    owner: PageOwner,
    columns: readonly Column[],
    receiver: BatchReceiver,
    operator: number,
    place: Place | null = null,
  ) {
    this.#runtime = runtime
    this.#owner = owner
    this.#receiver = receiver
    this.#columns = columns
    this.#operator = operator
    this.#stagingBytes = place?.bytes
    this.#layout = new ColumnSink(columns, operator, place?.bytes).layout
    this.#pointing = place === null ? this.#layout.columns.filter(({ column }) => pointsAway(column)) : []
    this.#staging = place?.pointer ?? owner.allocate(this.#layout.bytes)
    this.#arena = this.#pointing.length === 0 ? 0 : owner.allocate(ARENA_BYTES)
    this.shared = receiver.shared === undefined ? null : this.#share(receiver.shared)
  }

  code(): ColumnSink {
    return new ColumnSink(this.#columns, this.#operator, this.#stagingBytes)
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    this.connect(instance.block, code as ColumnSink)
  }

  /** `state`: where the block has it. */
  connect(block: number, { state }: { readonly state: number }): void {
    this.#state = block + state
    this.#runtime.heap.u32[this.#state >>> 2] = this.#staging
    this.#writeRows(this.#rows)
  }

  detach(): void {
    this.#rows = this.#readRows()
    this.#state = 0
  }

  onEvent(): number {
    this.flush()
    return 0
  }

  settle(): void {
    if (this.#pointing.length === 0) return
    const rows = this.#readRows()
    for (const { column, values, valid } of this.#pointing) {
      const list = listItems(column.type)
      const used = Number(
        this.#call(
          list === null ? 'own_bytes' : 'own_lists',
          this.#staging + values,
          valid < 0 ? 0 : this.#staging + valid,
          this.#owned,
          rows,
          ...(list === null ? [] : [list.width, list.areTexts]),
          this.#arena + this.#arenaUsed,
          ARENA_BYTES - this.#arenaUsed,
        ),
      )
      if (used >>> 0 === 0xffff_ffff) {
        this.flush()
        return
      }
      this.#arenaUsed += used
    }
    this.#owned = rows
  }

  /** Seals what is staged. */
  flush(): void {
    const rows = this.#state === 0 ? this.#rows : this.#readRows()
    if (rows === 0) return
    this.#seal(0, rows)
    this.rowCount += rows
    this.#owned = 0
    this.#arenaUsed = 0
    if (this.#state === 0) this.#rows = 0
    else this.#writeRows(0)
  }

  /** Seals the rest and frees the staging area. */
  finish(): void {
    this.flush()
    if (this.#stagingBytes === undefined) this.#owner.free(this.#staging, this.#layout.bytes)
    if (this.#arena !== 0) this.#owner.free(this.#arena, ARENA_BYTES)
  }

  #share(receiver: SharedReceiver): SharedSink {
    return {
      spec: (code) => ({
        kind: 'batches',
        state: (code as ColumnSink).state,
        columns: this.#columns,
        operator: this.#operator,
        staging: this.#owner.reservation.share(),
        reservation: receiver.reservation,
        mostBytes: receiver.mostBytes,
      }),
      prepare: () => {
        this.flush()
      },
      absorb: (part) => {
        if (part.kind !== 'batches') throw internalError('a part of another sink was handed over')
        receiver.adopt(part.batches)
        return part.wantedBytes === 0 || receiver.makeRoom(part.wantedBytes)
      },
      beginMorsel: (ordinal) => {
        receiver.place(ordinal)
      },
      endMorsel: () => {
        this.flush()
      },
      finish: () => {
        receiver.arrange()
      },
    }
  }

  /** Seals staged rows `from` to `to`, in several batches when one would be too large. */
  #seal(from: number, to: number): void {
    const rows = to - from
    const schema = { fields: this.#columns }
    const staged = this.#layout.columns.map(({ column, values, valid }) => ({
      physical: physicalType(column.type),
      list: listItems(column.type),
      values: this.#staging + values + from * physicalWidth(physicalType(column.type)),
      valid: valid < 0 ? 0 : this.#staging + valid + from,
    }))
    const sizes = staged.map((column) => this.#size(column, rows))
    const { bytes } = layoutBatch(schema, rows, sizes)
    if (bytes > this.#receiver.mostBytes && rows > 1) {
      const middle = from + (rows >>> 1)
      this.#seal(from, middle)
      this.#seal(middle, to)
      return
    }
    if (bytes > this.#receiver.mostBytes && this.#receiver.borrows === true) {
      this.#sealBorrowed(schema, staged, sizes)
      return
    }
    const pointer = this.#receiver.allocate(bytes)
    const columns = layoutBatch(schema, rows, sizes, pointer).columns.map((vector, index) =>
      this.#sealColumn(vector, staged[index]!, rows),
    )
    this.#receiver.add({ batch: { length: rows, columns }, pointer, bytes })
  }

  /** Seals one row whose texts stay where they are. */
  #sealBorrowed(schema: Schema, staged: readonly StagedColumn[], sizes: readonly ColumnSize[]): void {
    const areTexts = staged.map(({ physical }) => physical === 'bytes')
    const copied = sizes.map((size, index) => (areTexts[index]! ? { dataBytes: 0, items: 0 } : size))
    const { bytes } = layoutBatch(schema, 1, copied)
    const pointer = this.#receiver.allocate(bytes)
    const { u32 } = this.#runtime.heap
    const columns = layoutBatch(schema, 1, copied, pointer).columns.map((vector, index) => {
      const column = staged[index]!
      if (!areTexts[index]!) return this.#sealColumn(vector, column, 1)
      const { dataBytes } = sizes[index]!
      u32[vector.offsets >>> 2] = 0
      u32[(vector.offsets >>> 2) + 1] = dataBytes
      const values = dataBytes === 0 ? vector.values : u32[column.values >>> 2]!
      return { ...this.#sealValidity(vector, column, 1), values }
    })
    this.#receiver.add({ batch: { length: 1, columns }, pointer, bytes })
  }

  #sealValidity(vector: ColumnVector, { valid }: StagedColumn, rows: number): ColumnVector {
    const nulls = valid === 0 ? 0 : Number(this.#call('pack_bitmap', valid, rows, vector.validity))
    return nulls === 0 ? { ...vector, validity: 0 } : vector
  }

  #sealColumn(vector: ColumnVector, column: StagedColumn, rows: number): ColumnVector {
    const { physical, list, values, valid } = column
    const sealed = this.#sealValidity(vector, column, rows)
    if (list !== null) return this.#sealLists(sealed, list, values, valid, rows)
    if (physical === 'bytes') {
      this.#call('seal_bytes', values, valid, rows, vector.offsets, vector.values)
    } else if (physical === 'bool') {
      this.#call('pack_bitmap', values, rows, vector.values)
    } else {
      this.#runtime.heap.u8.copyWithin(vector.values, values, values + rows * physicalWidth(physical))
    }
    return sealed
  }

  #size({ physical, list, values, valid }: StagedColumn, rows: number): ColumnSize {
    const total = (kernel: string): number => Number(this.#call(kernel, values, valid, rows))
    if (list === null) return { dataBytes: physical === 'bytes' ? total('bytes_total') : 0, items: 0 }
    return {
      dataBytes: list.areTexts === 1 ? total('lists_text_bytes') : 0,
      items: total('lists_items'),
    }
  }

  #sealLists(
    vector: ColumnVector,
    { width, areTexts, areBits }: ListItems,
    values: number,
    valid: number,
    rows: number,
  ): ColumnVector {
    const child = vector.child!
    const nulls = this.#call(
      'seal_lists',
      values,
      valid,
      rows,
      areTexts === 1 || areBits ? 0 : width,
      areTexts,
      vector.offsets,
      child.validity,
      child.offsets,
      child.values,
      child.length,
    )
    return Number(nulls) === 0 ? { ...vector, child: { ...child, validity: 0 } } : vector
  }

  #call(kernel: string, ...args: number[]): number | bigint {
    return this.#runtime.kernels[kernel]!(...args) ?? 0
  }

  #readRows(): number {
    return this.#runtime.heap.u32[(this.#state + 4) >>> 2] ?? 0
  }

  #writeRows(rows: number): void {
    this.#runtime.heap.u32[(this.#state + 4) >>> 2] = rows
  }
}

/** Staged rows of one column, from some row on. */
interface StagedColumn {
  readonly physical: PhysicalType
  readonly list: ListItems | null
  readonly values: number
  /** Validity bytes; 0 for a column that is never NULL. */
  readonly valid: number
}

/** How the items of lists in flight lie. */
interface ListItems {
  readonly width: number
  readonly areTexts: 0 | 1
  readonly areBits: boolean
}

function listItems(type: DataType): ListItems | null {
  const item = itemTypeOf(type)
  if (item === null) return null
  const physical = itemPhysical(item)
  return {
    width: physicalWidth(physical),
    areTexts: physical === 'bytes' ? 1 : 0,
    areBits: physical === 'bool',
  }
}
