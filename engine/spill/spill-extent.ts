import { internalError } from '../errors.ts'
import type { Segment } from './extent-allocator.ts'
import type { SpillAccount } from './spill-account.ts'
import type { SpillSpace } from './spill-space.ts'

/** Reservations of file space grow with the extent, up to this. */
const MOST_GROWTH_BYTES = 2 ** 20

/**
 * A growing stream of bytes in the spill file: segments of the file, in order. `SpillWriter` fills it with a complete
 * Arrow IPC stream.
 */
export class SpillExtent {
  readonly account: SpillAccount
  private readonly space: SpillSpace
  private readonly segments: Segment[] = []
  private reserved = 0
  private length = 0
  private freed = false
  /** Of the stream, once it is complete. */
  private rows: number | null = null

  /** Made by `SpillSpace.createExtent`. */
  constructor(space: SpillSpace, account: SpillAccount) {
    this.space = space
    this.account = account
  }

  /** Bytes of the stream so far. */
  get bytes(): number {
    return this.length
  }

  get isFreed(): boolean {
    return this.freed
  }

  /** Appends bytes of JavaScript's memory (messages) or of the heap. */
  append(view: Uint8Array): void {
    this.check()
    this.space.append(this, view)
    this.length += view.length
  }

  /** The stream is complete. */
  finish(rows: number): void {
    this.trim()
    this.rows = rows
  }

  /** Rows of a complete stream. */
  get rowCount(): number {
    return this.rows ?? 0
  }

  /** Gives file space behind the last byte back. */
  private trim(): void {
    this.space.flush()
    while (this.segments.length > 0) {
      const last = this.segments[this.segments.length - 1]!
      const start = this.reserved - last.bytes
      const kept = this.space.wholeUnits(Math.max(0, this.length - start))
      if (kept === last.bytes) return
      this.segments.pop()
      this.space.release({ at: last.at + kept, bytes: last.bytes - kept })
      this.reserved -= last.bytes - kept
      if (kept > 0) {
        this.segments.push({ at: last.at, bytes: kept })
        return
      }
    }
  }

  /** Fills `into` from byte `at` of the stream. */
  read(at: number, into: Uint8Array): void {
    this.check()
    this.account.bytesRead += into.length
    this.copy(at, into)
  }

  /** As `read`, also of a stream that is kept after it was freed; nobody pays. */
  copy(at: number, into: Uint8Array): void {
    if (at + into.length > this.length) throw internalError('a spill extent is read beyond its end')
    this.space.flushOf(this)
    this.eachPiece(at, into.length, (fileAt, from, bytes) => {
      this.space.readFile(fileAt, into.subarray(from, from + bytes))
    })
  }

  /** Writes over bytes of the stream that were appended before. */
  overwrite(at: number, view: Uint8Array): void {
    this.check()
    if (at + view.length > this.length) throw internalError('a spill extent is written over beyond its end')
    this.space.overwrite(this, at, view)
  }

  /**
   * Address of `count` bytes from `at` on, read into the heap: valid until the next call, or until anything is written
   * to any extent. `limit`: up to where it is of use to read ahead.
   */
  view(at: number, count: number, limit: number): number {
    this.check()
    return this.space.view(this, at, count, limit)
  }

  /** What `view` gave is read again when it is asked for again. */
  endView(): void {
    this.space.endView()
  }

  /** It takes no more: what is not in the file yet is lost. What is there stays readable. */
  abandon(): void {
    this.space.dropStagedOf(this)
  }

  /** Writes bytes at `at` of the stream, where space was made; for `SpillSpace`. */
  writeThrough(at: number, view: Uint8Array): void {
    this.makeRoom(at + view.length)
    this.account.bytesWritten += view.length
    this.eachPiece(at, view.length, (fileAt, from, bytes) => {
      this.space.writeFile(fileAt, view.subarray(from, from + bytes))
    })
  }

  /** A copy of the whole stream in pieces of `chunkBytes`, for a download. */
  *chunks(chunkBytes = 2 ** 20): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
    for (let at = 0; at < this.length; at += chunkBytes) {
      const chunk = new Uint8Array(Math.min(chunkBytes, this.length - at))
      this.copy(at, chunk)
      yield chunk
    }
  }

  /** Nobody reads it any more: gives all file space back, unless complete streams are kept. May be called twice. */
  free(): void {
    if (this.freed) return
    this.freed = true
    if (this.rows === null || !this.account.manner.keep(this)) this.release()
  }

  /** Gives all file space back, whoever reads it. May be called twice. */
  release(): void {
    this.freed = true
    this.space.forget(this)
    for (const segment of this.segments) this.space.release(segment)
    this.segments.length = 0
  }

  private makeRoom(bytes: number): void {
    while (this.reserved < bytes) {
      const growth = Math.max(bytes - this.reserved, Math.min(this.reserved, MOST_GROWTH_BYTES))
      const last = this.segments[this.segments.length - 1]
      const segment = this.space.reserve(growth, last === undefined ? -1 : last.at + last.bytes)
      this.reserved += segment.bytes
      if (last !== undefined && last.at + last.bytes === segment.at) {
        this.segments[this.segments.length - 1] = { at: last.at, bytes: last.bytes + segment.bytes }
      } else {
        this.segments.push(segment)
      }
    }
  }

  private eachPiece(
    at: number,
    bytes: number,
    use: (fileAt: number, from: number, bytes: number) => void,
  ): void {
    let start = 0
    let done = 0
    for (const segment of this.segments) {
      const skip = at + done - start
      if (skip < segment.bytes && done < bytes) {
        const count = Math.min(segment.bytes - skip, bytes - done)
        use(segment.at + skip, done, count)
        done += count
      }
      start += segment.bytes
    }
  }

  private check(): void {
    if (this.freed) throw internalError('a spill extent is used after it was freed')
  }
}
