import { create } from 'zustand'

const LOCK = 'lakebook-notebook'

/** One tab writes the browser's copy of the notebook; any other only shows it. */
export const useTabLock = create<{ readonly owner: 'unknown' | 'this-tab' | 'another-tab' }>()(() => ({
  owner: 'unknown',
}))

/** Takes the right to save, unless another tab has it; then waits until that tab is closed. */
export function claimNotebook(): void {
  navigator.locks
    .request(LOCK, { ifAvailable: true }, (lock) => {
      if (lock) return hold()
      useTabLock.setState({ owner: 'another-tab' })
      navigator.locks.request(LOCK, hold).catch(lose)
      return undefined
    })
    .catch(lose)
}

/** Takes the right to save from the tab that has it. */
export function takeOverNotebook(): void {
  navigator.locks.request(LOCK, { steal: true }, hold).catch(lose)
}

function hold(): Promise<never> {
  useTabLock.setState({ owner: 'this-tab' })
  return new Promise(() => undefined)
}

/** The lock was taken over by another tab. */
function lose(): void {
  useTabLock.setState({ owner: 'another-tab' })
}
