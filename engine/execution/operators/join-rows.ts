import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { noRoomForRow } from '../no-room-for-row.ts'
import type { SinkCode } from '../pipeline-compiler.ts'
import { RowEncoder } from '../row-encoder.ts'
import { RowStore, type RowPage } from '../row-store.ts'
import { RowSource } from '../sources/row-source.ts'
import type { Sink } from '../stream.ts'
import type { PipelineInstance, ThreadRuntime } from '../thread-runtime.ts'
import { directKeysOf, type DirectKeys } from './direct-keys.ts'
import { JoinRowsSink, type KeySource } from './join-rows-sink.ts'
import { JOIN_FLAGS, type JoinSide } from './join-shape.ts'
import { fieldOf } from './key-range.ts'
import { PROBE_CELL } from './probe-passes.ts'
import { RowDirectory } from './row-directory.ts'
import { LAST_PARTITION_LEVEL, partitionRows } from './row-partitions.ts'
import type { TableSpill } from './table-spill.ts'

/**
 * The rows of one side of a join on one thread. Room for the directory over them is taken as they come, so that once
 * they are in, nothing more is needed to look them up. When there is no memory for more, all rows are written to the
 * spill file by partitions of the hash.
 */
export class JoinRows implements Sink {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #side: JoinSide
  readonly #from: KeySource
  readonly #level: number
  readonly #spill: TableSpill | null
  readonly #store: RowStore
  readonly #directory: RowDirectory
  #encoder: RowEncoder | null = null
  /** Address of the block's count of dropped rows while attached. */
  #droppedAt = 0
  #dropped = 0
  #spilledRows = 0

  /** `level`: how often the rows have been partitioned before. `spill`: null where rows must not be spilled. */
  constructor(
    runtime: ThreadRuntime,
    owner: PageOwner,
    side: JoinSide,
    options: { readonly from: KeySource; readonly level: number; readonly spill: TableSpill | null },
  ) {
    this.#runtime = runtime
    this.#owner = owner
    this.#side = side
    this.#from = options.from
    this.#level = options.level
    this.#spill = options.spill
    this.#store = new RowStore(runtime.heap, owner, side.layout)
    this.#directory = new RowDirectory(runtime, owner)
  }

  /** Rows in the heap. */
  get rowCount(): number {
    return this.#store.rowCount()
  }

  /** Rows in the heap or spilled. */
  get totalRows(): number {
    return this.rowCount + this.#spilledRows
  }

  /** Rows that were left out since a key was NULL. */
  get droppedRows(): number {
    return this.#dropped
  }

  pages(): readonly RowPage[] {
    return this.#store.pages()
  }

  code(): JoinRowsSink {
    return new JoinRowsSink(this.#side, this.#from)
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    const { storeSlots, dropped } = code as JoinRowsSink
    this.#store.attach(instance.block + storeSlots)
    this.#droppedAt = instance.block + dropped
    this.#runtime.heap.u32[this.#droppedAt >>> 2] = this.#dropped
  }

  detach(): void {
    this.#dropped = this.#runtime.heap.u32[this.#droppedAt >>> 2] ?? 0
    this.#store.detach()
  }

  settle(): void {
    // Rows are copied as they come.
  }

  onEvent(_kind: number, arenaBytes: number): number {
    if (this.#tryReserve(arenaBytes)) return 0
    this.spillAll()
    if (this.#owner.beyondBound(() => this.#tryReserve(arenaBytes))) return 0
    throw noRoomForRow(this.#owner, Math.max(arenaBytes, this.#side.layout.width))
  }

  relieve(): void {
    this.spillAll()
  }

  /** Writes all rows by partition and empties the store. Rows of the heap only; does nothing where that is not allowed. */
  spillAll(): void {
    const rows = this.rowCount
    if (this.#spill === null || rows === 0 || this.#level > LAST_PARTITION_LEVEL) return
    const { receive, done, place, counts } = this.#spill
    const source = new RowSource(this.#side.layout, { stride: 4, pointerOffset: 0 })
    this.#encoder ??= new RowEncoder(this.#runtime, this.#owner, source, place)
    const encoder = this.#encoder
    const out = this.#directory.address
    const { width } = this.#side.layout
    const ranges = partitionRows(this.#runtime, this.pages(), width, this.#level, counts, out)
    ranges.forEach(({ begin, end }, partition) => {
      if (end === begin) return
      encoder.encode(out + begin * 4, end - begin, (batch: ColumnBatch) => {
        receive(partition, batch)
      })
    })
    this.#spilledRows += rows
    this.#store.clear()
    done()
  }

  /** As `chainRows`, over the room that was taken for the directory. */
  chain(cell: number, mayByKey: boolean): DirectKeys | null {
    if (this.#directory.entries === 0 && !this.#directory.tryAllocate(1))
      throw this.#owner.reservation.refusal(4)
    return chainRows(
      { runtime: this.#runtime, owner: this.#owner, directory: this.#directory, side: this.#side },
      this.pages(),
      cell,
      mayByKey,
    )
  }

  /** Gives back the room for a directory of its own: the rows are looked up through another. */
  dropDirectory(): void {
    this.#directory.free()
  }

  /** Empties the store, keeping the directory. */
  clear(): void {
    this.#store.clear()
  }

  /** Frees everything. */
  close(): void {
    this.#store.clear()
    this.#directory.free()
  }

  #tryReserve(arenaBytes: number): boolean {
    if (!this.#store.tryReserve(arenaBytes)) return false
    const { width } = this.#side.layout
    const capacity = this.pages().reduce((sum, page) => sum + Math.floor(page.bytes / width), 0)
    const { entries } = this.#directory
    if (capacity * 2 <= entries || this.#directory.tryAllocate(capacity * 2)) return true
    // Chains are longer, but found all the same.
    return capacity <= entries || this.#directory.tryAllocate(capacity)
  }
}

export interface Chains {
  readonly runtime: ThreadRuntime
  readonly owner: PageOwner
  readonly directory: RowDirectory
  readonly side: JoinSide
}

/**
 * Builds the chains and points the cell (see `PROBE_CELL`) at them: one for each hash, or one of all rows where there are
 * no keys. With `mayByKey` it may be one for each key, and then returns which keys those are.
 */
export function chainRows(
  { runtime, owner, directory, side }: Chains,
  pages: readonly RowPage[],
  cell: number,
  mayByKey: boolean,
): DirectKeys | null {
  const { heap } = runtime
  const { width } = side.layout
  const direct = mayByKey ? directKeysOf(runtime, owner, directory, side, pages) : null
  if (direct === null) {
    directory.chain(pages, width, JOIN_FLAGS.loose, side.keys.length === 0)
  } else {
    const [offset, bytes, signed] = fieldOf({ pages, side, key: side.keys[0]! })
    directory.chainByKey(pages, width, [offset, bytes, signed], direct.base, JOIN_FLAGS.loose)
  }
  heap.u32[(cell + PROBE_CELL.directory) >>> 2] = directory.address
  heap.u32[(cell + PROBE_CELL.mask) >>> 2] = directory.entries - 1
  return direct
}
