import { randomSource } from '../random-query.ts'

/**
 * The decisions that make a random case. They are kept, so that a case can be made again from fewer or smaller ones:
 * whatever the decisions are, some case comes out, and 0 is always the simplest choice.
 */
export class Choices {
  readonly made: number[] = []
  readonly #next: () => number

  private constructor(next: () => number) {
    this.#next = next
  }

  static random(seed: number): Choices {
    return new Choices(randomSource(seed))
  }

  /** The same decisions again; 0 when they run out. */
  static replay(made: readonly number[]): Choices {
    let at = 0
    return new Choices(() => made[at++] ?? 0)
  }

  /** From 0 up to but without 1. */
  next(): number {
    const value = this.#next()
    this.made.push(value)
    return value
  }

  below(count: number): number {
    return Math.floor(this.next() * count)
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }

  /** True with this probability; false is the simple choice. */
  chance(probability: number): boolean {
    return this.next() >= 1 - probability
  }
}
