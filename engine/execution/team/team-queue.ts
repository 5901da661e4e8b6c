/** How long a pipeline may have the compute workers while others wait for them. */
const STINT_MS = 100

/**
 * Who has the compute workers. One pipeline has them at a time; pipelines of other runs go on alone on the driver and
 * stand in line meanwhile. Whoever has had them for a while lets the first in the line have them, and joins its end.
 */
export class TeamQueue {
  #holder: TeamClaim | null = null
  readonly #line: TeamClaim[] = []

  /** For `TeamClaim`. */
  take(claim: TeamClaim): boolean {
    if (this.#holder === claim) return true
    if (!this.#line.includes(claim)) this.#line.push(claim)
    if (this.#holder !== null || this.#line[0] !== claim) return false
    this.#line.shift()
    this.#holder = claim
    return true
  }

  /** For `TeamClaim`. */
  give(claim: TeamClaim): void {
    if (this.#holder === claim) this.#holder = null
  }

  /** For `TeamClaim`. */
  forget(claim: TeamClaim): void {
    this.give(claim)
    const place = this.#line.indexOf(claim)
    if (place >= 0) this.#line.splice(place, 1)
  }

  /** For `TeamClaim`. */
  get isWanted(): boolean {
    return this.#line.length > 0
  }
}

/** One pipeline's place in the queue. */
export class TeamClaim {
  readonly #queue: TeamQueue
  #tookMs = 0

  constructor(queue: TeamQueue) {
    this.#queue = queue
  }

  /** Whether it has the workers: it takes them if nobody has them and it is first in the line, which it joins else. */
  take(): boolean {
    const taken = this.#queue.take(this)
    if (taken) this.#tookMs = performance.now()
    return taken
  }

  /** It has had them for long enough, and others wait. */
  get isOver(): boolean {
    return this.#queue.isWanted && performance.now() - this.#tookMs > STINT_MS
  }

  /** Lets others have them. */
  give(): void {
    this.#queue.give(this)
  }

  /** The pipeline has ended. */
  close(): void {
    this.#queue.forget(this)
  }
}
