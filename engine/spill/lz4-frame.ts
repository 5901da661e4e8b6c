import { spillDamaged } from '../storage/spill-faults.ts'
import type { Heap } from '../memory/heap.ts'

/**
 * An LZ4 frame (lz4's doc/lz4_Frame_format.md): magic number, flags (version 1, blocks that need no other), greatest
 * block (64 KiB), checksum of these two bytes; then blocks, each a u32 length (bit 31: it is not compressed) and its
 * bytes; then a length of 0.
 */
export const FRAME_HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82)
export const FRAME_END = new Uint8Array(4)
export const BLOCK_BYTES = 65_536
const PLAIN_BLOCK = 0x8000_0000
const LENGTH_BYTES = 4

/** What `lz4_compress` looks up. */
const TABLE_BYTES = 16_384
/** Heap that compression works in. */
export const WORKSPACE_BYTES = TABLE_BYTES + LENGTH_BYTES + BLOCK_BYTES

export interface Lz4Kernels {
  lz4_compress(from: number, length: number, to: number, capacity: number, table: number): number
  lz4_decompress(from: number, length: number, to: number, capacity: number): number
}

/**
 * Compresses `bytes` bytes at `pointer` into blocks, each handed to `take` with its length in front, in the workspace.
 * Returns false, having handed over nothing, when the first block does not get shorter: the rest will not either.
 */
export function compressBlocks(
  heap: Heap,
  kernels: Lz4Kernels,
  workspace: number,
  pointer: number,
  bytes: number,
  take: (block: Uint8Array) => void,
): boolean {
  const head = workspace + TABLE_BYTES
  const body = head + LENGTH_BYTES
  for (let done = 0; done < bytes; done += BLOCK_BYTES) {
    const from = pointer + done
    const plain = Math.min(BLOCK_BYTES, bytes - done)
    const packed = kernels.lz4_compress(from, plain, body, plain - 1, workspace) >>> 0
    if (packed === 0 && done === 0) return false
    if (packed === 0) heap.u8.copyWithin(body, from, from + plain)
    const length = packed === 0 ? plain : packed
    heap.view.setUint32(head, packed === 0 ? length + PLAIN_BLOCK : length, true)
    take(heap.u8.subarray(head, body + length))
  }
  return true
}

/** Gives the bytes of a frame from `at` on, `count` of them, somewhere in the heap; valid until the next call. */
export type FrameBytes = (at: number, count: number) => number

/**
 * Takes the frame of `bytes` bytes apart that `frame` gives, into `capacity` bytes at `pointer`. `what` is for the error.
 *
 * @throws `spill_damaged` unless it is a frame of exactly that many bytes
 */
export function decompressFrame(
  heap: Heap,
  kernels: Lz4Kernels,
  frame: FrameBytes,
  bytes: number,
  pointer: number,
  capacity: number,
  what: string,
): void {
  const damaged = (): Error => spillDamaged(`a compressed buffer of ${what} makes no sense`)
  const word = (at: number): number => {
    if (at + LENGTH_BYTES > bytes) throw damaged()
    return heap.view.getUint32(frame(at, LENGTH_BYTES), true)
  }
  if (bytes < FRAME_HEADER.length) throw damaged()
  const header = frame(0, FRAME_HEADER.length)
  if (FRAME_HEADER.some((byte, index) => heap.u8[header + index] !== byte)) throw damaged()
  let at = FRAME_HEADER.length
  let done = 0
  for (;;) {
    const length = word(at)
    at += LENGTH_BYTES
    if (length === 0) break
    const isPlain = length >= PLAIN_BLOCK
    const packed = isPlain ? length - PLAIN_BLOCK : length
    if (packed > BLOCK_BYTES || at + packed > bytes) throw damaged()
    const from = frame(at, packed)
    const room = capacity - done
    if (isPlain) {
      if (packed > room) throw damaged()
      heap.u8.copyWithin(pointer + done, from, from + packed)
      done += packed
    } else {
      const plain = kernels.lz4_decompress(from, packed, pointer + done, room) >>> 0
      if (plain > room) throw damaged()
      done += plain
    }
    at += packed
  }
  if (done !== capacity || at !== bytes) throw damaged()
}
