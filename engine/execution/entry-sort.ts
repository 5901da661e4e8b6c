import { ALL_TOLD, FIRST_WORD, NOT_TOLD } from './sinks/key-words.ts'
import { SORT_ENTRY } from './sinks/sort-entry.ts'
import type { Kernel, ThreadRuntime } from './thread-runtime.ts'

/** Below this, comparing beats distributing. */
const RADIX_LEAST = 1024
/** Entries handled between two looks at the clock: a few milliseconds. */
const STEP_ENTRIES = 65_536
/** `SORT_BLOCK` of kernels/assembly/sort.ts times a power of two. */
const BLOCK_ENTRIES = 24
const STEP_BLOCK_ENTRIES = BLOCK_ENTRIES * 2048
/** A stretch of equal prefixes that is sorted in one step at the most. */
const MOST_TIED_ENTRIES = 16_384
const LARGE_STRETCH = 0x8000_0000

/** Bytes of the tables that a radix sort counts in. */
export const RADIX_COUNT_BYTES = 8192

/** Entries to be sorted, and as much room again. */
export interface SortRoom {
  readonly entries: number
  readonly count: number
  /** Room for `count` entries. */
  readonly temporary: number
  /** Room for `RADIX_COUNT_BYTES`. */
  readonly counts: number
  /** Index of the comparator, or -1 when prefixes decide alone. */
  readonly compare: number
  /** Index of what writes the next words of their keys (sinks/key-words.ts), or -1. */
  readonly word: number
}

/**
 * Sorts entries in place, stably, in steps of some milliseconds, so that whoever runs it can stop or let others go
 * first between two of them: radix sort by prefix, and what that left open by the next words of the keys; what no word
 * tells, by merge sort.
 */
export function* sortSteps(runtime: ThreadRuntime, room: SortRoom): Generator<void, void> {
  const { entries, count, temporary, compare } = room
  const { kernels } = runtime
  if (yield* isSorted(kernels, room)) return
  if (count < RADIX_LEAST) {
    kernels['sort_few']!(entries, count, temporary, compare)
    return
  }
  yield* radixSort(runtime, room)
  if (compare >= 0) yield* sortTies(runtime, room, FIRST_WORD)
}

function* radixSort({ kernels, heap }: ThreadRuntime, room: SortRoom): Generator<void, void> {
  const { entries, count, temporary, counts } = room
  kernels['radix_count']!(entries, count, counts)
  yield
  let from = entries
  let to = temporary
  for (let pass = 0; pass < 8; pass++) {
    if (kernels['radix_pass']!(from, count, to, counts, pass) === 0) continue
    ;[from, to] = [to, from]
    yield
  }
  if (from === entries) return
  heap.u8.copyWithin(entries, from, from + count * SORT_ENTRY.bytes)
  yield
}

function* isSorted(kernels: Readonly<Record<string, Kernel>>, room: SortRoom): Generator<void, boolean> {
  const { entries, count, compare } = room
  for (let at = 0; at < count; at += STEP_ENTRIES) {
    if (kernels['entries_sorted']!(entries, at, Math.min(count, at + STEP_ENTRIES), compare) === 0)
      return false
    yield
  }
  return true
}

/** Sorts stretches of equal prefixes: the words at `place`. */
function* sortTies(runtime: ThreadRuntime, room: SortRoom, place: number): Generator<void, void> {
  const { entries, count, temporary, counts, compare, word } = room
  const { kernels } = runtime
  for (let at = 0; at < count;) {
    const limit = Math.min(count, at + STEP_ENTRIES)
    const most = MOST_TIED_ENTRIES
    const next =
      Number(
        kernels['sort_ties']!(entries, at, limit, count, temporary, counts, compare, word, place, most),
      ) >>> 0
    if (next < LARGE_STRETCH) {
      at = next
    } else {
      const start = next - LARGE_STRETCH
      const end = Number(kernels['equal_end']!(entries, start, count)) >>> 0
      const stretch = { ...room, entries: entries + start * SORT_ENTRY.bytes, count: end - start }
      yield* sortStretch(runtime, stretch, place)
      at = end
    }
    yield
  }
}

/** Entries with equal prefixes, and in the end with the same ones again. */
function* sortStretch(runtime: ThreadRuntime, room: SortRoom, place: number): Generator<void, void> {
  const { kernels, heap } = runtime
  const prefix = heap.u64[room.entries >>> 3]!
  let next = place
  for (const [pointer, count] of inParts(room)) {
    next = Number(kernels['write_words']!(pointer, count, room.word, place, prefix))
    if (next === ALL_TOLD) return
    if (next === NOT_TOLD) {
      yield* mergeSort(runtime, room)
      return
    }
    yield
  }
  yield* radixSort(runtime, room)
  yield* sortTies(runtime, room, next)
  for (const [pointer, count] of inParts(room)) {
    kernels['set_prefixes']!(pointer, count, prefix)
    yield
  }
}

/** Addresses and counts of entries that are handled in one step. */
function* inParts({ entries, count }: SortRoom): Generator<readonly [number, number], void> {
  for (let at = 0; at < count; at += STEP_ENTRIES) {
    yield [entries + at * SORT_ENTRY.bytes, Math.min(STEP_ENTRIES, count - at)]
  }
}

function* mergeSort(runtime: ThreadRuntime, room: SortRoom): Generator<void, void> {
  const { entries, count, temporary, compare } = room
  const { kernels, heap, cancelFlag } = runtime
  for (let at = 0; at < count; at += STEP_BLOCK_ENTRIES) {
    kernels['sort_blocks']!(entries, at, Math.min(count, at + STEP_BLOCK_ENTRIES), compare)
    yield
  }
  let from = entries
  let to = temporary
  for (let width = BLOCK_ENTRIES; width < count; width *= 2) {
    for (let at = 0; at < count; at += STEP_ENTRIES) {
      const end = Math.min(count, at + STEP_ENTRIES)
      kernels['merge_level']!(from, count, to, width, at, end, compare, cancelFlag)
      yield
    }
    ;[from, to] = [to, from]
  }
  if (from !== entries) heap.u8.copyWithin(entries, from, from + count * SORT_ENTRY.bytes)
}
