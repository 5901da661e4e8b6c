import { compressionRegistry, CompressionType } from 'apache-arrow'
import { decompress as decompressZstd } from 'fzstd'
import { LakebookError } from '../../errors.ts'
import { decompressLz4Frames } from './lz4-frames.ts'

/** Before each compressed buffer, its length when it is decompressed. */
const LENGTH_BYTES = 8
const MOST_BYTES = 2 ** 31 - 1

/**
 * Lets the Arrow reader decompress the buffers of record batches: LZ4 frames and Zstandard.
 *
 * Each buffer comes with its length when it is decompressed, which lies in front of the bytes that a codec is given;
 * one that holds more or less is damaged.
 */
export function registerBodyCodecs(): void {
  compressionRegistry.set(CompressionType.LZ4_FRAME, {
    decode: (bytes) => intoBuffer(bytes, decompressLz4Frames),
  })
  compressionRegistry.set(CompressionType.ZSTD, {
    decode: (bytes) =>
      intoBuffer(bytes, (packed, output) => {
        const filled = decompressZstd(packed, output)
        if (filled.length !== output.length) throw wrongLength()
      }),
  })
}

function intoBuffer(
  bytes: Uint8Array,
  decompress: (packed: Uint8Array, output: Uint8Array) => void,
): Uint8Array {
  const prefix = new DataView(bytes.buffer, bytes.byteOffset - LENGTH_BYTES, LENGTH_BYTES)
  const length = Number(prefix.getBigInt64(0, true))
  if (length < 0 || length > MOST_BYTES) throw wrongLength()
  const output = new Uint8Array(length)
  decompress(bytes, output)
  return output
}

function wrongLength(): LakebookError {
  return new LakebookError('corrupt_file', 'A compressed Arrow buffer has another length than it says')
}
