import type { SpillFile } from '../storage/spill-file.ts'
import { outOfDisk, spillDamaged } from '../storage/spill-faults.ts'

/** What goes wrong, and when. Calls count from 1. */
export type SpillFault =
  /** Call number `call` of `write` fails with an error that is not about space. */
  | { readonly kind: 'write fails'; readonly call: number }
  /** Call number `call` of `write` writes half of what it should, and says nothing. */
  | { readonly kind: 'short write'; readonly call: number }
  /** The file takes no more than `bytes` bytes; what fits is written. */
  | { readonly kind: 'quota'; readonly bytes: number }
  /** The file ends at byte `bytes` although more was written. */
  | { readonly kind: 'cut off'; readonly bytes: number }
  /** Byte `at` reads back with one bit flipped. */
  | { readonly kind: 'damaged read'; readonly at: number }

/** A spill file in JavaScript's memory that fails on demand. */
export class MemorySpillFile implements SpillFile {
  closed = false
  fault: SpillFault | null = null
  /** Called before each read and write. */
  onCall: () => void = () => undefined
  #bytes = new Uint8Array(0)
  #length = 0
  /** Lengths of the writes, in order. */
  readonly writes: number[] = []

  get length(): number {
    return this.#length
  }

  read(at: number, into: Uint8Array): void {
    this.onCall()
    const end = this.fault?.kind === 'cut off' ? this.fault.bytes : this.#length
    if (at + into.length > end) throw spillDamaged(`it ends at byte ${end}, before what was written to it`)
    into.set(this.#bytes.subarray(at, at + into.length))
    if (this.fault?.kind !== 'damaged read') return
    const index = this.fault.at - at
    if (index >= 0 && index < into.length) into[index]! ^= 4
  }

  write(at: number, from: Uint8Array): void {
    this.onCall()
    this.writes.push(from.length)
    if (this.fault?.kind === 'write fails' && this.writes.length === this.fault.call)
      throw new Error('EIO: i/o error')
    const most = this.fault?.kind === 'quota' ? this.fault.bytes : Number.POSITIVE_INFINITY
    const fits = Math.max(0, Math.min(from.length, most - at))
    if (at + fits > this.#bytes.length) {
      const grown = new Uint8Array(2 * (at + fits))
      grown.set(this.#bytes)
      this.#bytes = grown
    }
    const isShort = this.fault?.kind === 'short write' && this.writes.length === this.fault.call
    const written = isShort ? fits >>> 1 : fits
    this.#bytes.set(from.subarray(0, written), at)
    this.#length = Math.max(this.#length, at + written)
    if (fits < from.length) throw outOfDisk(from.length - fits, 'the test disk')
  }

  truncate(bytes: number): void {
    this.#bytes.fill(0, bytes)
    this.#length = bytes
  }

  close(): void {
    this.closed = true
  }
}
