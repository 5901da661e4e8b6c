import type { CellAccess } from '../../workers/protocol.ts'
import { accessBehind, buildsOn, mustWait } from '../../engine/access-order.ts'

interface QueuedCell {
  readonly id: string
  readonly access: CellAccess
  /** Those that have to end first, as far as they have not. */
  readonly waitsFor: Set<QueuedCell>
  readonly buildsOn: ReadonlySet<QueuedCell>
  atWork: boolean
}

/** Cells that were asked for and have not ended, and which of them may begin: up to `mostAtWork` at the same time. */
export class CellQueue {
  readonly #mostAtWork: number
  readonly #cells = new Map<string, QueuedCell>()

  constructor(mostAtWork: number) {
    this.#mostAtWork = mostAtWork
  }

  get isEmpty(): boolean {
    return this.#cells.size === 0
  }

  add(id: string, ownAccess: CellAccess): void {
    const before = [...this.#cells.values()]
    const access = accessBehind(
      ownAccess,
      before.map((other) => other.access),
    )
    this.#cells.set(id, {
      id,
      access,
      waitsFor: new Set(before.filter((other) => mustWait(access, other.access))),
      buildsOn: new Set(before.filter((other) => buildsOn(access, other.access))),
      atWork: false,
    })
  }

  /** The first cell that may begin, which begins with that; null when none may. */
  begin(): string | null {
    const cells = [...this.#cells.values()]
    if (cells.filter(({ atWork }) => atWork).length >= this.#mostAtWork) return null
    const first = cells.find(({ atWork, waitsFor }) => !atWork && waitsFor.size === 0)
    if (!first) return null
    first.atWork = true
    return first.id
  }

  /** A cell has ended well, and those that waited for it need wait no more. */
  end(id: string): void {
    const cell = this.#cells.get(id)
    if (!cell) return
    this.#cells.delete(id)
    for (const other of this.#cells.values()) other.waitsFor.delete(cell)
  }

  /** A cell has failed or is given up, and with it those that build on it, which are told. */
  fail(id: string): readonly string[] {
    const failed = this.#cells.get(id)
    if (!failed) return []
    const lost = new Set([failed])
    // what a cell builds on was there before it
    for (const cell of this.#cells.values()) {
      if (!lost.has(cell) && [...cell.buildsOn].some((other) => lost.has(other))) lost.add(cell)
    }
    for (const cell of lost) this.end(cell.id)
    return [...lost].slice(1).map((cell) => cell.id)
  }
}
