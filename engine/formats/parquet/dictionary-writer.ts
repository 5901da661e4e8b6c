import type { ColumnVector, Dictionary } from '../../arrow/column-batch.ts'
import { types } from '../../arrow/types.ts'
import type { ColumnCache } from '../../catalog/column-cache.ts'
import { nextDictionaryId } from '../../catalog/dictionary-ids.ts'
import type { DictionaryKernels, GrowingDictionary } from '../../catalog/growing-dictionary.ts'
import { internalError } from '../../errors.ts'
import type { ArrowArray } from './arrow-array.ts'
import { columnSize, ColumnWriter, type ConversionKernels } from './column-writer.ts'

const BYTES = { kind: 'bytes' } as const
const KEY_BYTES = 4

/** A vector and the run of pages that holds it. */
export interface WrittenColumn {
  readonly vector: ColumnVector
  readonly pointer: number
  readonly bytes: number
}

/**
 * Lays an Arrow dictionary array (int32 keys) into the heap as codes into the table's dictionary; where that has no room,
 * or there is none, as codes into a dictionary of the chunk's own, which lies beside the codes.
 */
export function writeDictionaryColumn(
  cache: ColumnCache,
  kernels: ConversionKernels & DictionaryKernels,
  memory: ArrayBuffer,
  array: ArrowArray,
  table: GrowingDictionary | null,
): WrittenColumn {
  const values = array.dictionary
  if (values === null || values.offset !== 0) {
    throw internalError('the decoder gave a column of text in a form that was not asked for')
  }
  const shared = table === null ? null : writeShared(cache, kernels, memory, array, values, table)
  return shared ?? writeOwn(cache, kernels, memory, array, values)
}

function writeShared(
  cache: ColumnCache,
  kernels: ConversionKernels & DictionaryKernels,
  memory: ArrayBuffer,
  array: ArrowArray,
  values: ArrowArray,
  table: GrowingDictionary,
): WrittenColumn | null {
  const mapped = values.length * KEY_BYTES + 8
  const scratchBytes = columnSize(values, BYTES).needed + mapped
  const scratch = cache.allocate(scratchBytes)
  try {
    const words = new ColumnWriter(cache.heap, kernels, memory, scratch + mapped).write(
      values,
      types.utf8,
      BYTES,
    )
    const greatest = table.merge(words.offsets, words.values, values.length, scratch)
    if (greatest === null) return null
    const dictionary = table.current(greatest < 256 ? 1 : 2)
    return writeCodes(cache, kernels, memory, array, dictionary, scratch, values.length, 0)
  } finally {
    cache.free(scratch, scratchBytes)
  }
}

function writeOwn(
  cache: ColumnCache,
  kernels: ConversionKernels & DictionaryKernels,
  memory: ArrayBuffer,
  array: ArrowArray,
  values: ArrowArray,
): WrittenColumn {
  // An entry more than there are values, empty, is what the codes of NULLs point at when there are none.
  const room = columnSize(values, BYTES).needed + 8
  const empty: Dictionary = {
    id: nextDictionaryId(),
    codeBytes: 4,
    length: values.length,
    offsets: 0,
    values: 0,
  }
  const written = writeCodes(cache, kernels, memory, array, empty, 0, values.length, room)
  const at = written.pointer + written.bytes - room
  cache.heap.u8.fill(0, at, at + 8)
  const words = new ColumnWriter(cache.heap, kernels, memory, at).write(values, types.utf8, BYTES)
  const dictionary: Dictionary = { ...empty, offsets: words.offsets, values: words.values }
  return { ...written, vector: { ...written.vector, dictionary } }
}

/** Validity, codes, and `room` bytes after them. `mapping` is 0 when the keys are the codes. */
function writeCodes(
  cache: ColumnCache,
  kernels: ConversionKernels & DictionaryKernels,
  memory: ArrayBuffer,
  array: ArrowArray,
  dictionary: Dictionary,
  mapping: number,
  keys: number,
  room: number,
): WrittenColumn {
  const wide = columnSize(array, { kind: 'copy', width: KEY_BYTES })
  const narrow = columnSize(array, { kind: 'copy', width: dictionary.codeBytes })
  const needed = Math.max(8, wide.needed + room)
  const kept = Math.max(8, narrow.kept + room)
  const pointer = cache.allocate(needed)
  const writer = new ColumnWriter(cache.heap, kernels, memory, pointer)
  const vector = writer.write(array, types.utf8, { kind: 'copy', width: KEY_BYTES })
  kernels.dictionary_map(vector.values, array.length, mapping, keys, dictionary.codeBytes)
  cache.shrink(pointer, needed, kept)
  return { vector: { ...vector, dictionary }, pointer, bytes: kept }
}
