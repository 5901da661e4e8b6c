import { parentPort, workerData } from 'node:worker_threads'
import { PAGE_BYTES } from '../memory/control-block.ts'
import { Heap } from '../memory/heap.ts'
import { TrackedPool } from '../memory/tracked-pool.ts'

/** A thread that reserves, takes, marks, checks and frees pages as fast as it can. */
const { memory, id } = workerData as { memory: WebAssembly.Memory; id: number }
const heap = Heap.attach(memory)
const pool = TrackedPool.attach(heap)
const reservation = pool.register({ name: `churn ${id}`, canSpill: true })
let allocations = 0
let overlaps = 0
const held: { pointer: number; pages: number }[] = []
for (let round = 0; round < 20_000; round++) {
  const pages = 1 + ((round * 7 + id) % 24)
  const granted = held.length < 5 && reservation.tryGrow(pages * PAGE_BYTES)
  const pointer = granted ? heap.pages.allocate(pages) : 0
  if (granted && pointer === 0) reservation.shrink(pages * PAGE_BYTES)
  if (pointer !== 0) {
    for (let page = 0; page < pages; page++) heap.i32[(pointer + page * PAGE_BYTES) >> 2] = id
    held.push({ pointer, pages })
    allocations++
    continue
  }
  const run = held.shift()
  if (run === undefined) continue
  giveBack(run)
}
for (const run of held) giveBack(run)
reservation.free()
parentPort?.postMessage({ allocations, overlaps })

function giveBack(run: { pointer: number; pages: number }): void {
  for (let page = 0; page < run.pages; page++) {
    if (heap.i32[(run.pointer + page * PAGE_BYTES) >> 2] !== id) overlaps++
  }
  heap.pages.free(run.pointer, run.pages)
  reservation.shrink(run.pages * PAGE_BYTES)
}
