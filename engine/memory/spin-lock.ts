import { internalError } from '../errors.ts'

const FREE = 0
const HELD = 1
const SPINS_BEFORE_WAITING = 200

/**
 * A lock in one i32 of a shared or unshared memory, for critical sections of microseconds. Not reentrant.
 * Taking it orders plain reads and writes of what it guards between threads.
 */
export class SpinLock {
  private readonly words: Int32Array
  private readonly index: number
  private mayWait: boolean

  /** `index` counts i32s in `words`, not bytes. */
  constructor(words: Int32Array, index: number) {
    this.words = words
    this.index = index
    this.mayWait = isShared(words.buffer)
  }

  run<Result>(section: () => Result): Result {
    this.take()
    try {
      return section()
    } finally {
      Atomics.store(this.words, this.index, FREE)
      if (this.mayWait) Atomics.notify(this.words, this.index, 1)
    }
  }

  private take(): void {
    for (let spins = 0; Atomics.compareExchange(this.words, this.index, FREE, HELD) !== FREE; spins++) {
      if (!isShared(this.words.buffer)) throw internalError('a lock was taken twice by one thread')
      if (spins >= SPINS_BEFORE_WAITING && this.mayWait) this.waitBriefly()
    }
  }

  /** A page's main thread must not block; there it goes on spinning. */
  private waitBriefly(): void {
    try {
      Atomics.wait(this.words, this.index, HELD, 1)
    } catch {
      this.mayWait = false
    }
  }
}

export function isShared(buffer: ArrayBufferLike): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && buffer instanceof SharedArrayBuffer
}
