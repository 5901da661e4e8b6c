import { internalError } from '../errors.ts'

/** A stretch of the spill file. */
export interface Segment {
  readonly at: number
  readonly bytes: number
}

/** Segments begin and end at multiples of this. */
export const UNIT_BYTES = 65536

/**
 * Says which stretches of one file are free, so that they are used again. Free stretches are kept sorted by address
 * and never touch each other; what is free at the end is no part of the file any more.
 */
export class ExtentAllocator {
  private readonly free: { at: number; bytes: number }[] = []
  private end = 0
  private taken = 0

  /** Bytes of the file up to the last live segment. */
  get fileBytes(): number {
    return this.end
  }

  /** Bytes of live segments. */
  get liveBytes(): number {
    return this.taken
  }

  /**
   * A segment of at least `bytes`, in whole units: right behind `after` where that is free, else in the first gap that
   * is long enough, else at the end.
   */
  allocate(bytes: number, after = -1): Segment {
    const size = Math.max(1, Math.ceil(bytes / UNIT_BYTES)) * UNIT_BYTES
    const next = this.free.findIndex((gap) => gap.at === after && gap.bytes >= size)
    const index = next >= 0 || after === this.end ? next : this.free.findIndex((gap) => gap.bytes >= size)
    this.taken += size
    const gap = this.free[index]
    if (gap === undefined) {
      this.end += size
      return { at: this.end - size, bytes: size }
    }
    const segment = { at: gap.at, bytes: size }
    gap.at += size
    gap.bytes -= size
    if (gap.bytes === 0) this.free.splice(index, 1)
    return segment
  }

  /** Gives back a segment, or any part of one in whole units. */
  release(segment: Segment): void {
    const { at, bytes } = segment
    if (bytes === 0) return
    const index = this.firstGapAfter(at)
    const before = this.free[index - 1]
    const behind = this.free[index]
    if (
      at + bytes > this.end ||
      (before !== undefined && before.at + before.bytes > at) ||
      (behind !== undefined && at + bytes > behind.at)
    ) {
      throw internalError(`spill bytes ${at} to ${at + bytes} were given back twice`)
    }
    this.taken -= bytes
    const joinsBefore = before !== undefined && before.at + before.bytes === at
    const joinsBehind = behind !== undefined && at + bytes === behind.at
    if (joinsBefore && joinsBehind) {
      before.bytes += bytes + behind.bytes
      this.free.splice(index, 1)
    } else if (joinsBefore) {
      before.bytes += bytes
    } else if (joinsBehind) {
      behind.at = at
      behind.bytes += bytes
    } else {
      this.free.splice(index, 0, { at, bytes })
    }
    this.dropFreeEnd()
  }

  private firstGapAfter(at: number): number {
    let low = 0
    let high = this.free.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.free[middle]?.at ?? 0) <= at) low = middle + 1
      else high = middle
    }
    return low
  }

  private dropFreeEnd(): void {
    const last = this.free[this.free.length - 1]
    if (last === undefined || last.at + last.bytes !== this.end) return
    this.end = last.at
    this.free.pop()
  }
}
