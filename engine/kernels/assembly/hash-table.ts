import { keyAt } from './join-filter'

/**
 * Hash tables over materialised rows, whose first u32 is the hash. The directory is an array of u32 row pointers,
 * `mask` + 1 entries long, a power of two.
 */

/** Enters `rows` rows of `width` bytes from `page` on, each at the first free entry from `hash & mask`. */
export function table_enter_rows(page: u32, rows: u32, width: u32, directory: u32, mask: u32): void {
  const end = page + rows * width
  for (let row = page; row != end; row += width) {
    let slot = load<u32>(row) & mask
    while (load<u32>(directory + (slot << 2)) != 0) slot = (slot + 1) & mask
    store<u32>(directory + (slot << 2), row)
  }
}

/**
 * Puts the rows, last first, at the front of their entry's chain, which runs on through the u32 at byte 4 of each row.
 * Rows with a bit of `loose` in the u32 at byte 8 are left out.
 */
export function table_chain_rows(
  page: u32,
  rows: u32,
  width: u32,
  directory: u32,
  mask: u32,
  loose: u32,
): void {
  let row = page + rows * width
  while (row != page) {
    row -= width
    if ((load<u32>(row, 8) & loose) == 0) putInFront(row, directory + ((load<u32>(row) & mask) << 2))
  }
}

/** As `table_chain_rows`, but a row's entry is its key less `base`. For the key see join-filter.ts. */
export function table_chain_keys(
  page: u32,
  rows: u32,
  width: u32,
  offset: u32,
  bytes: u32,
  signed: u32,
  base: i64,
  directory: u32,
  loose: u32,
): void {
  let row = page + rows * width
  while (row != page) {
    row -= width
    if ((load<u32>(row, 8) & loose) != 0) continue
    putInFront(row, directory + (<u32>(keyAt(row + offset, bytes, signed) - base) << 2))
  }
}

function putInFront(row: u32, entry: u32): void {
  store<u32>(row, load<u32>(entry), 4)
  store<u32>(entry, row)
}

/** Adds to the u32 `counts` how many rows fall into each partition: the hash's bits `shift` to `shift` + `bits`. */
export function count_partitions(page: u32, rows: u32, width: u32, shift: u32, bits: u32, counts: u32): void {
  const end = page + rows * width
  const mask: u32 = (1 << bits) - 1
  for (let row = page; row != end; row += width) {
    const count = counts + (((load<u32>(row) >> shift) & mask) << 2)
    store<u32>(count, load<u32>(count) + 1)
  }
}

/** Writes the rows' pointers to `out`, each at its partition's place in the u32 `cursors`, which move on. */
export function scatter_partitions(
  page: u32,
  rows: u32,
  width: u32,
  shift: u32,
  bits: u32,
  cursors: u32,
  out: u32,
): void {
  const end = page + rows * width
  const mask: u32 = (1 << bits) - 1
  for (let row = page; row != end; row += width) {
    const cursor = cursors + (((load<u32>(row) >> shift) & mask) << 2)
    const at = load<u32>(cursor)
    store<u32>(out + (at << 2), row)
    store<u32>(cursor, at + 1)
  }
}
