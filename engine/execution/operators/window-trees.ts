import type { PageOwner } from '../../memory/page-owner.ts'
import type { PipelineInstance } from '../thread-runtime.ts'
import type { SpilledPartition } from './window-partition.ts'
import type { SpilledTreeCode } from './window-spilled-code.ts'
import { FANOUT_BITS } from './window-tree.ts'

/** The trees of one spilled partition: where their nodes lie, and what makes them. See `SpilledTree`. */
export class WindowTrees {
  /** The level of which a node stands for a block. */
  readonly blockLevel: number
  /** Bytes of all nodes of a block that lie with its rows. */
  readonly bytesInBlock: number
  readonly #owner: PageOwner
  readonly #instance: PipelineInstance
  readonly #codes: readonly SpilledTreeCode[]
  readonly #partition: SpilledPartition
  /** Numbers of nodes by level, from the blocks' on. */
  readonly #counts: readonly number[]
  readonly #pointer: number
  readonly #bytes: number

  /** Writes the levels' places into the block of the code. @throws `out_of_memory` */
  constructor(
    owner: PageOwner,
    instance: PipelineInstance,
    codes: readonly SpilledTreeCode[],
    partition: SpilledPartition,
  ) {
    const { shift, rows } = partition
    this.#owner = owner
    this.#instance = instance
    this.#codes = codes
    this.#partition = partition
    this.blockLevel = Math.ceil(shift / FANOUT_BITS)
    const counts: number[] = []
    for (let above = shift; above < 31 && rows >>> above > 0; above += FANOUT_BITS)
      counts.push(rows >>> above)
    this.#counts = counts
    const nodes = counts.reduce((sum, count) => sum + count, 0)
    this.#bytes = codes.reduce((sum, { nodeBytes }) => sum + nodes * nodeBytes, 0)
    this.#pointer = this.#bytes === 0 ? 0 : owner.allocate(this.#bytes)
    this.bytesInBlock = this.#placeLevels()
  }

  /** Makes the nodes that lie with the rows of a block, which was just loaded. */
  takeInRows(block: number): void {
    const { shift, rows, blockRows } = this.#partition
    const first = block << shift
    const last = Math.min(rows, first + blockRows)
    for (let level = 1; level < this.blockLevel; level++) {
      this.#make(level, first >>> (level * FANOUT_BITS), last >>> (level * FANOUT_BITS))
    }
  }

  /** Makes a whole block's node. */
  takeInBlock(block: number): void {
    if (block < (this.#counts[0] ?? 0)) this.#make(this.blockLevel, block, block + 1)
  }

  /** Makes the nodes above the blocks', which all exist. */
  finish(): void {
    this.#counts.forEach((count, above) => {
      if (above > 0) this.#make(this.blockLevel + above, 0, count)
    })
  }

  close(): void {
    if (this.#pointer !== 0) this.#owner.free(this.#pointer, this.#bytes)
  }

  #make(level: number, from: number, to: number): void {
    for (const { name } of this.#codes) this.#instance.exports[name]!(this.#instance.block, level, from, to)
  }

  /** Returns the bytes of a block's part. */
  #placeLevels(): number {
    const { u32 } = this.#owner.heap
    let inBlock = 0
    let above = this.#pointer
    for (const { levels, nodeBytes } of this.#codes) {
      const slot = (this.#instance.block + levels) >>> 2
      for (let level = 1; level < this.blockLevel; level++) {
        u32[slot + level] = inBlock
        inBlock += (this.#partition.blockRows >>> (level * FANOUT_BITS)) * nodeBytes
      }
      this.#counts.forEach((count, index) => {
        u32[slot + this.blockLevel + index] = above
        above += count * nodeBytes
      })
    }
    return inBlock
  }
}
