import { internalError } from '../../errors.ts'
import { PAGE_BYTES } from '../../memory/control-block.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { SinkCode } from '../pipeline-compiler.ts'
import { RowEncoder } from '../row-encoder.ts'
import { RowStore, type RowPage } from '../row-store.ts'
import { RowSource } from '../sources/row-source.ts'
import type { Sink } from '../stream.ts'
import type { PipelineInstance, ThreadRuntime } from '../thread-runtime.ts'
import type { FeedMode } from './aggregate-code.ts'
import { spilledLayout, type AggregateShape } from './aggregate-shape.ts'
import { DIRECTORY_SLOTS, GROUP_EVENT, HashAggregateSink } from './hash-aggregate-sink.ts'
import { RowDirectory } from './row-directory.ts'
import { LAST_PARTITION_LEVEL, partitionRows } from './row-partitions.ts'
import type { TableSpill } from './table-spill.ts'

/**
 * The groups of one thread: rows and a directory over them. When there is no memory for more, all groups are written,
 * partition by partition, and the table begins anew; the states of a group that was written are merged when they are
 * read back.
 */
export class HashAggregateTable implements Sink {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #shape: AggregateShape
  readonly #mode: FeedMode
  readonly #level: number
  readonly #spill: TableSpill | null
  readonly #store: RowStore
  readonly #directory: RowDirectory
  #encoder: RowEncoder | null = null
  /** Address of the block's `DIRECTORY_SLOTS` while attached. */
  #slots = 0
  #left = 0

  /** `level`: how often the rows have been partitioned before. `spill`: null where there is no spill file. */
  constructor(
    runtime: ThreadRuntime,
    owner: PageOwner,
    shape: AggregateShape,
    options: { readonly mode: FeedMode; readonly level: number; readonly spill: TableSpill | null },
  ) {
    this.#runtime = runtime
    this.#owner = owner
    this.#shape = shape
    this.#mode = options.mode
    this.#level = options.level
    this.#spill = options.spill
    this.#store = new RowStore(runtime.heap, owner, shape.layout)
    this.#directory = new RowDirectory(runtime, owner)
  }

  get groupCount(): number {
    return this.#store.rowCount()
  }

  /** The groups' rows, page by page. */
  pages(): readonly RowPage[] {
    return this.#store.pages()
  }

  code(): HashAggregateSink {
    return new HashAggregateSink(this.#shape, this.#mode)
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    const { storeSlots, directorySlots } = code as HashAggregateSink
    this.#store.attach(instance.block + storeSlots)
    this.#slots = instance.block + directorySlots
    this.begin()
  }

  detach(): void {
    this.#left = this.#readLeft()
    this.#store.detach()
    this.#slots = 0
  }

  settle(): void {
    // Groups and states own what they point to.
  }

  onEvent(kind: number, argument: number): number {
    this.#left = this.#readLeft()
    if (kind === GROUP_EVENT.newGroup) this.#makeRoom(argument)
    else if (kind === GROUP_EVENT.arena) this.#reserve(argument)
    else throw internalError(`unknown event ${kind} of an aggregate`)
    this.#writeSlots()
    return 0
  }

  /** Writes all groups and empties the table. */
  spillAll(): void {
    if (this.#spill === null || this.groupCount === 0 || this.#level > LAST_PARTITION_LEVEL) return
    const { receive, done, place, counts } = this.#spill
    const source = new RowSource(spilledLayout(this.#shape), { stride: 4, pointerOffset: 0 })
    this.#encoder ??= new RowEncoder(this.#runtime, this.#owner, source, place)
    const encoder = this.#encoder
    // The directory has at least two entries a row and is about to be emptied: the order is written there.
    const out = this.#directory.address
    const ranges = partitionRows(
      this.#runtime,
      this.pages(),
      this.#shape.layout.width,
      this.#level,
      counts,
      out,
    )
    ranges.forEach(({ begin, end }, partition) => {
      if (end === begin) return
      encoder.encode(out + begin * 4, end - begin, (batch) => {
        receive(partition, batch)
      })
    })
    this.clear()
    done()
  }

  /** Empties the table, keeping the directory. */
  clear(): void {
    this.#store.clear()
    this.#directory.clear()
    this.#left = this.#directory.entries >>> 1
    if (this.#slots !== 0) this.#writeSlots()
  }

  /** Makes sure that there is a directory. @throws `out_of_memory` */
  begin(): void {
    if (this.#directory.entries === 0) {
      if (!this.#directory.tryAllocate(1)) throw this.#owner.reservation.refusal(PAGE_BYTES)
      this.#left = this.#directory.entries >>> 1
    }
    this.#writeSlots()
  }

  /** Frees everything. `begin` makes it usable again. */
  close(): void {
    this.#store.clear()
    this.#directory.free()
  }

  #makeRoom(arenaBytes: number): void {
    if (this.#left === 0 && !this.#growDirectory()) {
      this.spillAll()
      if (this.groupCount > 0) throw this.#owner.reservation.refusal(this.#directory.entries * 8)
    }
    this.#reserve(arenaBytes)
  }

  #growDirectory(): boolean {
    const { entries } = this.#directory
    const grown = this.#directory.tryGrow(this.pages(), this.#shape.layout.width)
    // Without memory for a larger one the directory may become fuller, where rows still fit.
    const most = grown ? this.#directory.entries >>> 1 : (entries >>> 1) + (entries >>> 2)
    this.#left = Math.max(0, most - this.groupCount)
    return this.#left > 0
  }

  #reserve(arenaBytes: number): void {
    if (this.#store.tryReserve(arenaBytes)) return
    this.spillAll()
    if (this.#store.tryReserve(arenaBytes)) return
    throw this.#owner.reservation.refusal(Math.max(arenaBytes, this.#shape.layout.width))
  }

  #readLeft(): number {
    return this.#runtime.heap.u32[(this.#slots + DIRECTORY_SLOTS.left) >>> 2] ?? 0
  }

  #writeSlots(): void {
    const { u32 } = this.#runtime.heap
    u32[(this.#slots + DIRECTORY_SLOTS.address) >>> 2] = this.#directory.address
    u32[(this.#slots + DIRECTORY_SLOTS.mask) >>> 2] = this.#directory.entries - 1
    u32[(this.#slots + DIRECTORY_SLOTS.left) >>> 2] = this.#left
  }
}
