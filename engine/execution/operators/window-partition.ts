import type { SpillWriter } from '../../spill/spill-writer.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import type { SortedEntries } from '../sinks/sort-sink-runtime.ts'
import type { RunWriter } from './sorted-run.ts'

/** A block is to take this part of the heap, within the limits. */
const BLOCK_SHARE = 96
const LEAST_BLOCK_BYTES = 64 * 1024
const MOST_BLOCK_BYTES = 1024 * 1024
const LEAST_SHIFT = 4
const MOST_SHIFT = 14

/** Rows of a block, as a power of two, where a row takes so many bytes. */
export function blockShift(heapBytes: number, rowBytes: number): number {
  const bytes = Math.min(MOST_BLOCK_BYTES, Math.max(LEAST_BLOCK_BYTES, heapBytes / BLOCK_SHARE))
  const shift = Math.floor(Math.log2(Math.max(1, bytes / rowBytes)))
  return Math.min(MOST_SHIFT, Math.max(LEAST_SHIFT, shift))
}

/** The batches of the spill file in which a block's rows lie, up to `end`. */
export interface BlockBatches {
  readonly begin: number
  readonly end: number
}

/**
 * The rows of one partition in the spill file, in order, in blocks of 2^shift rows: the last may have fewer. Any block
 * can be read.
 */
export class SpilledPartition {
  readonly stream: SpillWriter
  readonly shift: number
  readonly blocks: BlockBatches[] = []
  rows = 0
  readonly #writer: RunWriter

  constructor(writer: RunWriter, shift: number) {
    this.shift = shift
    this.#writer = writer
    this.stream = writer.begin()
  }

  get blockRows(): number {
    return 2 ** this.shift
  }

  /** Appends rows, block by block: whole blocks of them, unless they are the last. */
  *append({ pointer, count }: SortedEntries): Generator<void, void> {
    for (let at = 0; at < count; at += this.blockRows) {
      if (at > 0) yield
      const begin = this.stream.batches.length
      const rows = Math.min(this.blockRows, count - at)
      this.#writer.append(this.stream, { pointer: pointer + at * SORT_ENTRY.bytes, count: rows })
      this.blocks.push({ begin, end: this.stream.batches.length })
      this.rows += rows
    }
  }

  /** No more rows come. Returns their bytes in the file. */
  finish(): number {
    this.stream.finish()
    return this.stream.extent.bytes
  }

  /** Gives the file its room back. May be called twice. */
  free(): void {
    this.stream.extent.free()
  }
}
