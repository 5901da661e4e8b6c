/**
 * A file for data that does not fit the heap, owned by one thread. All calls are synchronous. Views may lie over
 * shared memory.
 */
export interface SpillFile {
  /** Fills the whole of `into` from byte `at`. @throws `spill_damaged` when the file ends before that */
  read(at: number, into: Uint8Array): void
  /** Writes the whole of `from` at byte `at`. @throws `out_of_disk` */
  write(at: number, from: Uint8Array): void
  /** Cuts the file, so that the disk has the rest back. */
  truncate(bytes: number): void
  /** Gives the handle back. The file goes with its session. May be called twice. */
  close(): void
}

/** Spill files of one engine: nobody else's session has the same id, and its files are swept once it is dead. */
export interface SpillSession {
  /** Says to other threads of this engine where to open their files. */
  readonly id: string
  /** Removes the session's files and lets go of its lock. Files must be closed before. */
  close(): Promise<void>
}

export interface SpillSessionUse {
  readonly id: string
  readonly bytes: number
  /** Its owner is at work; else the next sweep removes it. */
  readonly alive: boolean
}

/** A file for decoded columns, which other threads of the engine read too. */
export interface ColumnFile {
  readonly file: SpillFile
  /** Says to other threads how to open it: plain data. */
  readonly locator: string
  /** Of the disk, what it may take. */
  readonly mostBytes: number
}

/** Opens a column file of this engine's on another thread; null where that cannot be. */
export type OpenColumnFile = (locator: string) => Promise<SpillFile | null>

/** Where spill files live: OPFS in a browser, a temporary folder in Node. The entry point chooses. */
export interface SpillStorage {
  /** For people, e.g. in errors: `the browser's storage`. */
  readonly name: string
  /** False where this device offers no such storage: then nothing can spill. */
  isAvailable(): Promise<boolean>
  openSession(): Promise<SpillSession>
  /**
   * Opens `<session>/<worker>.arrow`, empty, for the calling thread.
   *
   * @param worker lower-case letters, digits and hyphens
   */
  openFile(sessionId: string, worker: string): Promise<SpillFile>
  /**
   * Opens the session's file for decoded columns, empty; null where storage seems to lie in memory, which columns are
   * to leave. Absent: there is none.
   */
  openColumnFile?(sessionId: string): Promise<ColumnFile | null>
  /** Whether files seem to lie in memory, as they do in private windows, and not on a disk. A guess. */
  looksLikeMemory(sessionId: string): Promise<boolean>
  /** What sessions hold on the disk now: this engine's, those of others that are alive, and those of dead ones. */
  sessions(): Promise<readonly SpillSessionUse[]>
  /** Removes what sessions left behind that are dead. Returns the bytes that the disk has back. */
  sweepStaleSpills(): Promise<number>
}
