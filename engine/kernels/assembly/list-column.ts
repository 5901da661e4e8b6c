import { bit_at, set_bit } from './bitmap'
import { scratch_allocate } from './scratch'

/**
 * The items `start` to `start + count` of an Arrow list column as a list value: `count` items and then `count`
 * validity bytes. `width` is the bytes of an item; 0 for texts, which lie between `offsets` in `values` and become a
 * pointer and a length each, and for truth values, which are bits and become bytes. `validity` is a bitmap or 0.
 */
export function list_value(
  thread: u32,
  values: u32,
  offsets: u32,
  validity: u32,
  start: u32,
  count: u32,
  width: i32,
  areTexts: i32,
): u32 {
  const bytes: u32 = width ? width : areTexts ? 8 : 1
  const list = scratch_allocate(thread, count * (bytes + 1))
  if (width) {
    memory.copy(list, values + start * bytes, count * bytes)
  } else if (areTexts) {
    for (let i: u32 = 0; i < count; i++) {
      const from = load<u32>(offsets + 4 * (start + i))
      store<u32>(list + 8 * i, values + from)
      store<u32>(list + 8 * i, load<u32>(offsets + 4 * (start + i), 4) - from, 4)
    }
  } else {
    for (let i: u32 = 0; i < count; i++) store<u8>(list + i, bit_at(values, start + i))
  }
  const valid = list + count * bytes
  if (validity) for (let i: u32 = 0; i < count; i++) store<u8>(valid + i, bit_at(validity, start + i))
  else memory.fill(valid, 1, count)
  return list
}

/** Items of `count` (pointer, count) pairs, NULLs counting 0; `valid` is 0 when none is NULL. */
export function lists_items(pairs: u32, valid: u32, count: u32): u64 {
  let total: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (valid == 0 || load<u8>(valid + i) != 0) total += load<u32>(pairs + (i << 3), 4)
  }
  return total
}

/** Bytes of the texts in a list of texts. */
export function list_text_bytes(list: u32, count: u32): u64 {
  let total: u64 = 0
  const valid = list + (count << 3)
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(valid + i)) total += load<u32>(list + (i << 3), 4)
  }
  return total
}

/** Bytes of the texts in `count` lists of texts. */
export function lists_text_bytes(pairs: u32, valid: u32, count: u32): u64 {
  let total: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (valid != 0 && load<u8>(valid + i) == 0) continue
    total += list_text_bytes(load<u32>(pairs + (i << 3)), load<u32>(pairs + (i << 3), 4))
  }
  return total
}

/** Copies the texts of a list to `target` and points its items there. Returns the end of the copies. */
export function list_own_texts(list: u32, count: u32, target: u32): u32 {
  const valid = list + (count << 3)
  let at = target
  for (let i: u32 = 0; i < count; i++) {
    if (!load<u8>(valid + i)) continue
    const pair = list + (i << 3)
    const length = load<u32>(pair, 4)
    memory.copy(at, load<u32>(pair), length)
    store<u32>(pair, at)
    at += length
  }
  return at
}

/**
 * Copies the lists behind pairs `from` to `to`, with the texts in them, to `arena` and points the pairs there, so that
 * they outlive what they pointed to. `width` is the bytes of an item. Returns the bytes used, or u32.MAX_VALUE (and
 * changes nothing) when they exceed `capacity`.
 */
export function own_lists(
  pairs: u32,
  valid: u32,
  from: u32,
  to: u32,
  width: u32,
  areTexts: i32,
  arena: u32,
  capacity: u32,
): u32 {
  let total: u64 = 7
  for (let i: u32 = from; i < to; i++) {
    if (valid != 0 && load<u8>(valid + i) == 0) continue
    const items = load<u32>(pairs + (i << 3), 4)
    total += <u64>items * (width + 1) + 7
    if (areTexts) total += list_text_bytes(load<u32>(pairs + (i << 3)), items)
  }
  if (total > <u64>capacity) return u32.MAX_VALUE
  let at = arena
  for (let i: u32 = from; i < to; i++) {
    if (valid != 0 && load<u8>(valid + i) == 0) continue
    const pair = pairs + (i << 3)
    const items = load<u32>(pair, 4)
    at = (at + 7) & ~7
    memory.copy(at, load<u32>(pair), items * (width + 1))
    store<u32>(pair, at)
    const end = at + items * (width + 1)
    at = areTexts ? list_own_texts(at, items, end) : end
  }
  return at - arena
}

/**
 * Writes `count` lists as an Arrow list column: count + 1 `offsets`, and the items one after the other. `width` is the
 * bytes of an item that are copied to `values`; 0 for texts, which get `childOffsets` and bytes in `values`, and for
 * truth values, which become bits there. `items` is what `lists_items` gives. Returns how many items are NULL.
 */
export function seal_lists(
  pairs: u32,
  valid: u32,
  count: u32,
  width: u32,
  areTexts: i32,
  offsets: u32,
  childValidity: u32,
  childOffsets: u32,
  values: u32,
  items: u32,
): u32 {
  const bytes: u32 = width ? width : areTexts ? 8 : 1
  memory.fill(childValidity, 0, (items + 7) >> 3)
  if (!width && !areTexts) memory.fill(values, 0, (items + 7) >> 3)
  let present: u32 = 0
  let item: u32 = 0
  let at: u32 = 0
  store<u32>(offsets, 0)
  if (areTexts) store<u32>(childOffsets, 0)
  for (let i: u32 = 0; i < count; i++) {
    if (valid == 0 || load<u8>(valid + i) != 0) {
      const list = load<u32>(pairs + (i << 3))
      const length = load<u32>(pairs + (i << 3), 4)
      const itemValid = list + length * bytes
      for (let j: u32 = 0; j < length; j++) {
        if (!load<u8>(itemValid + j)) continue
        set_bit(childValidity, item + j)
        present++
      }
      if (width) {
        memory.copy(values + item * width, list, length * width)
      } else if (areTexts) {
        for (let j: u32 = 0; j < length; j++) {
          if (load<u8>(itemValid + j)) {
            const text = list + (j << 3)
            memory.copy(values + at, load<u32>(text), load<u32>(text, 4))
            at += load<u32>(text, 4)
          }
          store<u32>(childOffsets + ((item + j) << 2), at, 4)
        }
      } else {
        for (let j: u32 = 0; j < length; j++) if (load<u8>(list + j)) set_bit(values, item + j)
      }
      item += length
    }
    store<u32>(offsets + (i << 2), item, 4)
  }
  return items - present
}
