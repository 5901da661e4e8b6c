import { create } from 'zustand'
import type { StorageUse } from '../../workers/protocol.ts'
import { keptSiteBytes } from '../offline/keep-site.ts'
import { announce } from '../session/announcements.ts'
import { engine } from '../session/connection.ts'
import { useEngine } from '../session/engine-store.ts'
import { savedNotebookBytes } from '../session/persistence.ts'
import { reportProblem } from '../session/problems.ts'
import { asWireError } from '../session/wire-error.ts'
import { formatBytes } from '../theme/format.ts'
import { askToKeep } from './persisted-storage.ts'

/** What this site holds in the browser, as of the last look. */
export interface StorageFigures extends StorageUse {
  readonly notebookBytes: number
  /** Of the site's own files, which are kept for use without a network. */
  readonly siteBytes: number
  /** Of everything that the browser counts for this site; null where it does not tell. */
  readonly usageBytes: number | null
  readonly quotaBytes: number | null
  readonly persisted: boolean
}

/** Measuring takes the engine some milliseconds, which the first query should not wait for. */
const GUESS_DELAY_MS = 3000

interface StorageState {
  readonly open: boolean
  readonly figures: StorageFigures | null
  readonly maybePrivate: boolean
}

export const useStorage = create<StorageState>()(() => ({ open: false, figures: null, maybePrivate: false }))

export async function openStorage(): Promise<void> {
  useStorage.setState({ open: true })
  await lookAgain()
}

export function closeStorage(): void {
  useStorage.setState({ open: false })
}

/** Some time after the start, for the badge. */
export function guessPrivateWindow(): void {
  const stop = useEngine.subscribe(({ phase }) => {
    if (phase.kind !== 'ready') return
    stop()
    setTimeout(() => {
      engine()
        .storage()
        .then(({ looksLikeMemory }) => useStorage.setState({ maybePrivate: looksLikeMemory }))
        .catch(() => undefined)
    }, GUESS_DELAY_MS)
  })
}

export async function sweep(): Promise<void> {
  try {
    announce(`Swept ${formatBytes(await engine().sweep())}`)
  } catch (thrown) {
    reportProblem('What closed tabs left could not be swept', asWireError(thrown))
  }
  await lookAgain()
}

export async function keepData(): Promise<void> {
  announce((await askToKeep()) ? 'The browser keeps this site’s data' : 'The browser did not agree')
  await lookAgain()
}

/** Bytes that spills may still take; null where the browser does not tell. */
export async function freeBytes(): Promise<number | null> {
  const { usage, quota } = await estimate()
  return usage === null || quota === null ? null : Math.max(0, quota - usage)
}

async function lookAgain(): Promise<void> {
  try {
    const [use, notebookBytes, siteBytes, { usage, quota }, persisted] = await Promise.all([
      engine().storage(),
      savedNotebookBytes(),
      keptSiteBytes().catch(() => 0),
      estimate(),
      navigator.storage.persisted().catch(() => false),
    ])
    useStorage.setState({
      figures: { ...use, notebookBytes, siteBytes, usageBytes: usage, quotaBytes: quota, persisted },
    })
  } catch (thrown) {
    reportProblem('The storage could not be measured', asWireError(thrown))
  }
}

async function estimate(): Promise<{ readonly usage: number | null; readonly quota: number | null }> {
  const found = await navigator.storage.estimate().catch(() => null)
  return { usage: found?.usage ?? null, quota: found?.quota ?? null }
}
