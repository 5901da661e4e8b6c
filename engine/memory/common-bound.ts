import type { MemoryReservation } from './memory-reservation.ts'

export interface CommonBounds {
  /** What all of them may hold. */
  readonly mostBytes: number
  /** What each is sure of. */
  readonly leastBytes: number
  /** What is to be left of the pool by whoever holds more than that. */
  readonly leftBytes: number
}

/**
 * What several consumers may hold together: whoever comes first, except that each is sure of the least. On every thread
 * of a heap it counts what all threads hold.
 */
export class CommonBound {
  readonly bounds: CommonBounds
  readonly #reservations: readonly MemoryReservation[]

  constructor(reservations: readonly MemoryReservation[], bounds: CommonBounds) {
    this.#reservations = reservations
    this.bounds = bounds
  }

  /** Whether one of them may hold so much more. */
  allows(one: MemoryReservation, additionalBytes: number): boolean {
    const { mostBytes, leastBytes, leftBytes } = this.bounds
    const wanted = one.size + additionalBytes
    if (wanted <= leastBytes) return true
    if (leftBytes > 0 && wanted + leftBytes > one.mostBytes) return false
    const others = this.#reservations.reduce(
      (sum, other) => (other === one ? sum : sum + Math.max(other.size, leastBytes)),
      0,
    )
    return others + wanted <= mostBytes
  }
}
