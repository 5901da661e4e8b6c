import type { ThreadRuntime } from '../execution/thread-runtime.ts'

const LASTING = new Set(['Engine', 'Column cache'])

/** What is held that no query may leave: nothing but the engine and its cache holds memory, and nothing is spilled. */
export function heldByQueries({ heap, pool }: Pick<ThreadRuntime, 'heap' | 'pool'>): readonly string[] {
  const { consumers, spillFileBytes } = pool.snapshot()
  const held = consumers
    .filter(({ name, reservedBytes }) => reservedBytes > 0 && !LASTING.has(name))
    .map(({ name, reservedBytes }) => `${reservedBytes} bytes of ${name}`)
  if (heap.takenBytes !== pool.reservedBytes) {
    held.push(`pages of ${heap.takenBytes} bytes, of which ${pool.reservedBytes} are reserved`)
  }
  if (spillFileBytes !== 0) held.push(`${spillFileBytes} bytes of the spill file`)
  return held
}
