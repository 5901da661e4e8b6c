import { OpfsSpillFile, STORAGE_NAME } from './opfs-spill-file.ts'
import type {
  ColumnFile,
  OpenColumnFile,
  SpillFile,
  SpillSession,
  SpillSessionUse,
  SpillStorage,
} from './spill-file.ts'
import { checkWorkerName } from './spill-faults.ts'

const COLUMNS_NAME = 'columns.cache'
/** Of the space that the browser offers and nobody uses. */
const COLUMNS_PART = 4
/** Handles of threads that were just told to end close a moment later. */
const REMOVE_TRIES = 5
const REMOVE_PAUSE_MS = 20

const PROBE_NAME = 'probe.arrow'
const PROBE_BYTES = 4 * 2 ** 20
const PROBE_PIECE_BYTES = 2 ** 20
const SLOW_BYTES_PER_MS = 700_000

const FOLDERS = ['lakebook', 'spill'] as const

/**
 * `lakebook/spill/<session>/<worker>.arrow` in the Origin Private File System. A session holds the Web Lock of its id
 * from before its folder exists until its folder is gone, so that a folder whose lock is free belongs to a dead tab.
 */
export const opfsSpillStorage: SpillStorage = {
  name: STORAGE_NAME,

  async isAvailable() {
    try {
      await spillFolder()
      return 'locks' in navigator
    } catch {
      return false
    }
  },

  async openSession(): Promise<SpillSession> {
    const id = crypto.randomUUID()
    const release = await holdLock(id)
    try {
      const parent = await spillFolder()
      await parent.getDirectoryHandle(id, { create: true })
      return {
        id,
        async close() {
          for (let tries = 0; !(await removeFolder(parent, id)) && tries < REMOVE_TRIES; tries++) {
            await new Promise((resolve) => setTimeout(resolve, REMOVE_PAUSE_MS))
          }
          release()
        },
      }
    } catch (error) {
      release()
      throw error
    }
  },

  async openFile(sessionId, worker): Promise<SpillFile> {
    checkWorkerName(worker)
    const parent = await spillFolder()
    const folder = await parent.getDirectoryHandle(sessionId)
    const file = await folder.getFileHandle(`${worker}.arrow`, { create: true })
    const handle = await file.createSyncAccessHandle()
    handle.truncate(0)
    return new OpfsSpillFile(handle)
  },

  async openColumnFile(sessionId): Promise<ColumnFile | null> {
    if (await this.looksLikeMemory(sessionId)) return null
    const { quota = 0, usage = 0 } = await navigator.storage.estimate()
    const handle = await sharedHandle(sessionId, true)
    handle.truncate(0)
    return {
      file: new OpfsSpillFile(handle),
      locator: sessionId,
      mostBytes: Math.max(0, quota - usage) / COLUMNS_PART,
    }
  },

  async looksLikeMemory(sessionId) {
    const parent = await spillFolder()
    const folder = await parent.getDirectoryHandle(sessionId)
    const file = await folder.getFileHandle(PROBE_NAME, { create: true })
    const handle = await file.createSyncAccessHandle()
    try {
      const piece = new Uint8Array(PROBE_PIECE_BYTES).fill(1)
      writeProbe(handle, piece)
      const startedMs = performance.now()
      writeProbe(handle, piece)
      const writtenMs = performance.now()
      handle.flush()
      return isMemory(writtenMs - startedMs, performance.now() - writtenMs)
    } finally {
      handle.close()
      await folder.removeEntry(PROBE_NAME)
    }
  },

  async sessions() {
    const parent = await spillFolder()
    const { held = [] } = await navigator.locks.query()
    const locks = new Set(held.map(({ name }) => name))
    const uses: SpillSessionUse[] = []
    for await (const id of parent.keys()) {
      uses.push({ id, bytes: await folderBytes(parent, id), alive: locks.has(lockName(id)) })
    }
    return uses
  },

  async sweepStaleSpills() {
    const parent = await spillFolder()
    const ids: string[] = []
    for await (const id of parent.keys()) ids.push(id)
    let bytes = 0
    for (const id of ids) {
      bytes += await navigator.locks.request(lockName(id), { ifAvailable: true }, async (lock) => {
        if (lock === null) return 0
        const found = await folderBytes(parent, id)
        return (await removeFolder(parent, id)) ? found : 0
      })
    }
    return bytes
  },
}

function writeProbe(handle: FileSystemSyncAccessHandle, piece: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < PROBE_BYTES; at += piece.length) handle.write(piece, { at })
}

/**
 * A disk takes bytes into the system's cache at gigabytes a second, and then has something to flush. Files in memory
 * belong to another process, which every byte is sent to, slowly; flushing them is nothing. By the clock of one write
 * of `PROBE_BYTES` and the flush after it.
 */
export function isMemory(writeMs: number, flushMs: number): boolean {
  const bytesPerMs = PROBE_BYTES / writeMs
  return bytesPerMs < SLOW_BYTES_PER_MS && flushMs < writeMs / 10
}

/** Opens the column file of a session on another thread; null in a browser that gives a file to one thread only. */
export const openOpfsColumnFile: OpenColumnFile = async (sessionId) => {
  try {
    return new OpfsSpillFile(await sharedHandle(sessionId, false))
  } catch {
    return null
  }
}

/** A handle of which several may be open at a time, in browsers that know of such. */
async function sharedHandle(sessionId: string, create: boolean): Promise<FileSystemSyncAccessHandle> {
  const parent = await spillFolder()
  const folder = await parent.getDirectoryHandle(sessionId)
  const file: SharedFileHandle = await folder.getFileHandle(COLUMNS_NAME, { create })
  return file.createSyncAccessHandle({ mode: 'readwrite-unsafe' })
}

/** What TypeScript's own declarations do not have yet. */
interface SharedFileHandle extends FileSystemFileHandle {
  createSyncAccessHandle(options?: { mode: 'readwrite-unsafe' }): Promise<FileSystemSyncAccessHandle>
}

async function spillFolder(): Promise<FileSystemDirectoryHandle> {
  let folder = await navigator.storage.getDirectory()
  for (const name of FOLDERS) folder = await folder.getDirectoryHandle(name, { create: true })
  return folder
}

function lockName(sessionId: string): string {
  return `${FOLDERS.join('/')}/${sessionId}`
}

/** Takes the lock and gives the function that lets go of it. */
function holdLock(sessionId: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(lockName(sessionId), () => new Promise<void>((release) => resolve(release)))
      .catch(reject)
  })
}

async function folderBytes(parent: FileSystemDirectoryHandle, id: string): Promise<number> {
  let bytes = 0
  try {
    const folder = await parent.getDirectoryHandle(id)
    for await (const entry of folder.values()) {
      if (entry.kind === 'file') bytes += (await entry.getFile()).size
    }
  } catch {
    // Something other than a folder, or gone meanwhile.
  }
  return bytes
}

/** False when a handle into the folder is still open somewhere: the next start sweeps it. */
async function removeFolder(parent: FileSystemDirectoryHandle, id: string): Promise<boolean> {
  try {
    await parent.removeEntry(id, { recursive: true })
    return true
  } catch {
    return false
  }
}
