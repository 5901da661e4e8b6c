import { get, set } from 'idb-keyval'
import { create } from 'zustand'
import { Autosave, loadSaved, type NotebookStore } from '../notebook/autosave.ts'
import { keptNeeds, type DataNeed } from '../notebook/data-needs.ts'
import { decodeLink } from '../notebook/link.ts'
import { fromJson, toJson, type SavedNotebook } from '../notebook/notebook-file.ts'
import { copyOf, type Notebook } from '../notebook/notebook.ts'
import {
  currentNotebook,
  dismissCopied,
  replaceNotebook,
  showNotebook,
  useNotebook,
} from './notebook-store.ts'
import { useEngine } from './engine-store.ts'
import { reportProblem } from './problems.ts'
import { rememberNeeds, useRememberedNeeds } from './remembered-needs.ts'
import { saveBlob } from './save-blob.ts'
import { keepWhatIsSaved } from '../storage/persisted-storage.ts'
import { claimNotebook, useTabLock } from './tab-lock.ts'
import { asWireError } from './wire-error.ts'

/** Null where a hash names no example. Throws LinkError for one that does not exist. */
type FindExample = (hash: string) => Notebook | null

const KEY = 'notebook'
const SAVE_DELAY_MS = 800

const browserStore: NotebookStore = {
  read: () => get<string>(KEY),
  write: (text) => set(KEY, text),
}

export type SaveState = 'saved' | 'saving' | 'not-saved'
export const useSaveState = create<{ readonly state: SaveState }>()(() => ({ state: 'saved' }))

const autosave = new Autosave(browserStore, SAVE_DELAY_MS, (error) => {
  if (error === null) {
    useSaveState.setState({ state: 'saved' })
    return
  }
  useSaveState.setState({ state: 'not-saved' })
  reportProblem('The notebook could not be saved in this browser', {
    message: asWireError(error).message,
    hint: 'Download it as a file so that nothing is lost.',
  })
})

/**
 * Shows the notebook of the address, else the one saved here, else `first`; saves every change from then on. An address
 * may also name an example, for which `exampleOf` gives the notebook.
 */
export async function startPersistence(first: Notebook, exampleOf: FindExample): Promise<void> {
  claimNotebook()
  const opened = openLink(exampleOf)
  if (!opened) {
    try {
      const saved = await loadSaved(browserStore)
      recall(saved)
      showNotebook(saved?.notebook ?? first)
    } catch (thrown) {
      showNotebook(first)
      reportProblem('The notebook saved in this browser could not be read', asWireError(thrown))
    }
  }
  addEventListener('hashchange', () => openLink(exampleOf))
  addEventListener('pagehide', () => void autosave.flush())
  // a tab that takes over saves what it shows
  useTabLock.subscribe(({ owner }, before) => {
    if (owner === 'this-tab' && before.owner === 'another-tab') save()
  })
  // what is added after the last key was typed belongs to what is saved, too
  useEngine.subscribe(({ tables }, before) => {
    if (tables !== before.tables && JSON.stringify(currentNeeds()) !== savedNeeds) save()
  })
  useNotebook.subscribe((state, before) => {
    if (state.history.present !== before.history.present || state.copied !== before.copied) save()
  })
}

/** True when the address held a notebook, which is now on show as a copy. A bad link is reported. */
function openLink(exampleOf: FindExample): boolean {
  try {
    const example = exampleOf(location.hash)
    if (example) {
      showNotebook(example, { from: 'example', needs: [] })
      return true
    }
    const saved = decodeLink(location.hash)
    if (!saved) return false
    showNotebook(copyOf(saved.notebook), { from: 'link', needs: saved.needs })
    return true
  } catch (thrown) {
    reportProblem('The link could not be opened', asWireError(thrown))
    return false
  }
}

/** From now on the copy on show is the notebook that this browser keeps. */
export function keepCopy(): void {
  clearHash()
  rememberNeeds(useNotebook.getState().copied?.needs ?? [])
  dismissCopied()
}

/** Back from a copy to the notebook that this browser keeps. */
export async function leaveCopy(first: Notebook): Promise<void> {
  clearHash()
  const saved = await loadSaved(browserStore).catch(() => undefined)
  recall(saved)
  showNotebook(saved?.notebook ?? first)
}

/** Another notebook in place of this one; undo brings it back. */
export function startNotebook(notebook: Notebook): void {
  clearHash()
  dismissCopied()
  replaceNotebook(notebook)
}

export async function openNotebookFile(file: File): Promise<void> {
  try {
    const saved = fromJson(await file.text())
    showNotebook(saved.notebook, { from: 'file', needs: saved.needs })
  } catch (thrown) {
    reportProblem(`${file.name} could not be opened`, asWireError(thrown))
  }
}

/** Bytes of the notebook that this browser keeps. */
export async function savedNotebookBytes(): Promise<number> {
  const text = await get<string>(KEY)
  return text === undefined ? 0 : new Blob([text]).size
}

export function downloadNotebook(needs: Parameters<typeof toJson>[0]['needs']): void {
  const notebook = currentNotebook()
  const stem =
    notebook.title
      .replace(/[^\p{L}\p{N}]+/gu, '-')
      .replace(/^-+|-+$/g, '')
      .toLowerCase() || 'notebook'
  saveBlob(new Blob([toJson({ notebook, needs }, 2)], { type: 'application/json' }), `${stem}.lakebook.json`)
}

/** What the saved notebook was written down to need. */
let savedNeeds = '[]'

function recall(saved: SavedNotebook | undefined): void {
  const needs = saved?.needs ?? []
  savedNeeds = JSON.stringify(needs)
  rememberNeeds(needs)
}

function save(): void {
  const { copied } = useNotebook.getState()
  if (copied || useTabLock.getState().owner !== 'this-tab') {
    useSaveState.setState({ state: 'not-saved' })
    return
  }
  useSaveState.setState({ state: 'saving' })
  keepWhatIsSaved()
  const needs = currentNeeds()
  savedNeeds = JSON.stringify(needs)
  rememberNeeds(needs)
  autosave.save({ notebook: currentNotebook(), needs })
}

function currentNeeds(): DataNeed[] {
  return keptNeeds(useRememberedNeeds.getState().needs, currentNotebook(), useEngine.getState().tables)
}

function clearHash(): void {
  history.replaceState(null, '', location.pathname + location.search)
}
