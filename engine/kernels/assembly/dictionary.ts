import { hash_bytes } from './hash'

/**
 * Dictionaries that grow: distinct byte strings, numbered in the order of their arrival. `state` addresses
 *
 * ```
 *  0 u32 count        distinct values so far
 *  4 u32 slots        hash table of `mask + 1` u32: code + 1, or 0; open addressing, linear probing
 *  8 u32 mask
 * 12 u32 offsets      count + 1 int32; there is room for `entries` values
 * 16 u32 values       the bytes; there is room for `bytes` of them
 * 20 u32 entries
 * 24 u32 bytes
 * ```
 */

/**
 * Gives each of `n` values (Arrow offsets and data) its code, adding those that are new, and writes the codes to
 * `mapping` (u32 each). Returns the greatest code, or -1 when there was no room for a value: then the dictionary must be
 * enlarged and the call made again.
 */
export function dictionary_merge(state: u32, offsets: u32, data: u32, n: u32, mapping: u32): i32 {
  const slots = load<u32>(state, 4)
  const mask = load<u32>(state, 8)
  const ownOffsets = load<u32>(state, 12)
  const ownValues = load<u32>(state, 16)
  const entries = load<u32>(state, 20)
  const capacity = load<u32>(state, 24)
  let count = load<u32>(state)
  let greatest: i32 = 0
  for (let i: u32 = 0; i < n; i++) {
    const from = load<u32>(offsets + (i << 2))
    const length = load<u32>(offsets + (i << 2), 4) - from
    const pointer = data + from
    let slot = <u32>hash_bytes(pointer, length) & mask
    let code: u32 = 0
    for (;;) {
      const taken = load<u32>(slots + (slot << 2))
      if (taken == 0) {
        const end = load<u32>(ownOffsets + (count << 2))
        if (count == entries || end + length > capacity) return -1
        memory.copy(ownValues + end, pointer, length)
        store<u32>(ownOffsets + (count << 2), end + length, 4)
        code = count
        count += 1
        store<u32>(state, count)
        store<u32>(slots + (slot << 2), count)
        break
      }
      code = taken - 1
      const at = load<u32>(ownOffsets + (code << 2))
      if (
        load<u32>(ownOffsets + (code << 2), 4) - at == length &&
        memory.compare(ownValues + at, pointer, length) == 0
      ) {
        break
      }
      slot = (slot + 1) & mask
    }
    store<u32>(mapping + (i << 2), code)
    if (<i32>code > greatest) greatest = <i32>code
  }
  return greatest
}

/** Fills an empty hash table from the values that are there, after they moved to larger room. */
export function dictionary_rehash(state: u32): void {
  const count = load<u32>(state)
  const slots = load<u32>(state, 4)
  const mask = load<u32>(state, 8)
  const offsets = load<u32>(state, 12)
  const values = load<u32>(state, 16)
  memory.fill(slots, 0, (mask + 1) << 2)
  for (let code: u32 = 0; code < count; code++) {
    const from = load<u32>(offsets + (code << 2))
    const length = load<u32>(offsets + (code << 2), 4) - from
    let slot = <u32>hash_bytes(values + from, length) & mask
    while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask
    store<u32>(slots + (slot << 2), code + 1)
  }
}

/**
 * `n` int32 keys to codes of `code_bytes` (1, 2 or 4), in place: key k becomes `mapping[k]`, or stays k when `mapping` is
 * 0. Keys outside 0 to `keys - 1`, which NULLs may have, become 0.
 */
export function dictionary_map(codes: u32, n: u32, mapping: u32, keys: u32, code_bytes: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const key = load<u32>(codes + (i << 2))
    let code: u32 = 0
    if (key < keys) code = mapping == 0 ? key : load<u32>(mapping + (key << 2))
    if (code_bytes == 1) store<u8>(codes + i, <u8>code)
    else if (code_bytes == 2) store<u16>(codes + (i << 1), <u16>code)
    else store<u32>(codes + (i << 2), code)
  }
}
