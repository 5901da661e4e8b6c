import type { DataType } from '../../arrow/types.ts'
import type { KeyRange } from '../../catalog/table-provider.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'
import { JOIN_FLAGS } from './join-shape.ts'
import { fieldOf, isWholeKey, placeOf, rangeOf, type KeyedRows } from './key-range.ts'

/** A set may take this part of the heap, and so much at the most. */
const HEAP_SHARE = 64
const MOST_BYTES = 2 ** 22
/** Bits for each row of a set of hashes, at least: one row in so many that should not pass does. */
const HASH_BITS = 16
/** A set of keys by their value may be so many bits long for each of its rows. */
const MOST_BITS_PER_ROW = 4096
const LEAST_BITS = 2 ** 16

/** A set of keys in the heap, as bits. */
export type KeySet =
  /** Exactly the keys: bit `key - base`. */
  | { readonly kind: 'keys'; readonly address: number; readonly base: bigint; readonly length: number }
  /** Bit `hash & mask` of each key. */
  | { readonly kind: 'hashes'; readonly address: number; readonly mask: number }

/** What a finished hash table knows of one of its keys, as long as its join is open. */
export interface JoinFilter extends KeyRange {
  readonly type: DataType
  /** Null where there is none: too large, or too long to be worth it. */
  readonly set: KeySet | null
  /** Different keys, at the most. */
  readonly keys: number
}

/** Looks through the rows of a finished hash table, all of which are in the heap. The set is the owner's. */
export function makeJoinFilter(
  runtime: ThreadRuntime,
  owner: PageOwner,
  name: string,
  rows: KeyedRows,
): JoinFilter {
  const { pages, side, key } = rows
  const { type } = key.column
  const count = pages.reduce((sum, page) => sum + page.rows, 0)
  const mostBits = Math.floor(Math.min(MOST_BYTES, runtime.heap.usableBytes / HEAP_SHARE)) * 8
  const none = { name, type, keys: count, set: null, min: null, max: null, mayHold: () => count > 0 }
  if (!isWholeKey(type)) {
    const set = side.keys.length === 1 ? setOfHashes(runtime, owner, rows, count, mostBits) : null
    return { ...none, set }
  }
  const { min, max } = rangeOf(runtime, owner, rows)
  // Every key is NULL.
  if (min > max) return { ...none, keys: 0, mayHold: () => false }
  const overlaps = (from: bigint, to: bigint): boolean => from <= max && to >= min
  const length = Number(max - min) + 1
  if (length > Math.min(mostBits, Math.max(LEAST_BITS, count * MOST_BITS_PER_ROW))) {
    const set = side.keys.length === 1 ? setOfHashes(runtime, owner, rows, count, mostBits) : null
    return { ...none, set, min, max, mayHold: holdsOfBlocks(runtime, owner, rows, { min, max }) ?? overlaps }
  }
  const address = zeroed(owner, length)
  if (address === 0) return { ...none, min, max, mayHold: overlaps }
  const field = fieldOf(rows)
  const setKeys = runtime.kernels['filter_set_keys']!
  const keys = pages.reduce(
    (sum, page) => sum + Number(setKeys(...placeOf(page, rows), ...field, min, 0, address)),
    0,
  )
  return {
    name,
    type,
    keys,
    min,
    max,
    set: { kind: 'keys', address, base: min, length },
    mayHold: holdsBits(runtime, { address, min, max, shift: 0n }),
  }
}

interface KeyBits {
  readonly address: number
  readonly min: bigint
  readonly max: bigint
  /** A bit stands for 2^shift keys. */
  readonly shift: bigint
}

function holdsBits(runtime: ThreadRuntime, { address, min, max, shift }: KeyBits): KeyRange['mayHold'] {
  const any = runtime.kernels['filter_any']!
  return (from, to) => {
    if (from > max || to < min) return false
    const first = from > min ? Number((from - min) >> shift) : 0
    const last = Number(((to < max ? to : max) - min) >> shift)
    return any(address, first, last) !== 0
  }
}

/** Of keys that lie far apart: which blocks of so many values hold any. Null when there is no memory. */
function holdsOfBlocks(
  runtime: ThreadRuntime,
  owner: PageOwner,
  rows: KeyedRows,
  { min, max }: { readonly min: bigint; readonly max: bigint },
): KeyRange['mayHold'] | null {
  const shift = Math.max(0, (max - min).toString(2).length - Math.log2(LEAST_BITS))
  const address = zeroed(owner, LEAST_BITS)
  if (address === 0) return null
  const setKeys = runtime.kernels['filter_set_keys']!
  for (const page of rows.pages) setKeys(...placeOf(page, rows), ...fieldOf(rows), min, shift, address)
  return holdsBits(runtime, { address, min, max, shift: BigInt(shift) })
}

function setOfHashes(
  runtime: ThreadRuntime,
  owner: PageOwner,
  rows: KeyedRows,
  count: number,
  mostBits: number,
): KeySet | null {
  const length = 2 ** Math.ceil(Math.log2(Math.max(LEAST_BITS, count * HASH_BITS)))
  const address = length > mostBits ? 0 : zeroed(owner, length)
  if (address === 0) return null
  const setHashes = runtime.kernels['filter_set_hashes']!
  for (const page of rows.pages) setHashes(...placeOf(page, rows), length - 1, JOIN_FLAGS.loose, address)
  return { kind: 'hashes', address, mask: length - 1 }
}

/** Address of so many bits, none set; 0 when there is no memory. */
function zeroed(owner: PageOwner, bits: number): number {
  const bytes = Math.ceil(bits / 64) * 8
  const address = owner.tryAllocate(bytes)
  if (address !== 0) owner.heap.u8.fill(0, address, address + bytes)
  return address
}
