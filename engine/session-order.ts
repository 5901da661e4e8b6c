import { accessBehind, follows, type CellAccess } from './access-order.ts'
import { cancelled } from './execution/query-context.ts'

/** A text's place among those of its session. */
export interface OrderedTurn {
  /** There are others to wait for. */
  readonly waits: boolean
  /** @throws `cancelled` when the signal says so first */
  start(signal: AbortSignal): Promise<void>
  end(): void
}

interface Unfinished {
  /** Looked up when another text comes: most are alone. */
  readonly access: () => CellAccess
  readonly ended: Promise<void>
}

/**
 * The order in which texts were handed to a session: one begins when those before it have ended whose changes it may see,
 * or whose changes of rows come before its own (`follows`). All others run side by side; a change waits for no reader.
 */
export class TextOrder {
  readonly #unfinished = new Set<Unfinished>()

  /** `ownAccess` is asked while others are under way. */
  take(ownAccess: () => CellAccess): OrderedTurn {
    const others = [...this.#unfinished]
    let known: CellAccess | null = null
    if (others.length > 0) {
      const accesses = others.map((other) => other.access())
      known = accessBehind(ownAccess(), accesses)
    }
    const before = others.filter((other) => known !== null && follows(known, other.access()))
    let settle = (): void => undefined
    const own: Unfinished = {
      access: () => (known ??= ownAccess()),
      ended: new Promise((resolve) => {
        settle = resolve
      }),
    }
    this.#unfinished.add(own)
    return {
      waits: before.length > 0,
      start: (signal) =>
        othersOrAbort(
          before.map(({ ended }) => ended),
          signal,
        ),
      end: () => {
        this.#unfinished.delete(own)
        settle()
      },
    }
  }
}

async function othersOrAbort(others: readonly Promise<void>[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelled()
  if (others.length === 0) return
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled())
  })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([Promise.all(others), aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
