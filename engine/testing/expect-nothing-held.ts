import type { Heap } from '../memory/heap.ts'
import type { TrackedPool } from '../memory/tracked-pool.ts'

/** Throws, naming the holders, unless every reservation and every page has been given back. */
export function expectNothingHeld(heap: Heap, pool: TrackedPool): void {
  const { consumers, reservedBytes, spillFileBytes } = pool.snapshot()
  const holders = consumers.filter((consumer) => consumer.reservedBytes !== 0)
  const leaks = holders.map(({ name, reservedBytes: bytes }) => `${name} reserves ${bytes} bytes`)
  if (reservedBytes !== 0 && leaks.length === 0) leaks.push(`the pool reserves ${reservedBytes} bytes`)
  if (heap.takenBytes !== 0) leaks.push(`pages of ${heap.takenBytes} bytes are taken`)
  if (spillFileBytes !== 0) leaks.push(`spill extents of ${spillFileBytes} bytes are live`)
  if (leaks.length > 0) throw new Error(`Memory leak: ${leaks.join('; ')}`)
}
