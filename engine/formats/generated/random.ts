/**
 * A seeded generator of 32-bit numbers (the mixing of splitmix32, by integer arithmetic only), so that what is made from
 * a seed is the same on every machine.
 */
export class Random {
  private state: number

  constructor(seed: number) {
    this.state = seed | 0
  }

  /** A generator for one part of a whole, e.g. a person, that does not depend on the others. */
  static forPart(seed: number, part: number): Random {
    const random = new Random(Math.imul(seed ^ 0x5bd1e995, 0x9e3779b1) + Math.imul(part + 1, 0x85ebca6b))
    random.uint32()
    return random
  }

  uint32(): number {
    this.state = (this.state + 0x9e3779b9) | 0
    let mixed = this.state ^ (this.state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }

  /** From 0 up to, not including, 1. */
  uniform(): number {
    return this.uint32() / 0x1_0000_0000
  }

  /** From `low` up to, not including, `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.uniform()
  }

  /** A whole number from 0 to `count - 1`. */
  below(count: number): number {
    return Math.floor(this.uniform() * count)
  }

  /** Mean 0, variance 1, near enough normal: four uniform numbers added up. */
  normal(): number {
    return (this.uniform() + this.uniform() + this.uniform() + this.uniform() - 2) * Math.sqrt(3)
  }
}
