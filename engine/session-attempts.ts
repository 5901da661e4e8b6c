import { cancelled } from './execution/query-context.ts'
import { MOST_RUNS } from './memory/run-cells.ts'

/** One statement at work. */
export class Attempt {
  /** Others were at work at some time while it was. */
  hadCompany: boolean
  readonly #leave: () => void

  constructor(hadCompany: boolean, leave: () => void) {
    this.hadCompany = hadCompany
    this.#leave = leave
  }

  leave(): void {
    this.#leave()
  }
}

interface Waiting {
  readonly alone: boolean
  readonly enter: () => void
}

/**
 * Which statements are at work side by side: `MOST_RUNS` at the most. One that ran out of memory in company is tried
 * again alone, so that no query fails because of another's memory: it waits until those at work are done, and those that
 * come after it wait for it. Who waits goes first in, first out.
 */
export class Attempts {
  readonly #atWork = new Set<Attempt>()
  readonly #line: Waiting[] = []
  #aloneAtWork = false

  get count(): number {
    return this.#atWork.size
  }

  /** Waits until it may begin. `alone`: with nobody beside it. @throws `cancelled` */
  async enter(alone: boolean, signal: AbortSignal, onWait: () => void = () => undefined): Promise<Attempt> {
    if (signal.aborted) throw cancelled()
    if (this.#line.length === 0 && this.#mayEnter(alone)) return this.#begin(alone)
    onWait()
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        alone,
        enter: () => {
          signal.removeEventListener('abort', onAbort)
          resolve(this.#begin(alone))
        },
      }
      const onAbort = (): void => {
        this.#line.splice(this.#line.indexOf(waiting), 1)
        reject(cancelled())
        this.#letIn()
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#line.push(waiting)
    })
  }

  #mayEnter(alone: boolean): boolean {
    const { size } = this.#atWork
    return alone ? size === 0 : size < MOST_RUNS && !this.#aloneAtWork
  }

  #begin(alone: boolean): Attempt {
    for (const other of this.#atWork) other.hadCompany = true
    const attempt = new Attempt(this.#atWork.size > 0, () => {
      if (!this.#atWork.delete(attempt)) return
      if (alone) this.#aloneAtWork = false
      this.#letIn()
    })
    this.#atWork.add(attempt)
    if (alone) this.#aloneAtWork = true
    return attempt
  }

  #letIn(): void {
    for (let first = this.#line[0]; first !== undefined; first = this.#line[0]) {
      if (!this.#mayEnter(first.alone)) return
      this.#line.shift()
      first.enter()
    }
  }
}
