import { open, stat } from 'node:fs/promises'
import path from 'node:path'
import { LakebookError } from '../errors.ts'
import { checkRange, throwIfCancelled, type ByteSource, type ByteSourceHandle } from './byte-source.ts'

/** A file on disk, opened for each read, so that nothing is left open. Node only. */
export class PathSource implements ByteSource {
  readonly name: string
  readonly length: number
  readonly notice = null
  private readonly path: string

  private constructor(file: string, length: number) {
    this.path = file
    this.name = path.basename(file)
    this.length = length
  }

  static async open(file: string): Promise<PathSource> {
    try {
      const info = await stat(file)
      if (!info.isFile()) throw new LakebookError('not_readable', `${file} is not a file`)
      return new PathSource(path.resolve(file), info.size)
    } catch (cause) {
      if (cause instanceof LakebookError) throw cause
      throw unreadable(file, cause)
    }
  }

  /** What another thread opens from `handle`. */
  static fromHandle(handle: ByteSourceHandle & { kind: 'path' }): PathSource {
    return new PathSource(handle.path, handle.length)
  }

  get handle(): ByteSourceHandle {
    return { kind: 'path', name: this.name, path: this.path, length: this.length }
  }

  async read(offset: number, bytes: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkRange(this, offset, bytes)
    throwIfCancelled(signal)
    const buffer = new Uint8Array(bytes)
    try {
      const file = await open(this.path, 'r')
      try {
        let done = 0
        while (done < bytes) {
          const { bytesRead } = await file.read(buffer, done, bytes - done, offset + done)
          if (bytesRead === 0) throw new RangeError('the file became shorter')
          done += bytesRead
        }
      } finally {
        await file.close()
      }
    } catch (cause) {
      throw unreadable(this.path, cause)
    }
    return buffer
  }
}

function unreadable(file: string, cause: unknown): LakebookError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new LakebookError('not_readable', `${path.basename(file)} cannot be read: ${reason}`, { cause })
}
