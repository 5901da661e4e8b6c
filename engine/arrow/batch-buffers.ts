import { internalError } from '../errors.ts'
import type { Heap } from '../memory/heap.ts'
import type { ColumnBatch, ColumnVector } from './column-batch.ts'
import { BODY_ALIGNMENT, type IpcBatchHeader, type IpcNode, type IpcRegion } from './ipc-message.ts'
import { physicalType, physicalWidth } from './types.ts'

/** A stretch of the heap. */
export interface HeapRange {
  readonly pointer: number
  readonly bytes: number
}

/** A batch as Arrow's IPC format sees it: buffers in order, where each is in the heap and where it goes in the body. */
export interface BatchBuffers extends IpcBatchHeader {
  /** As long as `regions`; the body has each part at its region's offset, with zeros between. */
  readonly parts: readonly HeapRange[]
}

export interface BitCounter {
  count_ones(bitmap: number, bits: number): number
}

/** Column after column: validity, offsets, values; a list's items after the list. */
export function batchBuffers(heap: Heap, kernels: BitCounter, batch: ColumnBatch): BatchBuffers {
  const collector = new BufferCollector(heap, kernels)
  for (const column of batch.columns) collector.column(column, batch.length)
  return collector.finish(batch.length)
}

/** The buffers of `length` dictionary values from index `first` on; offsets keep counting from the dictionary's start. */
export function utf8Buffers(offsets: HeapRange, values: HeapRange, length: number): BatchBuffers {
  const parts = [{ pointer: 0, bytes: 0 }, offsets, values]
  return { rows: length, nodes: [{ length, nullCount: 0 }], parts, ...regionsOf(parts) }
}

class BufferCollector {
  private readonly heap: Heap
  private readonly kernels: BitCounter
  private readonly nodes: IpcNode[] = []
  private readonly parts: HeapRange[] = []

  constructor(heap: Heap, kernels: BitCounter) {
    this.heap = heap
    this.kernels = kernels
  }

  column(column: ColumnVector, rows: number): void {
    this.validity(column, rows)
    if (column.dictionary !== null) {
      this.parts.push({ pointer: column.values, bytes: rows * column.dictionary.codeBytes })
      return
    }
    const physical = physicalType(column.type)
    switch (physical) {
      case 'bool':
        this.parts.push({ pointer: column.values, bytes: Math.ceil(rows / 8) })
        return
      case 'bytes':
        this.parts.push({ pointer: column.offsets, bytes: 4 * (rows + 1) })
        this.parts.push({ pointer: column.values, bytes: this.lastOffset(column, rows) })
        return
      case 'list':
        if (column.child === null) throw internalError('a list column has no items')
        this.parts.push({ pointer: column.offsets, bytes: 4 * (rows + 1) })
        this.column(column.child, this.lastOffset(column, rows))
        return
      default:
        this.parts.push({ pointer: column.values, bytes: rows * physicalWidth(physical) })
    }
  }

  finish(rows: number): BatchBuffers {
    return { rows, nodes: this.nodes, parts: this.parts, ...regionsOf(this.parts) }
  }

  private validity(column: ColumnVector, rows: number): void {
    const nullCount = column.validity === 0 ? 0 : rows - this.kernels.count_ones(column.validity, rows)
    this.nodes.push({ length: rows, nullCount })
    const bytes = column.validity === 0 ? 0 : Math.ceil(rows / 8)
    this.parts.push({ pointer: column.validity, bytes })
  }

  private lastOffset(column: ColumnVector, rows: number): number {
    return this.heap.i32[(column.offsets >>> 2) + rows] ?? 0
  }
}

function regionsOf(parts: readonly HeapRange[]): { regions: IpcRegion[]; bodyBytes: number } {
  let at = 0
  const regions = parts.map(({ bytes }) => {
    const region = { offset: at, length: bytes }
    at += Math.ceil(bytes / BODY_ALIGNMENT) * BODY_ALIGNMENT
    return region
  })
  return { regions, bodyBytes: at }
}
