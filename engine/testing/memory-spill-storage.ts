import type { SpillStorage } from '../storage/spill-file.ts'
import type { MemorySpillFile } from './memory-spill-file.ts'

/** Storage of one session in JavaScript's memory; `file` fails on demand. */
export function memorySpillStorage(file: MemorySpillFile): SpillStorage {
  return {
    name: 'the test disk',
    isAvailable: () => Promise.resolve(true),
    openSession: () => Promise.resolve({ id: 'test', close: () => Promise.resolve() }),
    openFile: () => Promise.resolve(file),
    looksLikeMemory: () => Promise.resolve(true),
    sessions: () => Promise.resolve([]),
    sweepStaleSpills: () => Promise.resolve(0),
  }
}
