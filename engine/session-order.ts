import { cancelled } from './execution/query-context.ts'

/** Words of statements that change tables, names or settings. Where they mean something else, nothing but time is lost. */
const CHANGES =
  /\b(alter|analyze|attach|begin|checkpoint|commit|copy|create|deallocate|delete|drop|execute|insert|merge|pragma|prepare|reset|rollback|set|truncate|update|use)\b|\bstart\s+transaction\b/i

/** A text's place among those of its session. */
export interface OrderedTurn {
  /** @throws `cancelled` when the signal says so first */
  start(signal: AbortSignal): Promise<void>
  end(): void
}

/**
 * The order in which texts were handed to a session: one that changes something begins when the changes before it have
 * ended, and so does whatever was handed in after it. Texts between two changes run side by side.
 */
export class TextOrder {
  #changes: Promise<void> = Promise.resolve()

  take(text: string): OrderedTurn {
    const before = this.#changes
    const start = (signal: AbortSignal): Promise<void> => othersOrAbort(before, signal)
    if (!CHANGES.test(text)) return { start, end: () => undefined }
    let end = (): void => undefined
    const own = new Promise<void>((resolve) => {
      end = resolve
    })
    this.#changes = before.then(() => own)
    return { start, end }
  }
}

async function othersOrAbort(others: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelled()
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelled())
  })
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([others, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
