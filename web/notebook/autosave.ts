import { fromJson, toJson, type SavedNotebook } from './notebook-file.ts'

/** Where the browser's own copy lives. */
export interface NotebookStore {
  read(): Promise<string | undefined>
  write(text: string): Promise<void>
}

/** The saved notebook; undefined when there is none. Throws NotebookFormatError when it cannot be read. */
export async function loadSaved(store: NotebookStore): Promise<SavedNotebook | undefined> {
  const text = await store.read()
  return text === undefined ? undefined : fromJson(text)
}

/**
 * Saves what it is given, at most once per `delayMs`, the newest last. Writes never overlap, so an older copy
 * cannot land on a newer one.
 */
export class Autosave {
  private pending: SavedNotebook | null = null
  private timer: ReturnType<typeof setTimeout> | null = null
  private writing: Promise<void> = Promise.resolve()
  private readonly store: NotebookStore
  private readonly delayMs: number
  private readonly onResult: (error: unknown) => void

  /** `onResult` hears null after a save, else what went wrong. */
  constructor(store: NotebookStore, delayMs: number, onResult: (error: unknown) => void) {
    this.store = store
    this.delayMs = delayMs
    this.onResult = onResult
  }

  save(saved: SavedNotebook): void {
    this.pending = saved
    this.timer ??= setTimeout(() => void this.flush(), this.delayMs)
  }

  /** Writes now what is waiting. */
  flush(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    const saved = this.pending
    this.pending = null
    if (saved === null) return this.writing
    this.writing = this.writing
      .then(() => this.store.write(toJson(saved)))
      .then(() => this.onResult(null), this.onResult)
    return this.writing
  }
}
