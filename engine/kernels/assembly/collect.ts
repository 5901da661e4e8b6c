import { pack, scratch_allocate_wide } from './scratch'

// Values gathered by an aggregate: of fixed width, `width` bytes and a byte that is 0 for a NULL; of texts (`width` 0),
// a u32 length and the bytes, or NULL_TEXT alone for a NULL.

const NULL_TEXT: u32 = 0xffffffff

/** The gathered values as a list: `count` items, and then `count` validity bytes. Texts stay where they are. */
export function collected_list(thread: u32, records: u32, bytes: u32, width: u32): u64 {
  return width ? list_of_fixed(thread, records, bytes, width) : list_of_texts(thread, records, bytes)
}

function list_of_fixed(thread: u32, records: u32, bytes: u32, width: u32): u64 {
  const count = bytes / (width + 1)
  const list = scratch_allocate_wide(thread, bytes)
  const valid = list + count * width
  let at = records
  for (let i: u32 = 0; i < count; i++) {
    memory.copy(list + i * width, at, width)
    store<u8>(valid + i, load<u8>(at + width))
    at += width + 1
  }
  return pack(list, count)
}

function list_of_texts(thread: u32, records: u32, bytes: u32): u64 {
  let count: u32 = 0
  for (let at: u32 = 0; at < bytes; count++) {
    const length = load<u32>(records + at)
    at += length == NULL_TEXT ? 4 : 4 + length
  }
  const list = scratch_allocate_wide(thread, <u64>count * 9)
  const valid = list + (count << 3)
  let at = records
  for (let i: u32 = 0; i < count; i++) {
    const length = load<u32>(at)
    const isNull = length == NULL_TEXT
    store<u32>(list + (i << 3), at + 4)
    store<u32>(list + (i << 3), isNull ? 0 : length, 4)
    store<u8>(valid + i, isNull ? 0 : 1)
    at += isNull ? 4 : 4 + length
  }
  return pack(list, count)
}
