import { eventLoopTurn } from './event-loop-turn.ts'

/** A round in which each run has a turn takes about so long, so that messages (cancel) are heard. */
const ROUND_MS = 24
const LONGEST_TURN_MS = 12
const SHORTEST_TURN_MS = 3

/**
 * The driver thread is one; runs take turns on it, equal ones. A turn ends where the run breathes: of the runs that could
 * go on, the one that has had the fewest turns is next. A run that waits for something else, such as bytes of a file,
 * holds nobody up; having waited, it does not catch up on the others.
 */
export class DriverTurns {
  /** Runs under way, and those of them that could go on. */
  readonly #runs = new Set<Turn>()
  readonly #ready = new Set<Turn>()

  enter(): Turn {
    const turn = new Turn(this, this.#least(this.#runs))
    this.#runs.add(turn)
    return turn
  }

  /** For `Turn`. */
  leave(turn: Turn): void {
    this.#runs.delete(turn)
  }

  /** How long a turn is now. */
  get turnMs(): number {
    return Math.max(SHORTEST_TURN_MS, Math.min(LONGEST_TURN_MS, ROUND_MS / Math.max(1, this.#runs.size)))
  }

  /** For `Turn`: lets messages in, then waits until it is the run's turn. */
  async next(turn: Turn): Promise<void> {
    turn.count = Math.max(turn.count, this.#least(this.#ready))
    this.#ready.add(turn)
    do await eventLoopTurn()
    while (turn.count > this.#least(this.#ready))
    this.#ready.delete(turn)
  }

  #least(turns: ReadonlySet<Turn>): number {
    let least = Number.POSITIVE_INFINITY
    for (const { count } of turns) least = Math.min(least, count)
    return least === Number.POSITIVE_INFINITY ? 0 : least
  }
}

/** One run's turns. */
export class Turn {
  readonly #turns: DriverTurns
  #startedMs = performance.now()
  /** Turns that it has had. */
  count: number

  /** Made by `DriverTurns.enter`. */
  constructor(turns: DriverTurns, count: number) {
    this.#turns = turns
    this.count = count
  }

  /** Ends the turn when it is over. `heed`: messages are waited for, so that they are let in at once, within the turn. */
  async breathe(heed: boolean): Promise<void> {
    const over = performance.now() - this.#startedMs > this.#turns.turnMs
    if (!over && !heed) return
    if (over) this.count++
    await this.#turns.next(this)
    if (over) this.#startedMs = performance.now()
  }

  /** The run has ended. */
  close(): void {
    this.#turns.leave(this)
  }
}
