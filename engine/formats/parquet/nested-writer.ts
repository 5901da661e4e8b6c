import {
  copyBytes,
  copyVector,
  NestedColumns,
  type ArrowVector,
  type NestedKernels,
} from '../../arrow/nested-columns.ts'
import type { ColumnVector } from '../../arrow/column-batch.ts'
import { itemTypeOf, type DataType } from '../../arrow/types.ts'
import { internalError } from '../../errors.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import type { ArrowArray } from './arrow-array.ts'
import { columnSize, ColumnWriter, listItems, shellBytes, type ConversionKernels } from './column-writer.ts'
import type { Conversion } from './column-types.ts'

/** Writes a nested array of a decoder's memory into the heap, as batches hold it: one run of `pages`. */
export function writeNestedColumn(
  pages: PageSource,
  kernels: ConversionKernels & NestedKernels,
  memory: ArrayBuffer,
  array: ArrowArray,
  type: DataType,
  conversion: Conversion,
): { readonly vector: ColumnVector; readonly pointer: number; readonly bytes: number } {
  const nested = new NestedColumns(pages, kernels)
  try {
    const packed = nested.packed(partsOf(pages, kernels, nested, memory, array, type, conversion))
    const bytes = Math.max(8, copyBytes(pages, packed, array.length))
    const pointer = pages.allocate(bytes)
    return { vector: copyVector(pages, packed, array.length, pointer), pointer, bytes }
  } finally {
    nested.close()
  }
}

function partsOf(
  pages: PageSource,
  kernels: ConversionKernels,
  nested: NestedColumns,
  memory: ArrayBuffer,
  array: ArrowArray,
  type: DataType,
  conversion: Conversion,
): ArrowVector {
  const { length } = array
  const part = (child: ArrowArray, childType: DataType, childConversion: Conversion): ArrowVector =>
    partsOf(pages, kernels, nested, memory, child, childType, childConversion)
  const writerFor = (bytes: number) => new ColumnWriter(pages.heap, kernels, memory, nested.allocate(bytes))
  if (conversion.kind === 'list') {
    const item = itemTypeOf(type)
    if (item === null) throw internalError('a list is written into a column that is none')
    const shell = writerFor(shellBytes(array)).shell(array, true)
    return { type, length, values: 0, ...shell, children: [part(listItems(array), item, conversion.item)] }
  }
  if (conversion.kind === 'struct') {
    if (type.kind !== 'struct') throw internalError('a struct is written into a column that is none')
    const shell = writerFor(shellBytes(array)).shell(array, false)
    const children = type.fields.map((field, index) =>
      part(array.child(index).slice(array.offset, length), field.type, conversion.fields[index]!),
    )
    return { type, length, values: 0, ...shell, children }
  }
  const vector = writerFor(columnSize(array, conversion).needed).write(array, type, conversion)
  return { ...vector, length, children: [] }
}
