/**
 * A browser does not tell when a worker is ended from outside, or ends by itself without an error. So each holds a Web
 * Lock for as long as it lives: whoever gets the lock knows that it is gone.
 *
 * ```
 *   starter ──LifeLock──▶ worker: takes the lock, then does what else it is told, beginning with an answer
 *   starter ◀──answer──── worker
 *   starter asks for the lock, and gets it when the worker is gone
 * ```
 */
export interface LifeLock {
  readonly lifeLock: string
}

export function newLifeLock(): LifeLock {
  return { lifeLock: `lakebook worker ${crypto.randomUUID()}` }
}

/** In the worker. Resolves when it holds the lock; at once where there are no locks. */
export function holdLifeLock({ lifeLock }: LifeLock): Promise<void> {
  return new Promise((resolve) => {
    if (!('locks' in navigator)) resolve()
    else
      void navigator.locks.request(lifeLock, () => {
        resolve()
        return new Promise<never>(() => undefined)
      })
  })
}

/** Calls back when the worker that holds the lock is gone, until `signal` says that nobody wants to know. */
export function onLifeEnd({ lifeLock }: LifeLock, signal: AbortSignal, ended: () => void): void {
  if (!('locks' in navigator)) return
  navigator.locks.request(lifeLock, { signal }, ended).catch(() => undefined)
}
