import type { ColumnVector } from '../arrow/column-batch.ts'
import type { Heap } from '../memory/heap.ts'
import type { SpillFile } from '../storage/spill-file.ts'

/** The kernel that tells whether bytes came back as they went. */
export interface ChecksumKernels {
  xxh64(pointer: number, bytes: number, seed: bigint): bigint
}

/** A decoded column chunk in a file, byte for byte as it lay in the heap. Plain data: any thread may read it. */
export interface DiskChunk {
  readonly key: string
  readonly at: number
  readonly bytes: number
  readonly checksum: bigint
  /** Its vector and address when it was written. */
  readonly vector: ColumnVector
  readonly pointer: number
}

/** A file of chunks, as one thread has it open. */
export interface ChunkFile {
  readonly file: SpillFile
  readonly kernels: ChecksumKernels
}

export function chunkChecksum(kernels: ChecksumKernels, pointer: number, bytes: number): bigint {
  return BigInt.asUintN(64, kernels.xxh64(pointer, bytes, 0n))
}

/**
 * Reads a chunk to `pointer`, where there is room for its bytes. Null when the file has other bytes by now: a chunk that
 * gave way to another, or a damaged disk.
 */
export function readChunk(
  { file, kernels }: ChunkFile,
  heap: Heap,
  chunk: DiskChunk,
  pointer: number,
): ColumnVector | null {
  const { at, bytes, checksum, vector } = chunk
  try {
    file.read(at, heap.u8.subarray(pointer, pointer + bytes))
  } catch {
    return null
  }
  if (chunkChecksum(kernels, pointer, bytes) !== checksum) return null
  return movedVector(vector, chunk, pointer - chunk.pointer)
}

/** The vector after its run of pages moved by `delta` bytes. What lies outside the run stays where it is. */
function movedVector(
  vector: ColumnVector,
  run: { readonly pointer: number; readonly bytes: number },
  delta: number,
): ColumnVector {
  const moved = (address: number): number =>
    address >= run.pointer && address < run.pointer + run.bytes ? address + delta : address
  const { dictionary, child } = vector
  return {
    ...vector,
    validity: moved(vector.validity),
    values: moved(vector.values),
    offsets: moved(vector.offsets),
    child: child && { ...movedVector(child, run, delta), length: child.length },
    dictionary: dictionary && {
      ...dictionary,
      offsets: moved(dictionary.offsets),
      values: moved(dictionary.values),
    },
  }
}
