import type { QueryProgress } from '../../engine/lakebook.ts'
import type { Arrangement, ResultHandle, WireError } from '../../workers/protocol.ts'
import { asRun } from '../session/active-runs.ts'
import { announce } from '../session/announcements.ts'
import { engine } from '../session/connection.ts'
import { asWireError, isCancelled } from '../session/wire-error.ts'
import { plural } from '../theme/format.ts'

const AS_IT_CAME: Arrangement = { where: '', sort: null }

interface Arranged {
  /** What is on show, or will be when the engine is done. */
  readonly wanted: Arrangement
  /** The rows on show. */
  readonly rows: Pick<ResultHandle, 'id' | 'rowCount'>
  /** The engine is at it; what it says of that. */
  readonly isUnderWay: boolean
  readonly progress: QueryProgress | null
  /** What was wrong with what was wanted last; the rows before are still on show. */
  readonly error: WireError | null
}

/** The rows of a result that the person wants to see, in the order of their choice. The result itself stays as it is. */
export class ArrangedRows {
  readonly #result: ResultHandle
  readonly #listeners = new Set<() => void>()
  #shown: Arrangement = AS_IT_CAME
  #state: Arranged
  #runId: number | null = null

  constructor(result: ResultHandle) {
    this.#result = result
    this.#state = { wanted: AS_IT_CAME, rows: result, isUnderWay: false, progress: null, error: null }
  }

  readonly state = (): Arranged => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Asks for other rows or another order; what was asked for before and is not done is given up. */
  async arrange(wanted: Arrangement): Promise<void> {
    this.stop()
    if (wanted.where.trim() === '' && wanted.sort === null) {
      this.#show(wanted, this.#result)
      return
    }
    this.#change({ wanted, isUnderWay: true, progress: null, error: null })
    let ownId: number | null = null
    try {
      const rows = await asRun((runId) => {
        this.#runId = ownId = runId
        return engine().arrange({ id: this.#result.id, runId, ...wanted }, (progress) => {
          if (this.#runId === runId) this.#change({ progress })
        })
      }, null)
      if (this.#runId === ownId) this.#show(wanted, rows)
      else release(rows.id)
    } catch (thrown) {
      if (this.#runId !== ownId) return
      const error = asWireError(thrown)
      this.#change({
        wanted: this.#shown,
        isUnderWay: false,
        progress: null,
        error: isCancelled(error) ? null : error,
      })
      announce(isCancelled(error) ? 'Cancelled' : error.message)
    }
  }

  /** What is on show stays. */
  stop(): void {
    if (this.#runId === null) return
    engine().cancel(this.#runId)
    this.#runId = null
    if (this.#state.isUnderWay) this.#change({ wanted: this.#shown, isUnderWay: false, progress: null })
  }

  /** Gives back what the engine holds beside the result. */
  close(): void {
    this.stop()
    this.#show(AS_IT_CAME, this.#result)
  }

  #show(wanted: Arrangement, rows: Arranged['rows']): void {
    const before = this.#state.rows.id
    if (before !== this.#result.id && before !== rows.id) release(before)
    const isFiltered = wanted.where.trim() !== ''
    if (isFiltered) announce(`${plural(rows.rowCount, 'row')} of ${plural(this.#result.rowCount, 'row')}`)
    this.#runId = null
    this.#shown = wanted
    this.#change({ wanted, rows, isUnderWay: false, progress: null, error: null })
  }

  #change(change: Partial<Arranged>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

/** Errors do not matter: the heap may be another one by now. */
function release(id: number): void {
  engine()
    .release(id)
    .catch(() => undefined)
}
