import type { PageOwner } from '../../memory/page-owner.ts'
import type { RowPage } from '../row-store.ts'
import type { ThreadRuntime } from '../thread-runtime.ts'
import type { JoinSide } from './join-shape.ts'
import { isWholeKey, rangeOf } from './key-range.ts'
import type { RowDirectory } from './row-directory.ts'

/** A directory may have so many entries for each row, and take this part of the heap, to have one for each key. */
const MOST_ENTRIES_PER_ROW = 16
const HEAP_SHARE = 16
const ENTRY_BYTES = 4

/**
 * Keys that lie so close together that each has an entry of the directory of its own, `key - base`. Neither a hash nor
 * a comparison is needed to find a key's rows.
 */
export interface DirectKeys {
  readonly base: bigint
  /** Entries. */
  readonly length: number
}

/** The keys of these rows, if they are such keys and there is memory for the directory, which then is long enough. */
export function directKeysOf(
  runtime: ThreadRuntime,
  owner: PageOwner,
  directory: RowDirectory,
  side: JoinSide,
  pages: readonly RowPage[],
): DirectKeys | null {
  const [key, another] = side.keys
  if (key === undefined || another !== undefined || key.nullSafe || !isWholeKey(key.column.type)) return null
  const { min, max } = rangeOf(runtime, owner, { pages, side, key })
  if (min > max) return null
  const rows = pages.reduce((sum, page) => sum + page.rows, 0)
  const affordable = runtime.heap.usableBytes / HEAP_SHARE / ENTRY_BYTES
  const most = Math.max(directory.entries, Math.min(rows * MOST_ENTRIES_PER_ROW, affordable))
  if (max - min >= BigInt(Math.floor(most))) return null
  const length = Number(max - min) + 1
  return directory.tryCover(length) ? { base: min, length } : null
}
