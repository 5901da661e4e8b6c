import { internalError, LakebookError } from '../errors.ts'
import type { PageSource } from '../memory/page-owner.ts'
import { layoutBatch } from './batch-builder.ts'
import type { ColumnVector } from './column-batch.ts'
import { structPlaces } from './struct-places.ts'
import {
  itemPhysical,
  itemTypeOf,
  physicalType,
  physicalWidth,
  storedItemType,
  types,
  type DataType,
} from './types.ts'

/** Static kernels between nested Arrow columns and columns of bytes (`kernels/assembly/nested-column.ts`). */
export interface NestedKernels {
  struct_field_fixed(...args: number[]): number
  struct_field_bytes_total(...args: number[]): bigint
  struct_field_bytes(...args: number[]): number
  packed_items_total(...args: number[]): bigint
  packed_items_bytes(...args: number[]): bigint
  unpack_lists(...args: number[]): number
  pack_lists_offsets(...args: number[]): bigint
  pack_lists(...args: number[]): void
  add_lengths(...args: number[]): void
  lengths_to_offsets(...args: number[]): bigint
  struct_put_fixed(...args: number[]): void
  struct_put_bytes(...args: number[]): void
  fill_u32(...args: number[]): void
}

/** A column as Arrow has it: structs and lists of any depth have their parts in `children`. */
export interface ArrowVector {
  readonly type: DataType
  readonly length: number
  readonly validity: number
  readonly values: number
  readonly offsets: number
  /** A struct's fields; a list's items; a map's entries, which are structs. */
  readonly children: readonly ArrowVector[]
}

const MOST_BYTES = 2n ** 31n - 1n

/**
 * Turns nested columns of batches, where structs and inner lists are bytes, into Arrow's columns and back. What it makes
 * lies in pages of its own until `close`.
 */
export class NestedColumns {
  readonly #pages: PageSource
  readonly #kernels: NestedKernels
  readonly #runs: { pointer: number; bytes: number }[] = []

  constructor(pages: PageSource, kernels: NestedKernels) {
    this.#pages = pages
    this.#kernels = kernels
  }

  close(): void {
    for (const { pointer, bytes } of this.#runs.splice(0)) this.#pages.free(pointer, bytes)
  }

  /** Field `index` of `count` structs from `from` on, as it is stored. Its rows begin at 0. */
  field(column: ColumnVector, type: DataType, index: number, from: number, count: number): ColumnVector {
    if (type.kind !== 'struct') throw internalError(`${type.kind} has no fields`)
    const stored = storedItemType(type.fields[index]!.type)
    const { offsets: places, valid } = structPlaces(type)
    const physical = physicalType(stored)
    const at = places[index]!
    const source = [column.offsets, column.values, column.validity, from, count, at] as const
    const validAt = valid + index
    const dataBytes =
      physical === 'bytes' ? Number(this.#kernels.struct_field_bytes_total(...source, validAt)) : 0
    const vector = this.#empty(stored, count, { dataBytes, items: 0 })
    if (physical === 'bytes') {
      this.#kernels.struct_field_bytes(...source, validAt, vector.offsets, vector.values, vector.validity)
    } else {
      const isBool = physical === 'bool' ? 1 : 0
      const width = physicalWidth(physical)
      this.#kernels.struct_field_fixed(...source, width, validAt, isBool, vector.values, vector.validity)
    }
    return vector
  }

  /** `count` packed lists from `from` on as a list column. Its rows begin at 0. */
  unpacked(column: ColumnVector, type: DataType, from: number, count: number): ColumnVector {
    const item = itemTypeOf(type)
    if (item === null) throw internalError(`${type.kind} has no items`)
    const physical = itemPhysical(item)
    const source = [column.offsets, column.values, column.validity, from, count] as const
    const items = Number(this.#kernels.packed_items_total(...source))
    const dataBytes = physical === 'bytes' ? Number(this.#kernels.packed_items_bytes(...source)) : 0
    const vector = this.#empty(type, count, { dataBytes, items })
    const child = vector.child!
    this.#kernels.unpack_lists(
      ...source,
      physicalWidth(physical),
      physical === 'bytes' ? 1 : 0,
      physical === 'bool' ? 1 : 0,
      vector.offsets,
      child.offsets,
      child.values,
      child.validity,
      items,
    )
    return { ...vector, validity: 0 }
  }

  /** A column as batches hold it, in pages of this object: copy it with `copyVector`. */
  packed(vector: ArrowVector): ColumnVector {
    const { type, validity, offsets, values } = vector
    if (itemTypeOf(type) !== null) {
      const [items] = vector.children
      if (items === undefined) throw internalError('a list column has no items')
      const child = this.#stored(items)
      return {
        type,
        validity,
        values: 0,
        offsets,
        child: { ...child, length: items.length },
        dictionary: null,
      }
    }
    if (type.kind === 'struct') return this.#packStructs(vector)
    return { type, validity, values, offsets, child: null, dictionary: null }
  }

  /** As an item of a list or a field of a struct: lists are packed. */
  #stored(vector: ArrowVector): ColumnVector {
    const column = this.packed(vector)
    return column.child === null ? column : this.#packLists(column, vector.length)
  }

  #packLists(column: ColumnVector, length: number): ColumnVector {
    const child = column.child!
    const physical = physicalType(child.type)
    const width = physicalWidth(physical)
    const childOffsets = physical === 'bytes' ? child.offsets : 0
    const { offsets: lists, validity } = column
    const offsets = this.allocate(4 * (length + 1))
    const bytes = this.#kernels.pack_lists_offsets(lists, validity, length, width, childOffsets, offsets)
    const values = this.allocate(checkedBytes(bytes))
    this.#kernels.pack_lists(
      lists,
      validity,
      length,
      width,
      physical === 'bool' ? 1 : 0,
      childOffsets,
      child.values,
      child.validity,
      offsets,
      values,
    )
    return { type: types.binary, validity, values, offsets, child: null, dictionary: null }
  }

