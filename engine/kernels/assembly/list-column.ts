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

// @ts-ignore: AssemblyScript's decorator
@inline
function bit_at(bitmap: u32, index: u32): u32 {
  return (<u32>load<u8>(bitmap + (index >> 3)) >> (index & 7)) & 1
}
