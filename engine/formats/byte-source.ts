import { LakebookError } from '../errors.ts'
import { readBlob, readBuffers } from './read-buffers.ts'

/** Bytes of known length that are read in ranges and never held whole. */
export interface ByteSource {
  /** For messages: the file's name, or the URL without its query. */
  readonly name: string
  readonly length: number
  /** Exactly `bytes` bytes from `offset` on. Throws `not_readable`, or `cancelled` when the signal fires. */
  read(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array>
  /** Bytes that `read` gave are not looked at any more, and may be read into again. */
  giveBack?(bytes: Uint8Array): void
  /** What the person should know about how it is read, or null. */
  readonly notice: string | null
  /** What another thread needs to open the same source (structured-cloneable), or null when it cannot. */
  readonly handle: ByteSourceHandle | null
}

/** A source as it is sent to another thread. `path` is opened by Node only. */
export type ByteSourceHandle =
  | { readonly kind: 'blob'; readonly name: string; readonly blob: Blob }
  | { readonly kind: 'bytes'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'url'; readonly name: string; readonly url: string; readonly length: number }
  | { readonly kind: 'path'; readonly name: string; readonly path: string; readonly length: number }

export function checkRange(source: ByteSource, offset: number, bytes: number): void {
  if (offset < 0 || bytes < 0 || offset + bytes > source.length) {
    throw new LakebookError(
      'not_readable',
      `${source.name} has ${source.length} bytes; ${bytes} at ${offset} were asked for`,
    )
  }
}

export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new LakebookError('cancelled', 'The query was cancelled')
}

/** A File stays a handle: each read slices it. */
export class BlobSource implements ByteSource {
  readonly name: string
  readonly notice: string | null = null
  private readonly blob: Blob

  constructor(name: string, blob: Blob) {
    this.name = name
    this.blob = blob
  }

  get length(): number {
    return this.blob.size
  }

  get handle(): ByteSourceHandle {
    return { kind: 'blob', name: this.name, blob: this.blob }
  }

  async read(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkRange(this, offset, bytes)
    throwIfCancelled(signal)
    try {
      return await readBlob(this.blob, offset, bytes)
    } catch (cause) {
      throw new LakebookError('not_readable', `${this.name} can no longer be read`, {
        hint: 'The file was moved, deleted or changed since it was added; add it again.',
        cause,
      })
    }
  }

  giveBack({ buffer }: Uint8Array): void {
    if (buffer instanceof ArrayBuffer) readBuffers.giveBack(buffer)
  }
}

/** Bytes that the caller already holds. Reads are views of them. */
export class BytesSource implements ByteSource {
  readonly name: string
  readonly notice: string | null = null
  private readonly bytes: Uint8Array

  constructor(name: string, bytes: Uint8Array) {
    this.name = name
    this.bytes = bytes
  }

  get length(): number {
    return this.bytes.length
  }

  get handle(): ByteSourceHandle {
    return { kind: 'bytes', name: this.name, bytes: this.bytes }
  }

  read(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkRange(this, offset, bytes)
    throwIfCancelled(signal)
    return Promise.resolve(this.bytes.subarray(offset, offset + bytes))
  }
}
