import { LakebookError } from '../errors.ts'
import { formatBytes } from './format-bytes.ts'
import {
  CONTROL_MAGIC,
  COUNTER_COUNT,
  COUNTERS_ADDRESS,
  FREE_PAGES_ADDRESS,
  MAGIC_ADDRESS,
  PAGE_BITMAP_ADDRESS,
  PAGE_BYTES,
  PAGE_COUNT_ADDRESS,
  RESERVED_PAGES,
} from './control-block.ts'
import { PageAllocator } from './page-allocator.ts'
import { RunCells } from './run-cells.ts'
import { isShared } from './spin-lock.ts'

/** Holds runs of pages: the number of pages by address. */
export interface PageHolder {
  readonly runs: ReadonlyMap<number, number>
}

/** The least that a person can choose. */
export const LEAST_BUDGET_BYTES = 16 * 2 ** 20
/** The least heap: a budget less what is set aside for decoders. */
export const LEAST_HEAP_BYTES = 4 * 2 ** 20
export const MOST_BUDGET_BYTES = 4 * 2 ** 30

/**
 * All columnar data of an engine: one `WebAssembly.Memory` whose initial size is its maximum and both are the budget,
 * so that the platform itself refuses more, and views never detach. Operating systems commit its pages when they are
 * first touched.
 *
 * ```
 *  0         64 KiB      128 KiB                                                   budget
 *  | kernels' | control    | short page runs →      free      ← long page runs (≥ 1 MiB) |
 *  | constants| block      |                                                           |
 * ```
 *
 * In a heap of 4 GiB the last page is never handed out, so that the end of any buffer is still a u32.
 */
export class Heap {
  readonly memory: WebAssembly.Memory
  readonly shared: boolean
  /** Bytes of the whole memory. */
  readonly budgetBytes: number
  /** Bytes that page runs can take: the budget without the reserved pages. */
  readonly usableBytes: number
  readonly pages: PageAllocator
  readonly u8: Uint8Array
  readonly i8: Int8Array
  readonly u16: Uint16Array
  readonly i16: Int16Array
  readonly u32: Uint32Array
  readonly i32: Int32Array
  readonly u64: BigUint64Array
  readonly i64: BigInt64Array
  readonly f32: Float32Array
  readonly f64: Float64Array
  /** For values that are not aligned to their width. */
  readonly view: DataView
  /** i32 counters for the scheduler, all zero in a new heap. */
  readonly counters: Int32Array
  /** The runs under way. */
  readonly runs: RunCells
  /** Who holds pages on this thread. */
  readonly owners = new Set<PageHolder>()

  private constructor(memory: WebAssembly.Memory) {
    const { buffer } = memory
    this.memory = memory
    this.shared = isShared(buffer)
    this.budgetBytes = buffer.byteLength
    this.usableBytes = usablePages(buffer.byteLength / PAGE_BYTES) * PAGE_BYTES
    this.u8 = new Uint8Array(buffer)
    this.i8 = new Int8Array(buffer)
    this.u16 = new Uint16Array(buffer)
    this.i16 = new Int16Array(buffer)
    this.u32 = new Uint32Array(buffer)
    this.i32 = new Int32Array(buffer)
    this.u64 = new BigUint64Array(buffer)
    this.i64 = new BigInt64Array(buffer)
    this.f32 = new Float32Array(buffer)
    this.f64 = new Float64Array(buffer)
    this.view = new DataView(buffer)
    this.counters = new Int32Array(buffer, COUNTERS_ADDRESS, COUNTER_COUNT)
    this.pages = new PageAllocator(memory)
    this.runs = new RunCells(this.i32)
  }

  /**
   * @param budgetBytes 4 MiB to 4 GiB; rounded down to whole 64 KiB pages.
   * @throws `budget_too_small`, `invalid_argument`; `out_of_memory` when the platform gives no such memory
   */
  static create(budgetBytes: number, options: { readonly shared: boolean }): Heap {
    if (!Number.isFinite(budgetBytes) || budgetBytes > MOST_BUDGET_BYTES) {
      throw new LakebookError(
        'invalid_argument',
        `A heap of ${formatBytes(budgetBytes)} is more than 4 GiB`,
        {
          hint: 'A WebAssembly memory addresses 4 GiB at most: choose a budget from 16 MiB to 4 GiB.',
        },
      )
    }
    if (budgetBytes < LEAST_HEAP_BYTES) {
      throw new LakebookError('budget_too_small', `A heap of ${formatBytes(budgetBytes)} is too small`, {
        hint: 'The least heap is 4 MiB.',
      })
    }
    const pageCount = Math.floor(budgetBytes / PAGE_BYTES)
    const memory = createMemory(pageCount, options.shared)
    writeControlBlock(memory, pageCount)
    return new Heap(memory)
  }

  /** The same heap in another thread; `memory` came from `heap.memory` by `postMessage`. */
  static attach(memory: WebAssembly.Memory): Heap {
    const magic =
      memory.buffer.byteLength > MAGIC_ADDRESS ? new DataView(memory.buffer).getInt32(MAGIC_ADDRESS, true) : 0
    if (magic !== CONTROL_MAGIC)
      throw new LakebookError('invalid_argument', 'The memory to attach to is not a heap')
    return new Heap(memory)
  }

  /**
   * Frees every page that nobody on this thread holds: what a thread that died had taken. No other thread may hold any.
   * Says how many bytes they were.
   */
  reclaimLostPages(): number {
    const held = [...this.owners].flatMap(({ runs }) => [...runs])
    return this.pages.freeAllBut(held) * PAGE_BYTES
  }

  /** Page bytes handed out now, whoever reserved them. */
  get takenBytes(): number {
    return this.usableBytes - this.pages.freePages * PAGE_BYTES
  }
}

function createMemory(pageCount: number, shared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: pageCount, maximum: pageCount, shared })
  } catch (cause) {
    const bytes = pageCount * PAGE_BYTES
    const smaller = Math.max(LEAST_BUDGET_BYTES, 2 ** Math.floor(Math.log2(bytes / 2)))
    throw new LakebookError('out_of_memory', `This device gave no heap of ${formatBytes(bytes)}`, {
      hint: `Choose a smaller budget: ${formatBytes(smaller)} might do.`,
      cause,
    })
  }
}

function usablePages(pageCount: number): number {
  const lastPageIsUsable = pageCount * PAGE_BYTES < MOST_BUDGET_BYTES
  return pageCount - RESERVED_PAGES - (lastPageIsUsable ? 0 : 1)
}

function writeControlBlock(memory: WebAssembly.Memory, pageCount: number): void {
  const words = new Int32Array(memory.buffer, 0, (RESERVED_PAGES * PAGE_BYTES) >> 2)
  const bitmap = new Uint8Array(memory.buffer, PAGE_BITMAP_ADDRESS, 8192)
  const usable = usablePages(pageCount)
  bitmap[0] = (1 << RESERVED_PAGES) - 1
  for (let page = RESERVED_PAGES + usable; page & 7; page++) setBit(bitmap, page)
  bitmap.fill(0xff, (RESERVED_PAGES + usable + 7) >>> 3)
  words[PAGE_COUNT_ADDRESS >> 2] = pageCount
  words[FREE_PAGES_ADDRESS >> 2] = usable
  Atomics.store(words, MAGIC_ADDRESS >> 2, CONTROL_MAGIC)
}

function setBit(bitmap: Uint8Array, index: number): void {
  bitmap[index >>> 3] = (bitmap[index >>> 3] ?? 0) | (1 << (index & 7))
}
