import { is_utf8 } from './utf8'

/** Takes the records that `status` says are bad out of every column's fields. The records left. */
export function fields_compact(fields: u32, columns: u32, capacity: u32, records: u32, status: u32): u32 {
  let kept: u32 = 0
  for (let column: u32 = 0; column < columns; column++) {
    const base = fields + column * (capacity << 3)
    kept = 0
    for (let row: u32 = 0; row < records; row++) {
      if (load<u32>(status + (row << 2)) != 0) continue
      if (kept != row) store<u64>(base + (kept << 3), load<u64>(base + (row << 3)))
      kept++
    }
  }
  return kept
}

/** Adds the records that `status` says are bad to `rejects`, from index `count` on while there is room. How many then. */
export function fields_reject(
  places: u32,
  status: u32,
  records: u32,
  end: u32,
  rejects: u32,
  count: u32,
  room: u32,
): u32 {
  for (let row: u32 = 0; row < records; row++) {
    const bad = load<u32>(status + (row << 2))
    if (bad == 0) continue
    if (count < room) {
      const reject = rejects + count * 24
      const begin = load<u32>(places + (row << 3))
      let stop = row + 1 < records ? load<u32>(places + (row << 3), 8) : end
      while (stop > begin && (load<u8>(stop - 1) == 10 || load<u8>(stop - 1) == 13)) stop--
      store<u32>(reject, begin)
      store<u32>(reject, stop - begin, 4)
      store<u32>(reject, load<u32>(places + (row << 3), 4), 8)
      store<u32>(reject, bad >> 8, 12)
      store<u32>(reject, bad & 255, 16)
    }
    count++
  }
  return count
}

/**
 * Turns rejects into columns: `lines` int64, `columns` int32 counted from 1 and at most `most`, `reasons` one byte each,
 * and the texts.
 * Bytes that are not UTF-8 become question marks. Returns the bytes of the texts, which are at most those of the rejects.
 */
export function reject_columns(
  rejects: u32,
  count: u32,
  most: u32,
  lines: u32,
  columns: u32,
  reasons: u32,
  offsets: u32,
  values: u32,
): u32 {
  let to: u32 = 0
  store<u32>(offsets, 0)
  for (let row: u32 = 0; row < count; row++) {
    const reject = rejects + row * 24
    const start = load<u32>(reject)
    const length = load<u32>(reject, 4)
    store<i64>(lines + (row << 3), load<u32>(reject, 8))
    store<i32>(columns + (row << 2), min(load<u32>(reject, 12) + 1, most))
    store<u8>(reasons + row, load<u32>(reject, 16))
    memory.copy(values + to, start, length)
    if (!is_utf8(values + to, values + to + length)) {
      for (let at = to; at < to + length; at++) if (load<u8>(values + at) > 127) store<u8>(values + at, 63)
    }
    to += length
    store<u32>(offsets + (row << 2), to, 4)
  }
  return to
}
