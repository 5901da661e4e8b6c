import { put_text } from './list'
import { pack, scratch_allocate_wide } from './scratch'

/**
 * A list as bytes without addresses: u32 count, the items, the validity bytes, and then what items that are texts
 * point to; their pointers count from the u32.
 */
export function list_pack(thread: u32, ptr: u32, count: u32, width: i32, areTexts: i32): u64 {
  const fixed: u64 = 4 + <u64>count * (width + 1)
  let size = fixed
  const valid = ptr + count * width
  if (areTexts) {
    for (let i: u32 = 0; i < count; i++) if (load<u8>(valid + i)) size += load<u32>(ptr + (i << 3), 4)
  }
  const packed = scratch_allocate_wide(thread, size)
  store<u32>(packed, count)
  memory.copy(packed + 4, ptr, <u32>fixed - 4)
  if (areTexts) {
    let at: u32 = <u32>fixed
    for (let i: u32 = 0; i < count; i++) {
      const pair = packed + 4 + (i << 3)
      if (!load<u8>(valid + i)) {
        store<u64>(pair, 0)
        continue
      }
      const length = load<u32>(pair, 4)
      memory.copy(packed + at, load<u32>(pair), length)
      store<u32>(pair, at)
      at += length
    }
  }
  return pack(packed, <u32>size)
}

/** The list that `list_pack` packed. Items stay where they are, but texts get addresses in a copy. */
export function list_unpack(thread: u32, packed: u32, areTexts: i32): u64 {
  const count = load<u32>(packed)
  if (!areTexts) return pack(packed + 4, count)
  const list = scratch_allocate_wide(thread, <u64>count * 9)
  memory.copy(list, packed + 4, count * 9)
  for (let i: u32 = 0; i < count; i++) {
    const pair = list + (i << 3)
    store<u32>(pair, load<u32>(pair) + packed)
  }
  return pack(list, count)
}

/**
 * `{'a': 1, 'b': NULL}` of a list of the fields' texts. `labels` has what stands before each field and at the end, each
 * as a u32 length and its bytes; the length's highest bit says that the field's text is put in quotes where needed.
 */
export function struct_format(thread: u32, ptr: u32, count: u32, labels: u32): u64 {
  let size: u64 = 0
  let label = labels
  for (let i: u32 = 0; i <= count; i++) {
    const len = load<u32>(label) & 0x7fffffff
    size += len + 8
    if (i < count) size += 2 * <u64>load<u32>(ptr + 8 * i, 4)
    label += 4 + len
  }
  const target = scratch_allocate_wide(thread, size)
  let at = target
  label = labels
  for (let i: u32 = 0; i <= count; i++) {
    const head = load<u32>(label)
    const len = head & 0x7fffffff
    memory.copy(at, label + 4, len)
    at += len
    label += 4 + len
    if (i == count) break
    if (load<u8>(ptr + 8 * count + i)) {
      at = put_text(at, load<u32>(ptr + 8 * i), load<u32>(ptr + 8 * i, 4), head >> 31)
    } else {
      store<u32>(at, 0x4c4c554e)
      at += 4
    }
  }
  return pack(target, at - target)
}
