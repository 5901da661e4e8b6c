import { LakebookError } from '../engine/errors.ts'
import { Heap } from '../engine/memory/heap.ts'
import { opfsSpillStorage as storage } from '../engine/storage/opfs-spill-storage.ts'

/** What the page may ask this worker to do with the browser's own spill storage. */
export type StorageTask = 'write and read' | 'hold' | 'sweep' | 'fill'

const MiB = 2 ** 20

/** Keeps a session open as long as the worker lives. */
const held: unknown[] = []

addEventListener('message', (event: MessageEvent<StorageTask>) => {
  tasks[event.data]()
    .catch(
      (error: unknown) => `${error instanceof LakebookError ? error.code : 'uncaught'}: ${String(error)}`,
    )
    .then((answer) => postMessage(answer))
    .catch(reportError)
})

const tasks: Record<StorageTask, () => Promise<unknown>> = {
  async 'write and read'() {
    const session = await storage.openSession()
    const file = await storage.openFile(session.id, 'driver')
    const equal: Record<string, boolean> = {}
    for (const shared of crossOriginIsolated ? [false, true] : [false]) {
      const heap = Heap.create(16 * MiB, { shared })
      const from = heap.u8.subarray(MiB, 6 * MiB)
      const into = heap.u8.subarray(8 * MiB, 13 * MiB)
      crypto.getRandomValues(new Uint8Array(65536)).forEach((byte, index) => {
        from[index * 80] = byte
      })
      file.write(3, from)
      file.read(3, into)
      equal[shared ? 'shared' : 'unshared'] = from.every((byte, index) => byte === into[index])
    }
    file.close()
    await session.close()
    return { equal, left: await sessionsLeft() }
  },

  async hold() {
    const session = await storage.openSession()
    const file = await storage.openFile(session.id, 'driver')
    file.write(0, new Uint8Array(12_345))
    held.push(session, file)
    return sessionsLeft()
  },

  async sweep() {
    return { swept: await storage.sweepStaleSpills(), left: await sessionsLeft() }
  },

  async fill() {
    const session = await storage.openSession()
    const file = await storage.openFile(session.id, 'driver')
    try {
      for (let at = 0; at < 512 * MiB; at += MiB) file.write(at, new Uint8Array(MiB))
      return 'never full'
    } catch (error) {
      return { code: error instanceof LakebookError ? error.code : String(error) }
    } finally {
      file.close()
      await session.close()
    }
  },
}

async function sessionsLeft(): Promise<number> {
  const root = await navigator.storage.getDirectory()
  const lakebook = await root.getDirectoryHandle('lakebook')
  const spill = await lakebook.getDirectoryHandle('spill')
  let count = 0
  for await (const name of spill.keys()) count += name === '' ? 0 : 1
  return count
}
