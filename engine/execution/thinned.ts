/**
 * Keeps some of the items that come one after the other, at most `most` of them and as close together at the beginning as
 * at the end: of each group of neighbours the one with the most bytes, and the last of all. The groups are twice as large
 * whenever there are too many.
 */
export class Thinned<Item> {
  readonly #most: number
  readonly #bytesOf: (item: Item) => number
  #kept: Item[] = []
  #groupSize = 1
  /** Of the group that is not complete: how many there are, and the one to be kept. */
  #count = 0
  #largest: Item | null = null
  #last: Item | null = null

  constructor(most: number, bytesOf: (item: Item) => number) {
    this.#most = most
    this.#bytesOf = bytesOf
  }

  push(item: Item): void {
    this.#last = item
    this.#largest = this.#largest === null ? item : this.#larger(this.#largest, item)
    this.#count++
    if (this.#count < this.#groupSize) return
    this.#kept.push(this.#largest)
    this.#largest = null
    this.#count = 0
    if (this.#kept.length + 2 > this.#most) this.#mergeGroups()
  }

  /** In the order in which they came. */
  get items(): readonly Item[] {
    const open = [this.#largest, this.#last].filter((item) => item !== null)
    return [...new Set([...this.#kept, ...open])]
  }

  #mergeGroups(): void {
    const kept = this.#kept
    if (kept.length % 2 === 1) {
      this.#largest = kept.pop()!
      this.#count = this.#groupSize
    }
    this.#kept = kept.filter((item, at) => this.#larger(kept[at & ~1]!, kept[at | 1]!) === item)
    this.#groupSize *= 2
  }

  /** The earlier one where they are the same. */
  #larger(earlier: Item, later: Item): Item {
    return this.#bytesOf(later) > this.#bytesOf(earlier) ? later : earlier
  }
}
