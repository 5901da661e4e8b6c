/**
 * Sort entries, 16 bytes each:
 *
 *   0: u64 prefix     order-preserving start of the key; see codegen/normalized-key.ts
 *   8: u32 row        address of the row
 *  12: u32 sequence   position in the input, so that equal keys keep their order
 *
 * `compare` is the index in the imported table of a function (rowA, rowB) → i32 that decides between equal prefixes,
 * or -1 when equal prefixes mean equal keys. `word` is that of a function that writes the next part of their keys into
 * equal prefixes (execution/sinks/key-words.ts), or -1 when there is none.
 */
const ENTRY: u32 = 16
const INSERTION_LIMIT: u32 = 24
/** So many rows are compared at once, without looking for words that tell their order. */
const FEW_COMPARED: u32 = 4
/** From so many on, distributing words beats comparing them. */
const RADIX_LEAST: u32 = 256
/** What \`word\` returns when equal words mean equal keys, and when the rest has to be compared. */
const ALL_TOLD: i32 = -2
const NOT_TOLD: i32 = -3

// @inline
function order(a: u32, b: u32, compare: i32): i32 {
  const pa = load<u64>(a)
  const pb = load<u64>(b)
  if (pa != pb) return pa < pb ? -1 : 1
  if (compare >= 0) {
    const c = call_indirect<i32>(<u32>compare, load<u32>(a, 8), load<u32>(b, 8))
    if (c != 0) return c
  }
  const sa = load<u32>(a, 12)
  const sb = load<u32>(b, 12)
  return sa == sb ? 0 : sa < sb ? -1 : 1
}

// @inline
function move(from: u32, to: u32): void {
  store<u64>(to, load<u64>(from))
  store<u64>(to, load<u64>(from, 8), 8)
}

/** Whether entries `from` to `to`, and the one before `from`, are in order. */
export function entries_sorted(entries: u32, from: u32, to: u32, compare: i32): bool {
  for (let i: u32 = max(from, 1); i < to; i++) {
    const at = entries + i * ENTRY
    if (order(at - ENTRY, at, compare) > 0) return false
  }
  return true
}

function insertion_sort(entries: u32, count: u32, compare: i32): void {
  for (let i: u32 = 1; i < count; i++) {
    const at = entries + i * ENTRY
    if (order(at - ENTRY, at, compare) <= 0) continue
    const prefix = load<u64>(at)
    const rest = load<u64>(at, 8)
    let hole = at
    // The entry itself stays in place of the hole's right neighbour until it lands, so it is compared from a copy.
    while (hole > entries && precedes(prefix, rest, hole - ENTRY, compare)) {
      move(hole - ENTRY, hole)
      hole -= ENTRY
    }
    store<u64>(hole, prefix)
    store<u64>(hole, rest, 8)
  }
}

// @inline
function precedes(prefix: u64, rest: u64, other: u32, compare: i32): bool {
  const p = load<u64>(other)
  if (prefix != p) return prefix < p
  if (compare >= 0) {
    const c = call_indirect<i32>(<u32>compare, <u32>rest, load<u32>(other, 8))
    if (c != 0) return c < 0
  }
  return <u32>(rest >> 32) < load<u32>(other, 12)
}

/** Bottom-up merge sort; the result is in `entries`. `temp` has room for `count` entries. */
function merge_sort(entries: u32, count: u32, temp: u32, compare: i32): void {
  sort_blocks(entries, 0, count, compare)
  let from = entries
  let to = temp
  for (let width = INSERTION_LIMIT; width < count; width <<= 1) {
    merge_level(from, count, to, width, 0, count, compare, 0)
    const swap = from
    from = to
    to = swap
  }
  if (from != entries) memory.copy(entries, from, count * ENTRY)
}

/** First step of a merge sort: blocks of `SORT_BLOCK` entries from `from` to `to`, both multiples of it but the end. */
export function sort_blocks(entries: u32, from: u32, to: u32, compare: i32): void {
  for (let at: u32 = from; at < to; at += INSERTION_LIMIT) {
    insertion_sort(entries + at * ENTRY, min(INSERTION_LIMIT, to - at), compare)
  }
}

/**
 * Entries `begin` to `finish` of one level of a merge sort, in which pairs of sorted stretches of `width` entries become
 * one in `to`.
 */
export function merge_level(
  from: u32,
  count: u32,
  to: u32,
  width: u32,
  begin: u32,
  finish: u32,
  compare: i32,
  cancelFlag: u32,
): void {
  const pair = width << 1
  for (let at: u32 = begin - (begin % pair); at < finish; at += pair) {
    const left = from + at * ENTRY
    const middle = from + min(at + width, count) * ENTRY
    const end = from + min(at + pair, count) * ENTRY
    const first = begin > at ? begin - at : 0
    const last = min(min(at + pair, count), finish) - at
    const a = left + share_of_left(left, middle, end, first, compare) * ENTRY
    const aEnd = left + share_of_left(left, middle, end, last, compare) * ENTRY
    const b = middle + first * ENTRY - (a - left)
    const bEnd = middle + last * ENTRY - (aEnd - left)
    merge_two(a, aEnd, b, bEnd, to + (at + first) * ENTRY, compare, cancelFlag)
  }
}

