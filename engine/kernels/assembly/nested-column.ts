import { bit_at, set_bit } from './bitmap'

// Between Arrow's nested columns, whose parts are columns of their own, and columns of bytes that hold a struct or a
// packed list each (arrow/types.ts says how). `offsets` and `values` are an Arrow column of bytes, `validity` a bitmap
// or 0.

// @ts-ignore: AssemblyScript's decorator
@inline
function field_is_valid(offsets: u32, values: u32, validity: u32, row: u32, validAt: u32): bool {
  return bit_at(validity, row) != 0 && load<u8>(values + load<u32>(offsets + (row << 2)) + validAt) != 0
}

/** One field of `count` structs as a column; truth values (`isBool`) become bits. Returns how many are NULL. */
export function struct_field_fixed(
  offsets: u32,
  values: u32,
  validity: u32,
  from: u32,
  count: u32,
  at: u32,
  width: u32,
  validAt: u32,
  isBool: i32,
  out: u32,
  outValid: u32,
): u32 {
  const bitmapBytes = (count + 7) >> 3
  memory.fill(outValid, 0, bitmapBytes)
  memory.fill(out, 0, isBool ? bitmapBytes : count * width)
  let nulls: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (!field_is_valid(offsets, values, validity, from + i, validAt)) {
      nulls++
      continue
    }
    set_bit(outValid, i)
    const field = values + load<u32>(offsets + ((from + i) << 2)) + at
    if (!isBool) memory.copy(out + i * width, field, width)
    else if (load<u8>(field)) set_bit(out, i)
  }
  return nulls
}

/** Bytes of one field of `count` structs. */
export function struct_field_bytes_total(
  offsets: u32,
  values: u32,
  validity: u32,
  from: u32,
  count: u32,
  at: u32,
  validAt: u32,
): u64 {
  let total: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (!field_is_valid(offsets, values, validity, from + i, validAt)) continue
    total += load<u32>(values + load<u32>(offsets + ((from + i) << 2)) + at, 4)
  }
  return total
}

/** One field that is bytes of `count` structs as a column of bytes. Returns how many are NULL. */
export function struct_field_bytes(
  offsets: u32,
  values: u32,
  validity: u32,
  from: u32,
  count: u32,
  at: u32,
  validAt: u32,
  outOffsets: u32,
  out: u32,
  outValid: u32,
): u32 {
  memory.fill(outValid, 0, (count + 7) >> 3)
  store<u32>(outOffsets, 0)
  let end: u32 = 0
  let nulls: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (field_is_valid(offsets, values, validity, from + i, validAt)) {
      set_bit(outValid, i)
      const struct = values + load<u32>(offsets + ((from + i) << 2))
      const length = load<u32>(struct + at, 4)
      memory.copy(out + end, struct + load<u32>(struct + at), length)
      end += length
    } else {
      nulls++
    }
    store<u32>(outOffsets + (i << 2), end, 4)
  }
  return nulls
}

/** Items of `count` packed lists. */
export function packed_items_total(offsets: u32, values: u32, validity: u32, from: u32, count: u32): u64 {
  let total: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (bit_at(validity, from + i)) total += load<u32>(values + load<u32>(offsets + ((from + i) << 2)))
  }
  return total
}

/** Bytes that the items of `count` packed lists of texts have. */
export function packed_items_bytes(offsets: u32, values: u32, validity: u32, from: u32, count: u32): u64 {
  let total: u64 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (!bit_at(validity, from + i)) continue
    const list = values + load<u32>(offsets + ((from + i) << 2))
    const items = load<u32>(list)
    for (let j: u32 = 0; j < items; j++) total += load<u32>(list + 8 + (j << 3))
  }
  return total
}

/** `count` packed lists as a list column. Returns how many items are NULL. */
export function unpack_lists(
  offsets: u32,
  values: u32,
  validity: u32,
  from: u32,
  count: u32,
  width: u32,
  areTexts: i32,
  areBits: i32,
  outOffsets: u32,
  childOffsets: u32,
  childValues: u32,
  childValid: u32,
  items: u32,
): u32 {
  memory.fill(childValid, 0, (items + 7) >> 3)
  if (areBits) memory.fill(childValues, 0, (items + 7) >> 3)
  if (areTexts) store<u32>(childOffsets, 0)
  store<u32>(outOffsets, 0)
  let item: u32 = 0
  let end: u32 = 0
  let nulls: u32 = 0
  for (let i: u32 = 0; i < count; i++) {
    if (bit_at(validity, from + i)) {
      const list = values + load<u32>(offsets + ((from + i) << 2))
      const length = load<u32>(list)
      const valid = list + 4 + length * width
      if (!areTexts && !areBits) memory.copy(childValues + item * width, list + 4, length * width)
      for (let j: u32 = 0; j < length; j++) {
        const isValid = load<u8>(valid + j) != 0
        if (isValid) set_bit(childValid, item)
        else nulls++
        if (areTexts) {
          const pair = list + 4 + (j << 3)
          if (isValid) {
            memory.copy(childValues + end, list + load<u32>(pair), load<u32>(pair, 4))
            end += load<u32>(pair, 4)
          }
          store<u32>(childOffsets + (item << 2), end, 4)
        } else if (areBits && load<u8>(list + 4 + j)) {
          set_bit(childValues, item)
        }
        item++
      }
    }
    store<u32>(outOffsets + (i << 2), item, 4)
  }
  return nulls
}

