import { LakebookError } from '../errors.ts'
import { throwIfCancelled, type ByteSource } from './byte-source.ts'
import type { ReadWatch } from './read-watch.ts'

const COMPRESSED_CHUNK_BYTES = 2 ** 20

/** The text inside a gzip file, or the source itself when it is none. Errors: `corrupt_file`. */
export async function withoutGzip(source: ByteSource, { signal, tell }: ReadWatch = {}): Promise<ByteSource> {
  if (source.length < 18) return source
  const [a, b, method] = await source.read(0, 3, signal)
  if (a !== 0x1f || b !== 0x8b || method !== 8) return source
  const stream = new GunzipStream(source)
  let length = 0
  for (let chunk = await stream.next(signal); chunk !== null; chunk = await stream.next(signal)) {
    length += chunk.length
    await tell?.(`Decompressing ${source.name}`, stream.taken / source.length, 0)
  }
  return new GzipSource(source, length)
}

/**
 * What a gzip file holds, read from its beginning to its end; a read further back begins anew. Its length is found by
 * going through it once.
 */
class GzipSource implements ByteSource {
  readonly name: string
  readonly length: number
  readonly notice: string | null
  /** Another thread would have to decompress all that comes before. */
  readonly handle = null
  private readonly source: ByteSource
  private stream: GunzipStream | null = null
  /** The bytes from `offset` on that were decompressed last. */
  private held = new Uint8Array(0)
  private offset = 0
  private turn: Promise<unknown> = Promise.resolve()

  constructor(source: ByteSource, length: number) {
    this.name = source.name.replace(/\.gz$/i, '')
    this.notice = source.notice
    this.source = source
    this.length = length
  }

  read(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const result = this.turn.then(() => this.readNow(offset, bytes, signal))
    this.turn = result.catch(() => undefined)
    return result
  }

  private async readNow(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    const result = new Uint8Array(bytes)
    let done = 0
    while (done < bytes) {
      const at = offset + done
      if (this.stream === null || at < this.offset) {
        this.stream = new GunzipStream(this.source)
        this.held = new Uint8Array(0)
        this.offset = 0
      }
      if (at < this.offset + this.held.length) {
        const part = this.held.subarray(at - this.offset, at - this.offset + bytes - done)
        result.set(part, done)
        done += part.length
        continue
      }
      this.offset += this.held.length
      const next = await this.stream.next(signal)
      if (next === null) throw new LakebookError('not_readable', `${this.name} became shorter`)
      this.held = next
    }
    return result
  }
}

/** Decompresses by the platform's own stream, a piece at a time. */
class GunzipStream {
  private readonly source: ByteSource
  private readonly reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>
  /** Compressed bytes that were read so far. */
  taken = 0

  constructor(source: ByteSource) {
    this.source = source
    const compressed = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: async (controller) => {
        const bytes = Math.min(COMPRESSED_CHUNK_BYTES, source.length - this.taken)
        if (bytes === 0) controller.close()
        else controller.enqueue(new Uint8Array(await source.read(this.taken, bytes)))
        this.taken += bytes
      },
    })
    this.reader = compressed.pipeThrough(new DecompressionStream('gzip')).getReader()
  }

  async next(signal: AbortSignal | undefined): Promise<Uint8Array<ArrayBuffer> | null> {
    throwIfCancelled(signal)
    try {
      const { value, done } = await this.reader.read()
      return done ? null : value
    } catch (cause) {
      if (cause instanceof LakebookError) throw cause
      throw new LakebookError('corrupt_file', `${this.source.name} is no whole gzip file`, { cause })
    }
  }
}