/** Of the first `taken` entries of two merged stretches, how many are the left one's. */
function share_of_left(left: u32, middle: u32, end: u32, taken: u32, compare: i32): u32 {
  const lefts = (middle - left) / ENTRY
  const rights = (end - middle) / ENTRY
  let least = taken > rights ? taken - rights : 0
  let most = min(taken, lefts)
  while (least < most) {
    const half = (least + most) >> 1
    // The left entry at `half` is among the first when it is before the last right one that would be in its stead.
    if (order(left + half * ENTRY, middle + (taken - half - 1) * ENTRY, compare) <= 0) least = half + 1
    else most = half
  }
  return least
}

function merge_two(
  left: u32,
  middle: u32,
  right: u32,
  end: u32,
  out: u32,
  compare: i32,
  cancelFlag: u32,
): void {
  let a = left
  let b = right
  let steps: u32 = 0
  if (a < middle && b < end && order(middle - ENTRY, b, compare) <= 0) {
    memory.copy(out, left, middle - left)
    memory.copy(out + (middle - left), right, end - right)
    return
  }
  while (a < middle && b < end) {
    // A cancelled query may leave the entries in any order.
    if ((++steps & 8191) == 0 && cancelFlag != 0 && (load<i32>(cancelFlag) & 1) != 0) return
    if (order(b, a, compare) < 0) {
      move(b, out)
      b += ENTRY
    } else {
      move(a, out)
      a += ENTRY
    }
    out += ENTRY
  }
  if (a < middle) memory.copy(out, a, middle - a)
  else if (b < end) memory.copy(out, b, end - b)
}

/** Counts how often each value of each byte of the prefixes occurs: 8 tables of 256 u32, the lowest byte first. */
export function radix_count(entries: u32, count: u32, counts: u32): void {
  memory.fill(counts, 0, 8 * 1024)
  const end = entries + count * ENTRY
  for (let at = entries; at < end; at += ENTRY) {
    let prefix = load<u64>(at)
    for (let table = counts; table < counts + 8192; table += 1024) {
      const slot = table + ((<u32>prefix & 0xff) << 2)
      store<u32>(slot, load<u32>(slot) + 1)
      prefix >>= 8
    }
  }
}

/** One stable pass by byte `pass` of the prefixes, into `to`. False, and nothing done, when all have the same byte. */
export function radix_pass(from: u32, count: u32, to: u32, counts: u32, pass: u32): bool {
  const table = counts + (pass << 10)
  const shift = <u64>(pass << 3)
  const first = <u32>(load<u64>(from) >> shift) & 0xff
  if (load<u32>(table + (first << 2)) == count) return false
  let sum: u32 = to
  for (let slot = table; slot < table + 1024; slot += 4) {
    const n = load<u32>(slot)
    store<u32>(slot, sum)
    sum += n * ENTRY
  }
  const stop = from + count * ENTRY
  for (let at = from; at < stop; at += ENTRY) {
    const prefix = load<u64>(at)
    const slot = table + ((<u32>(prefix >> shift) & 0xff) << 2)
    const target = load<u32>(slot)
    store<u64>(target, prefix)
    store<u64>(target, load<u64>(at, 8), 8)
    store<u32>(slot, target + ENTRY)
  }
  return true
}

/**
 * Sorts stretches of equal prefixes, the words at `place`, from `start` on, until `limit` is passed. Returns where to go
 * on. A stretch of more than `most` entries is left alone and returned as its first entry with the top bit set; it ends
 * at `equal_end`.
 */
export function sort_ties(
  entries: u32,
  start: u32,
  limit: u32,
  count: u32,
  temp: u32,
  counts: u32,
  compare: i32,
  word: i32,
  place: i32,
  most: u32,
): u32 {
  while (start < limit) {
    const end = equal_end(entries, start, count)
    const length = end - start
    if (length > most) return start | 0x80000000
    if (length > 1) {
      const at = entries + start * ENTRY
      if (length <= FEW_COMPARED) insertion_sort(at, length, compare)
      else sort_stretch(at, length, temp, counts, compare, word, place)
    }
    start = end
  }
  return start
}

/** Entries with equal prefixes, and in the end with the same ones again. */
function sort_stretch(
  entries: u32,
  count: u32,
  temp: u32,
  counts: u32,
  compare: i32,
  word: i32,
  place: i32,
): void {
  const prefix = load<u64>(entries)
  const next = write_words(entries, count, word, place, prefix)
  if (next == ALL_TOLD) return
  if (next == NOT_TOLD) {
    merge_sort(entries, count, temp, compare)
    return
  }
  if (count < RADIX_LEAST) merge_sort(entries, count, temp, -1)
  else radix_sort(entries, count, temp, counts)
  sort_ties(entries, 0, count, count, temp, counts, compare, word, next, count)
  set_prefixes(entries, count, prefix)
}

