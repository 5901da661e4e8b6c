const LEAST_UNIT_BYTES = 64 * 1024
/** Shorter reads have buffers of their own length, and nobody keeps them. */
const LEAST_KEPT_BYTES = LEAST_UNIT_BYTES / 2
const MOST_KEPT_BYTES = 6 * 2 ** 20
/** A buffer is used for reads of a quarter of its length at the least. */
const MOST_WASTE = 4

/**
 * Buffers that one thread reads files into, again and again. What `Blob.arrayBuffer()` gives stays in memory until the
 * collector comes by: measured in Chromium, 70 MiB for reads of 0.7 MiB each. Reading into a buffer that was used before
 * takes nothing, and less time. Those that were not used for longest make room for others, so that the lengths that a
 * scan reads are there.
 */
class ReadBuffers {
  /** The one used last at the end. */
  readonly #free: ArrayBuffer[] = []
  #freeBytes = 0

  /** One of at least `bytes` bytes, with whatever is in it. */
  take(bytes: number): ArrayBuffer {
    if (bytes < LEAST_KEPT_BYTES) return new ArrayBuffer(bytes)
    let best = -1
    for (const [index, { byteLength }] of this.#free.entries()) {
      const fits = byteLength >= bytes && byteLength <= MOST_WASTE * bytes
      if (fits && (best < 0 || byteLength <= this.#free[best]!.byteLength)) best = index
    }
    const [buffer] = best < 0 ? [] : this.#free.splice(best, 1)
    if (buffer === undefined) return new ArrayBuffer(roundedLength(bytes))
    this.#freeBytes -= buffer.byteLength
    return buffer
  }

  giveBack(buffer: ArrayBuffer): void {
    if (buffer.byteLength < LEAST_KEPT_BYTES || buffer.byteLength > MOST_KEPT_BYTES) return
    this.#free.push(buffer)
    this.#freeBytes += buffer.byteLength
    while (this.#freeBytes > MOST_KEPT_BYTES) this.#freeBytes -= this.#free.shift()!.byteLength
  }
}

/** Some more than `bytes`, so that reads of about the same length find each other's buffers: steps of a quarter. */
function roundedLength(bytes: number): number {
  const unit = Math.max(LEAST_UNIT_BYTES, 2 ** Math.floor(Math.log2(bytes)) / 4)
  return Math.ceil(bytes / unit) * unit
}

export const readBuffers = new ReadBuffers()

/**
 * Readers of which something is awaited. Chromium collects a blob's stream that nothing else refers to, and what awaits
 * it then waits for ever; the stream, its reader and whoever awaits it refer to each other alone.
 */
const reading = new Set<ReadableStreamBYOBReader>()

/** Bytes `offset` to `offset + bytes` of a blob, in a buffer of `readBuffers` where the platform can do that. */
export async function readBlob(blob: Blob, offset: number, bytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const part = blob.slice(offset, offset + bytes)
  const reader = byteReader(part)
  if (reader === null) return new Uint8Array(await part.arrayBuffer())
  reading.add(reader)
  try {
    let buffer = readBuffers.take(bytes)
    for (let at = 0; at < bytes;) {
      const { value, done } = await reader.read(new Uint8Array(buffer, at, bytes - at))
      if (value === undefined || done) throw new RangeError('the blob became shorter')
      // The buffer moves with every read: this one is the same memory.
      buffer = value.buffer
      at += value.length
    }
    await reader.cancel()
    return new Uint8Array(buffer, 0, bytes)
  } finally {
    reading.delete(reader)
  }
}

/** Null in browsers whose blobs are no byte streams. */
function byteReader(blob: Blob): ReadableStreamBYOBReader | null {
  try {
    return blob.stream().getReader({ mode: 'byob' })
  } catch (error) {
    if (error instanceof TypeError) return null
    throw error
  }
}
