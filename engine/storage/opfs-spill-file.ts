import type { SpillFile } from './spill-file.ts'
import { outOfDisk, spillDamaged } from './spill-faults.ts'

const BOUNCE_BYTES = 2 ** 20

/** What is used of a `FileSystemSyncAccessHandle`. */
export interface SyncAccessHandle {
  read(into: Uint8Array, options: { at: number }): number
  write(from: Uint8Array, options: { at: number }): number
  truncate(bytes: number): void
  close(): void
}

/**
 * Over a synchronous OPFS handle (dedicated workers only). Views of the heap are handed to the browser as they are;
 * in a browser that refuses views of shared memory, bytes bounce through a small buffer of their own.
 */
export class OpfsSpillFile implements SpillFile {
  private readonly handle: SyncAccessHandle
  private bounce: Uint8Array | null = null
  private closed = false

  constructor(handle: SyncAccessHandle) {
    this.handle = handle
  }

  read(at: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = this.readSome(at + done, into.subarray(done))
      if (count === 0) throw spillDamaged(`it ends at byte ${at + done}, before what was written to it`)
      done += count
    }
  }

  write(at: number, from: Uint8Array): void {
    for (let done = 0; done < from.length;) {
      const count = this.writeOrFail(at + done, from.subarray(done))
      if (count === 0) throw outOfDisk(from.length - done, STORAGE_NAME)
      done += count
    }
  }

  truncate(bytes: number): void {
    this.handle.truncate(bytes)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.handle.close()
  }

  private writeOrFail(at: number, from: Uint8Array): number {
    try {
      return this.writeSome(at, from)
    } catch (cause) {
      if (isQuotaExceeded(cause)) throw outOfDisk(from.length, STORAGE_NAME, cause)
      throw cause
    }
  }

  private readSome(at: number, into: Uint8Array): number {
    if (this.bounce === null) {
      try {
        return this.handle.read(into, { at })
      } catch (error) {
        this.bounce = bounceBufferFor(error)
      }
    }
    const part = this.bounce.subarray(0, Math.min(into.length, BOUNCE_BYTES))
    const count = this.handle.read(part, { at })
    into.set(part.subarray(0, count))
    return count
  }

  private writeSome(at: number, from: Uint8Array): number {
    if (this.bounce === null) {
      try {
        return this.handle.write(from, { at })
      } catch (error) {
        this.bounce = bounceBufferFor(error)
      }
    }
    const part = this.bounce.subarray(0, Math.min(from.length, BOUNCE_BYTES))
    part.set(from.subarray(0, part.length))
    return this.handle.write(part, { at })
  }
}

export const STORAGE_NAME = "the browser's storage for this site"

/** Web IDL says with a TypeError that shared memory is refused; anything else is a real failure. */
function bounceBufferFor(error: unknown): Uint8Array {
  if (error instanceof TypeError) return new Uint8Array(BOUNCE_BYTES)
  throw error
}

/** An error of its own class in newer browsers, a DOMException in older ones; both have the name. */
function isQuotaExceeded(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError'
}
