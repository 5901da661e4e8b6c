import { LakebookError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { SpillReader } from '../../spill/spill-reader.ts'
import type { QueryContext } from '../query-context.ts'
import type { SortSinkRuntime, SortedEntries } from '../sinks/sort-sink-runtime.ts'
import type { RunDecoder } from './sorted-run.ts'
import type { SpilledPartition } from './window-partition.ts'
import { SPILLED_BLOCK } from './window-spilled-rows.ts'

/** Of the memory that is to be had when a partition is opened, for the blocks that are in the heap. */
const SHARE = 1 / 2
/** What code looks at in one step, and one more: the current row, and two others. */
const LEAST_BLOCKS = 4

interface LoadedBlock {
  readonly chunk: SortSinkRuntime
  readonly nodes: number
}

/**
 * The blocks of a spilled partition that are in the heap, and the table of all its blocks (`SPILLED_BLOCK`), from which
 * code learns where they are. The one that was not looked at for the longest time gives way.
 */
export class WindowBlocks {
  readonly partition: SpilledPartition
  /** Address of the table. */
  readonly table: number
  /** Blocks that were read so far. */
  reads = 0
  readonly #context: QueryContext
  readonly #owner: PageOwner
  readonly #decoder: RunDecoder
  readonly #reader: SpillReader
  readonly #tableBytes: number
  /** Bytes that each block's part of the trees takes. */
  readonly #nodesBytes: number
  readonly #mostBytes: number
  readonly #loaded = new Map<number, LoadedBlock>()
  readonly #spare: SortSinkRuntime[] = []

  constructor(
    context: QueryContext,
    owner: PageOwner,
    decoder: RunDecoder,
    partition: SpilledPartition,
    nodesBytes: number,
  ) {
    const { heap, spill } = context.runtime
    this.partition = partition
    this.#context = context
    this.#owner = owner
    this.#decoder = decoder
    this.#reader = new SpillReader(partition.stream, spill!.kernels, owner)
    this.#nodesBytes = nodesBytes
    this.#mostBytes = owner.reservation.size + context.runtime.pool.grantableBytes * SHARE
    this.#tableBytes = partition.blocks.length * SPILLED_BLOCK.bytes
    this.table = owner.allocate(this.#tableBytes)
    heap.u8.fill(0, this.table, this.table + this.#tableBytes)
  }

  /** The block's entries, if it is in the heap. */
  entriesOf(block: number): SortedEntries | null {
    return this.#loaded.get(block)?.chunk.entries ?? null
  }

  /** Brings a block into the heap; those in `wanted` stay there. @throws `out_of_memory` */
  load(block: number, wanted: readonly number[]): void {
    const { heap } = this.#context.runtime
    const share = this.#owner.reservation.size / Math.max(1, this.#loaded.size)
    while (
      this.#loaded.size >= LEAST_BLOCKS &&
      this.#owner.reservation.size + share > this.#mostBytes &&
      this.#evict(wanted)
    );
    const loaded = this.#read(block, wanted)
    this.#loaded.set(block, loaded)
    this.reads++
    const at = this.#entryOf(block)
    heap.u32[(at + SPILLED_BLOCK.entries) >>> 2] = loaded.chunk.entries.pointer
    heap.u32[(at + SPILLED_BLOCK.nodes) >>> 2] = loaded.nodes
  }

  close(): void {
    for (const block of [...this.#loaded.keys()]) this.#drop(block)
    for (const chunk of this.#spare) chunk.close()
    this.#spare.length = 0
    this.#reader.close()
    this.#owner.free(this.table, this.#tableBytes)
    this.partition.free()
  }

  #read(block: number, wanted: readonly number[]): LoadedBlock {
    for (;;) {
      const chunk = this.#spare.pop() ?? this.#decoder.openChunk()
      try {
        this.#decode(block, chunk)
        const nodes = this.#nodesBytes === 0 ? 0 : this.#owner.allocate(this.#nodesBytes)
        return { chunk, nodes }
      } catch (error) {
        chunk.clear()
        this.#spare.push(chunk)
        const isShort = error instanceof LakebookError && error.code === 'out_of_memory'
        if (!isShort || !this.#evict(wanted)) throw error
      }
    }
  }

  #decode(block: number, chunk: SortSinkRuntime): void {
    const { begin, end } = this.partition.blocks[block]!
    for (let batch = begin; batch < end; batch++) {
      const loaded = this.#reader.read(batch)
      try {
        this.#decoder.decode(loaded.batch, chunk)
      } finally {
        this.#owner.free(loaded.pointer, loaded.bytes)
      }
    }
  }

  /** False when every block that is in the heap is wanted. */
  #evict(wanted: readonly number[]): boolean {
    const { u32 } = this.#context.runtime.heap
    let oldest = -1
    let oldestStamp = Number.POSITIVE_INFINITY
    for (const block of this.#loaded.keys()) {
      const stamp = u32[(this.#entryOf(block) + SPILLED_BLOCK.stamp) >>> 2] ?? 0
      if (stamp >= oldestStamp || wanted.includes(block)) continue
      oldest = block
      oldestStamp = stamp
    }
    if (oldest < 0) return false
    this.#drop(oldest)
    return true
  }

  #drop(block: number): void {
    const { chunk, nodes } = this.#loaded.get(block)!
    this.#loaded.delete(block)
    chunk.clear()
    this.#spare.push(chunk)
    if (nodes !== 0) this.#owner.free(nodes, this.#nodesBytes)
    this.#context.runtime.heap.u32[(this.#entryOf(block) + SPILLED_BLOCK.entries) >>> 2] = 0
  }

  #entryOf(block: number): number {
    return this.table + block * SPILLED_BLOCK.bytes
  }
}
