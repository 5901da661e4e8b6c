import type { RowPage } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'

export const PARTITION_BITS = 4
export const PARTITIONS = 1 << PARTITION_BITS
/** Below it no bits of the hash are left. */
export const LAST_PARTITION_LEVEL = 32 / PARTITION_BITS - 1

/** Bytes that `partitionRows` needs beside its output. */
export const PARTITION_COUNTS_BYTES = PARTITIONS * 4

/** Rows of one partition: entries `begin` to `end` of the output. */
export interface PartitionRange {
  readonly begin: number
  readonly end: number
}

/** Which bits of the hash choose the partition at a level: the highest at level 0, and so on downwards. */
export function partitionShift(level: number): number {
  return 32 - PARTITION_BITS * (level + 1)
}

/** Writes pointers to all rows to `out`, in the order of their partitions. `counts`: `PARTITION_COUNTS_BYTES`. */
export function partitionRows(
  { heap, kernels }: ThreadRuntime,
  pages: readonly RowPage[],
  width: number,
  level: number,
  counts: number,
  out: number,
): readonly PartitionRange[] {
  const shift = partitionShift(level)
  const cursors = heap.u32.subarray(counts >>> 2, (counts >>> 2) + PARTITIONS)
  cursors.fill(0)
  for (const { pointer, rows } of pages) {
    kernels['count_partitions']!(pointer, rows, width, shift, PARTITION_BITS, counts)
  }
  const ranges: PartitionRange[] = []
  let at = 0
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const count = cursors[partition]!
    cursors[partition] = at
    ranges.push({ begin: at, end: at + count })
    at += count
  }
  for (const { pointer, rows } of pages) {
    kernels['scatter_partitions']!(pointer, rows, width, shift, PARTITION_BITS, counts, out)
  }
  return ranges
}
