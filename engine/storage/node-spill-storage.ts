import { closeSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, stat, statfs } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import type { OpenColumnFile, SpillFile, SpillSession, SpillStorage } from './spill-file.ts'
import { checkWorkerName, outOfDisk, spillDamaged } from './spill-faults.ts'

/** Node moves less than 2 GiB in one call. */
const MOST_BYTES_A_CALL = 2 ** 30

const COLUMNS_NAME = 'columns.cache'
/** Of the disk's free space. */
const COLUMNS_PART = 4

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * `<temporary folder>/lakebook/spill/<session>/<worker>.arrow`. A session's id begins with its host and process, so
 * that a folder says by its name whether its owner is alive.
 *
 * @param folder where `lakebook/spill` is made
 */
export function nodeSpillStorage(folder = tmpdir()): SpillStorage {
  const spills = path.join(folder, 'lakebook', 'spill')
  const name = `the disk of ${folder}`
  return {
    name,

    async isAvailable() {
      try {
        await mkdir(spills, { recursive: true })
        return true
      } catch {
        return false
      }
    },

    async openSession(): Promise<SpillSession> {
      await mkdir(spills, { recursive: true })
      const own = await mkdtemp(path.join(spills, `${hostPart()}.${process.pid}.`))
      const removeAtExit = () => rmSync(own, { recursive: true, force: true })
      process.once('exit', removeAtExit)
      return {
        id: path.basename(own),
        async close() {
          process.off('exit', removeAtExit)
          await rm(own, { recursive: true, force: true })
        },
      }
    },

    async openFile(sessionId, worker) {
      checkWorkerName(worker)
      const file = openSync(path.join(spills, path.basename(sessionId), `${worker}.arrow`), 'w+')
      return Promise.resolve(new NodeSpillFile(file, name))
    },

    async openColumnFile(sessionId) {
      const locator = path.join(spills, path.basename(sessionId), COLUMNS_NAME)
      const { bavail, bsize } = await statfs(spills)
      return {
        file: new NodeSpillFile(openSync(locator, 'w+'), name),
        locator,
        mostBytes: (bavail * bsize) / COLUMNS_PART,
      }
    },

    looksLikeMemory: () => Promise.resolve(false),

    async sessions() {
      const ids = await readdir(spills).catch(() => [])
      return Promise.all(
        ids.map(async (id) => ({
          id,
          bytes: await folderBytes(path.join(spills, id)),
          alive: isAlive(id),
        })),
      )
    },

    async sweepStaleSpills() {
      const ids = await readdir(spills).catch(() => [])
      let bytes = 0
      for (const id of ids) {
        if (isAlive(id)) continue
        const stale = path.join(spills, id)
        bytes += await folderBytes(stale)
        await rm(stale, { recursive: true, force: true })
      }
      return bytes
    },
  }
}

/** Opens the column file of an engine of this process on another thread. */
export const openNodeColumnFile: OpenColumnFile = (locator) => {
  try {
    return Promise.resolve(new NodeSpillFile(openSync(locator, 'r'), locator))
  } catch {
    return Promise.resolve(null)
  }
}

class NodeSpillFile implements SpillFile {
  private readonly file: number
  private readonly where: string
  private closed = false

  constructor(file: number, where: string) {
    this.file = file
    this.where = where
  }

  read(at: number, into: Uint8Array): void {
    for (let done = 0; done < into.length;) {
      const count = readSync(
        this.file,
        into,
        done,
        Math.min(into.length - done, MOST_BYTES_A_CALL),
        at + done,
      )
      if (count === 0) throw spillDamaged(`it ends at byte ${at + done}, before what was written to it`)
      done += count
    }
  }

  write(at: number, from: Uint8Array): void {
    for (let done = 0; done < from.length;) {
      const count = this.writeSome(
        at + done,
        from.subarray(done, done + MOST_BYTES_A_CALL),
        from.length - done,
      )
      if (count === 0) throw outOfDisk(from.length - done, this.where)
      done += count
    }
  }

  truncate(bytes: number): void {
    ftruncateSync(this.file, bytes)
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    closeSync(this.file)
  }

  private writeSome(at: number, from: Uint8Array, needed: number): number {
    try {
      return writeSync(this.file, from, 0, from.length, at)
    } catch (cause) {
      if (FULL.has(errorCode(cause))) throw outOfDisk(needed, this.where, cause)
      throw cause
    }
  }
}

function hostPart(): string {
  return hostname().replaceAll(/[^A-Za-z0-9-]/g, '-')
}

/** Whether the process that a session's id names may still be running. Unknown owners are left alone. */
function isAlive(sessionId: string): boolean {
  const match = /^(.*)\.(\d+)\.[^.]+$/.exec(sessionId)
  if (match?.[1] !== hostPart()) return true
  try {
    process.kill(Number(match[2]), 0)
    return true
  } catch (error) {
    return errorCode(error) !== 'ESRCH'
  }
}

async function folderBytes(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => [])
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(path.join(folder, file)).catch(() => null))?.size ?? 0),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
