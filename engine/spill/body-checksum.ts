import type { HeapRange } from '../arrow/batch-buffers.ts'
import type { SpillKernels } from './spill-space.ts'

/** XXH64 of each buffer in turn, seeded with that of the buffers before; padding does not count. */
export function bodyChecksum(kernels: SpillKernels, parts: readonly HeapRange[]): bigint {
  let hash = 0n
  for (const { pointer, bytes } of parts) {
    if (bytes > 0) hash = kernels.xxh64(pointer, bytes, hash)
  }
  return BigInt.asUintN(64, hash)
}