/**
 * Offsets of the packed lists of a list column with items of `width` bytes; with `childOffsets` the items are bytes.
 * Returns the end, which may not fit the offsets.
 */
export function pack_lists_offsets(offsets: u32, validity: u32, count: u32, width: u32, childOffsets: u32, out: u32): u64 {
  let end: u64 = 0
  store<u32>(out, 0)
  for (let i: u32 = 0; i < count; i++) {
    const first = load<u32>(offsets + (i << 2))
    const last = bit_at(validity, i) ? load<u32>(offsets + (i << 2), 4) : first
    end += 4 + <u64>(last - first) * (width + 1)
    if (childOffsets) end += load<u32>(childOffsets + (last << 2)) - load<u32>(childOffsets + (first << 2))
    store<u32>(out + (i << 2), <u32>end, 4)
  }
  return end
}

/** Packs the lists of a list column at `target` plus the offsets that `pack_lists_offsets` gave. */
export function pack_lists(
  offsets: u32,
  validity: u32,
  count: u32,
  width: u32,
  areBits: i32,
  childOffsets: u32,
  childValues: u32,
  childValid: u32,
  targetOffsets: u32,
  target: u32,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const first = load<u32>(offsets + (i << 2))
    const last = bit_at(validity, i) ? load<u32>(offsets + (i << 2), 4) : first
    const items = last - first
    const list = target + load<u32>(targetOffsets + (i << 2))
    const valid = list + 4 + items * width
    store<u32>(list, items)
    let at: u32 = 4 + items * (width + 1)
    if (!childOffsets && !areBits) memory.copy(list + 4, childValues + first * width, items * width)
    for (let j: u32 = 0; j < items; j++) {
      store<u8>(valid + j, bit_at(childValid, first + j))
      if (childOffsets) {
        const begin = load<u32>(childOffsets + ((first + j) << 2))
        const length = load<u32>(childOffsets + ((first + j) << 2), 4) - begin
        store<u32>(list + 4 + (j << 3), at)
        store<u32>(list + 4 + (j << 3), length, 4)
        memory.copy(list + at, childValues + begin, length)
        at += length
      } else if (areBits) {
        store<u8>(list + 4 + j, bit_at(childValues, first + j))
      }
    }
  }
}

/** Adds the lengths of a field's bytes to the lengths at `lengths`. */
export function add_lengths(lengths: u32, offsets: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) {
    const at = lengths + (i << 2)
    store<u32>(at, load<u32>(at) + load<u32>(offsets + (i << 2), 4) - load<u32>(offsets + (i << 2)))
  }
}

/** Turns `count` lengths of what lies behind `fixed` bytes into offsets. Returns the end, which may not fit them. */
export function lengths_to_offsets(lengths: u32, count: u32, fixed: u32): u64 {
  let end: u64 = 0
  for (let i: u32 = 0; i <= count; i++) {
    const at = lengths + (i << 2)
    const length = load<u32>(at)
    store<u32>(at, <u32>end)
    end += i == count ? 0 : <u64>length + fixed
  }
  return end
}

/** Writes a field of fixed width into `count` structs. */
export function struct_put_fixed(
  offsets: u32,
  target: u32,
  count: u32,
  at: u32,
  width: u32,
  validAt: u32,
  isBool: i32,
  values: u32,
  validity: u32,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const struct = target + load<u32>(offsets + (i << 2))
    const isValid = bit_at(validity, i)
    store<u8>(struct + validAt, isValid)
    if (!isValid) memory.fill(struct + at, 0, width)
    else if (isBool) store<u8>(struct + at, bit_at(values, i))
    else memory.copy(struct + at, values + i * width, width)
  }
}

/** Writes a field that is bytes into `count` structs; `cursors` says where the bytes go, from the struct's start. */
export function struct_put_bytes(
  offsets: u32,
  target: u32,
  count: u32,
  at: u32,
  validAt: u32,
  cursors: u32,
  fieldOffsets: u32,
  values: u32,
  validity: u32,
): void {
  for (let i: u32 = 0; i < count; i++) {
    const struct = target + load<u32>(offsets + (i << 2))
    const isValid = bit_at(validity, i)
    const begin = load<u32>(fieldOffsets + (i << 2))
    const length = load<u32>(fieldOffsets + (i << 2), 4) - begin
    const cursor = load<u32>(cursors + (i << 2))
    store<u8>(struct + validAt, isValid)
    store<u32>(struct + at, isValid ? cursor : 0)
    store<u32>(struct + at, isValid ? length : 0, 4)
    memory.copy(struct + cursor, values + begin, length)
    store<u32>(cursors + (i << 2), cursor + length)
  }
}

/** Writes `value` `count` times. */
export function fill_u32(target: u32, count: u32, value: u32): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(target + (i << 2), value)
}
