/**
 * Byte addresses in the heap's second page, the control block that every thread of a heap shares. The first page
 * holds the constants of the static kernels (1 KiB to 64 KiB); pages for data begin after the control block.
 *
 * | address            | what                                                                 |
 * |--------------------|----------------------------------------------------------------------|
 * | base + 0           | i32 magic; a memory without it is not a heap                         |
 * | base + 4           | i32 pages in the heap                                                |
 * | base + 8           | i32 lock of the page allocator                                       |
 * | base + 12          | i32 free pages                                                       |
 * | base + 64          | 64 × i32 counters, free for the scheduler (morsels taken, and so on) |
 * | base + 512         | 17 × i32: a cell for each run under way (`run-cells.ts`)             |
 * | base + 8 KiB       | bitmap of pages, 1 = taken, 8 KiB for 65,536 pages                   |
 * | base + 16 KiB      | ledger of the memory pool (`pool-ledger.ts`)                         |
 */
export const PAGE_BYTES = 65536
export const RESERVED_PAGES = 2

const base = PAGE_BYTES

export const CONTROL_MAGIC = 0x4c414b45
export const MAGIC_ADDRESS = base
export const PAGE_COUNT_ADDRESS = base + 4
export const ALLOCATOR_LOCK_ADDRESS = base + 8
export const FREE_PAGES_ADDRESS = base + 12
export const COUNTERS_ADDRESS = base + 64
export const COUNTER_COUNT = 64
export const RUN_CELLS_ADDRESS = base + 512
export const PAGE_BITMAP_ADDRESS = base + 8192
export const LEDGER_ADDRESS = base + 16384
