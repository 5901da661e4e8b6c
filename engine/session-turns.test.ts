import { afterAll, beforeAll, expect, it } from 'vitest'
import { nodePlatform } from './node-platform.ts'
import { Session } from './session.ts'
import type { SpillStorage } from './storage/spill-file.ts'
import { makeLargeFiles, type LargeFiles } from './testing/large-file.ts'

/** All keys begin alike, so that rows are compared; most memory is held when a run is sorted and written. */
const SORT = `SELECT id, person, note FROM events ORDER BY 'the same start ' || note, id`

const MS_PER_MIB = 4

let files: LargeFiles

beforeAll(async () => {
  files = await makeLargeFiles()
}, 120_000)

afterAll(() => files.close())

// Without shared memory a cancel is a message, heard between two turns only.
it('a sort that spills in memory of one thread lets messages in', async () => {
  const platform = { ...nodePlatform, canShare: false, spillStorage: slowStorage(nodePlatform.spillStorage) }
  const session = await Session.open(platform, {
    heapBudgetBytes: 64 * 2 ** 20,
    memoryPool: 'fair',
    threads: 1,
  })
  try {
    await session.registerFile('events', [files.paths['events']!])
    const watch = new SpillWatch(() => session.resources.runtime.pool.snapshot().spillFileBytes)
    const result = await session.run('sql', SORT)
    const most = watch.stop()
    const sort = result.profile.operators.find(({ name }) => name === 'Sort')
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThan((sort?.spillWrittenBytes ?? 0) / 4)
    result.close()
  } finally {
    await session.close()
  }
}, 60_000)

/** A disk so slow that a run of a sort takes several turns to write, on any machine. */
function slowStorage(storage: SpillStorage): SpillStorage {
  return {
    ...storage,
    async openFile(session, worker) {
      const file = await storage.openFile(session, worker)
      return {
        read: (at, into) => {
          file.read(at, into)
        },
        write(at, from) {
          const untilMs = performance.now() + (from.length / 2 ** 20) * MS_PER_MIB
          file.write(at, from)
          while (performance.now() < untilMs);
        },
        truncate: (bytes) => {
          file.truncate(bytes)
        },
        close: () => {
          file.close()
        },
      }
    },
  }
}

/** The most that is spilled between two turns of the event loop. */
class SpillWatch {
  readonly #bytes: () => number
  #last = 0
  #most = 0
  #runs = true

  constructor(bytes: () => number) {
    this.#bytes = bytes
    const tick = (): void => {
      this.#look()
      if (this.#runs) setImmediate(tick)
    }
    setImmediate(tick)
  }

  stop(): number {
    this.#runs = false
    this.#look()
    return this.#most
  }

  #look(): void {
    const bytes = this.#bytes()
    this.#most = Math.max(this.#most, bytes - this.#last)
    this.#last = bytes
  }
}