/** Replaces equal prefixes by the words behind `place`. Returns their place, or that there are none. */
export function write_words(entries: u32, count: u32, word: i32, place: i32, prefix: u64): i32 {
  return word < 0 ? NOT_TOLD : call_indirect<i32>(<u32>word, entries, count, place, prefix)
}

export function set_prefixes(entries: u32, count: u32, prefix: u64): void {
  const end = entries + count * ENTRY
  for (let at = entries; at < end; at += ENTRY) store<u64>(at, prefix)
}

function radix_sort(entries: u32, count: u32, temp: u32, counts: u32): void {
  radix_count(entries, count, counts)
  let from = entries
  let to = temp
  for (let pass: u32 = 0; pass < 8; pass++) {
    if (!radix_pass(from, count, to, counts, pass)) continue
    const swap = from
    from = to
    to = swap
  }
  if (from != entries) memory.copy(entries, from, count * ENTRY)
}

/** The end of the stretch of equal prefixes that begins at `start`. */
export function equal_end(entries: u32, start: u32, count: u32): u32 {
  const prefix = load<u64>(entries + start * ENTRY)
  let end = start + 1
  while (end < count && load<u64>(entries + end * ENTRY) == prefix) end++
  return end
}

/** Sorts few entries at once. `temp` has room for `count` entries. */
export function sort_few(entries: u32, count: u32, temp: u32, compare: i32): void {
  if (count <= INSERTION_LIMIT) insertion_sort(entries, count, compare)
  else merge_sort(entries, count, temp, compare)
}

/**
 * State of a merge of sorted runs:
 *
 *   0: u32 runs in the heap
 *   4: u32 run whose chunk is used up, or u32.MAX_VALUE
 *   8: runs × { u32 next entry, u32 end of entries }
 *   8 + 8 × runs: u32 heap of run numbers, least head first
 */
// @inline
function head(state: u32, run: u32): u32 {
  return load<u32>(state + 8 + (run << 3))
}

// @inline
function run_order(state: u32, a: u32, b: u32, compare: i32): i32 {
  const ea = head(state, a)
  const eb = head(state, b)
  const pa = load<u64>(ea)
  const pb = load<u64>(eb)
  if (pa != pb) return pa < pb ? -1 : 1
  if (compare >= 0) {
    const c = call_indirect<i32>(<u32>compare, load<u32>(ea, 8), load<u32>(eb, 8))
    if (c != 0) return c
  }
  // Runs are numbered in input order.
  return a < b ? -1 : 1
}

/** Puts a run, whose chunk has entries, into the heap. `runs` is the number of runs that the state was made for. */
export function merge_push(state: u32, runs: u32, run: u32, compare: i32): void {
  const heap = state + 8 + (runs << 3)
  let at = load<u32>(state)
  store<u32>(state, at + 1)
  while (at > 0) {
    const parent = (at - 1) >> 1
    const other = load<u32>(heap + (parent << 2))
    if (run_order(state, other, run, compare) <= 0) break
    store<u32>(heap + (at << 2), other)
    at = parent
  }
  store<u32>(heap + (at << 2), run)
}

/**
 * Writes the next entries in order to `out`, until there are `capacity` of them, a run's chunk is used up (the run
 * leaves the heap and is named in the state), or no run is left. Returns how many were written.
 */
export function merge_next(state: u32, runs: u32, out: u32, capacity: u32, compare: i32): u32 {
  const heap = state + 8 + (runs << 3)
  store<u32>(state, u32.MAX_VALUE, 4)
  let live = load<u32>(state)
  let written: u32 = 0
  while (written < capacity && live > 0) {
    let run = load<u32>(heap)
    const cursor = state + 8 + (run << 3)
    const entry = load<u32>(cursor)
    move(entry, out + written * ENTRY)
    written++
    const next = entry + ENTRY
    store<u32>(cursor, next)
    const exhausted = next == load<u32>(cursor, 4)
    if (exhausted) {
      store<u32>(state, run, 4)
      live--
      store<u32>(state, live)
      if (live == 0) break
      run = load<u32>(heap + (live << 2))
    }
    let at: u32 = 0
    for (;;) {
      let child = (at << 1) + 1
      if (child >= live) break
      let least = load<u32>(heap + (child << 2))
      if (child + 1 < live) {
        const right = load<u32>(heap + ((child + 1) << 2))
        if (run_order(state, right, least, compare) < 0) {
          child++
          least = right
        }
      }
      if (run_order(state, run, least, compare) <= 0) break
      store<u32>(heap + (at << 2), least)
      at = child
    }
    store<u32>(heap + (at << 2), run)
    if (exhausted) break
  }
  return written
}