  #packStructs({ type, length, validity, children }: ArrowVector): ColumnVector {
    const { offsets: places, valid, fixedBytes } = structPlaces(type)
    const fields = children.map((child) => this.#stored(child))
    const offsets = this.allocate(4 * (length + 1))
    this.#kernels.fill_u32(offsets, length + 1, 0)
    for (const field of fields) {
      if (physicalType(field.type) === 'bytes') this.#kernels.add_lengths(offsets, field.offsets, length)
    }
    const bytes = this.#kernels.lengths_to_offsets(offsets, length, fixedBytes)
    const values = this.allocate(checkedBytes(bytes))
    const cursors = this.allocate(4 * Math.max(1, length))
    this.#kernels.fill_u32(cursors, length, fixedBytes)
    fields.forEach((field, index) => {
      const physical = physicalType(field.type)
      const at = places[index]!
      if (physical === 'bytes') {
        this.#kernels.struct_put_bytes(
          offsets,
          values,
          length,
          at,
          valid + index,
          cursors,
          field.offsets,
          field.values,
          field.validity,
        )
      } else {
        this.#kernels.struct_put_fixed(
          offsets,
          values,
          length,
          at,
          physicalWidth(physical),
          valid + index,
          physical === 'bool' ? 1 : 0,
          field.values,
          field.validity,
        )
      }
    })
    return { type, validity, values, offsets, child: null, dictionary: null }
  }

  #empty(type: DataType, length: number, size: { dataBytes: number; items: number }): ColumnVector {
    const schema = { fields: [{ name: '', type, nullable: true }] }
    const pointer = this.allocate(layoutBatch(schema, length, [size]).bytes)
    return layoutBatch(schema, length, [size], pointer).columns[0]!
  }

  /** Space until `close`. */
  allocate(bytes: number): number {
    const pointer = this.#pages.allocate(Math.max(8, bytes))
    this.#runs.push({ pointer, bytes: Math.max(8, bytes) })
    return pointer
  }
}

/** Bytes of one run that holds a copy of a column. */
export function copyBytes(pages: PageSource, vector: ColumnVector, length: number): number {
  return layoutBatch(schemaOf(vector), length, [sizeOf(pages, vector, length)]).bytes
}

/** Copies a column, each buffer once, into the run at `pointer`. */
export function copyVector(
  pages: PageSource,
  vector: ColumnVector,
  length: number,
  pointer: number,
): ColumnVector {
  const size = sizeOf(pages, vector, length)
  const copy = layoutBatch(schemaOf(vector), length, [size], pointer).columns[0]!
  return copyBuffers(pages.heap.u8, vector, copy, length, size.dataBytes)
}

function copyBuffers(
  u8: Uint8Array,
  from: ColumnVector,
  to: ColumnVector,
  length: number,
  dataBytes: number,
): ColumnVector {
  const copy = (source: number, target: number, bytes: number): void => {
    u8.copyWithin(target, source, source + bytes)
  }
  const bitmapBytes = (length + 7) >> 3
  if (from.validity !== 0) copy(from.validity, to.validity, bitmapBytes)
  if (from.offsets !== 0) copy(from.offsets, to.offsets, 4 * (length + 1))
  const physical = physicalType(from.type)
  if (from.child !== null && to.child !== null) {
    const { length: items } = from.child
    const child = { ...copyBuffers(u8, from.child, to.child, items, dataBytes), length: items }
    return { ...to, validity: from.validity === 0 ? 0 : to.validity, child }
  }
  if (physical === 'bytes') copy(from.values, to.values, dataBytes)
  else if (physical === 'bool') copy(from.values, to.values, bitmapBytes)
  else copy(from.values, to.values, length * physicalWidth(physical))
  return { ...to, validity: from.validity === 0 ? 0 : to.validity }
}

function schemaOf(vector: ColumnVector) {
  return { fields: [{ name: '', type: vector.type, nullable: vector.validity !== 0 }] }
}

function sizeOf(pages: PageSource, vector: ColumnVector, length: number) {
  const last = (column: ColumnVector, rows: number): number =>
    physicalType(column.type) === 'bytes' ? (pages.heap.u32[(column.offsets >>> 2) + rows] ?? 0) : 0
  if (vector.child === null) return { dataBytes: last(vector, length), items: 0 }
  return { dataBytes: last(vector.child, vector.child.length), items: vector.child.length }
}

function checkedBytes(bytes: bigint): number {
  if (bytes > MOST_BYTES) {
    throw new LakebookError('out_of_memory', 'A nested column of one batch is longer than 2 GiB', {
      hint: 'Write the data with smaller row groups or record batches.',
    })
  }
  return Number(bytes)
}
