import { bytes_equal } from './bytes'
import { begin, enter, enter_members, key_end, next_member, peek, place, skip_key, skip_value } from './json-cursor'
import { find_here, found_from, found_to } from './json-path'
import { type_of } from './json-value'
import { written } from './json-write'
import { pack, scratch_allocate_wide, scratch_trim } from './scratch'

/**
 * What was seen of the values at one place of a document, in scratch space:
 *
 * ```
 *  0 u32 kinds    bits, as below
 *  4 u32 items    the node of a list's items, or 0
 *  8 u32 members  the first of an object's members, or 0: 0 key's address, 4 its bytes, 8 node, 12 next member
 * ```
 */
const NODE_BYTES: u32 = 16

const SEEN_BOOLEAN: u32 = 1
const SEEN_POSITIVE: u32 = 2
const SEEN_NEGATIVE: u32 = 4
const SEEN_REAL: u32 = 8
const SEEN_TEXT: u32 = 16
const SEEN_OBJECT: u32 = 32
const SEEN_LIST: u32 = 64

function new_node(thread: u32): u32 {
  const node = <u32>scratch_allocate_wide(thread, NODE_BYTES)
  memory.fill(node, 0, NODE_BYTES)
  return node
}

function member_node(thread: u32, node: u32, key: u32, length: u32): u32 {
  let link = node + 8
  for (;;) {
    const member = load<u32>(link)
    if (member == 0) break
    if (load<u32>(member, 4) == length && bytes_equal(load<u32>(member), key, length)) return load<u32>(member, 8)
    link = member + 12
  }
  const member = new_node(thread)
  store<u32>(member, key)
  store<u32>(member, length, 4)
  const made = new_node(thread)
  store<u32>(member, made, 8)
  store<u32>(link, member)
  return made
}

/** Adds the value at the place to what its node has seen, and passes over it. */
function see(thread: u32, node: u32): void {
  const from = place()
  const first = peek()
  let kind: u32 = 0
  if (first == 123) {
    kind = SEEN_OBJECT
    enter_members()
    while (peek() != 125) {
      const key = place()
      skip_key()
      see(thread, member_node(thread, node, key, key_end() - key))
      next_member()
    }
    skip_close()
  } else if (first == 91) {
    kind = SEEN_LIST
    if (load<u32>(node, 4) == 0) store<u32>(node, new_node(thread), 4)
    enter_members()
    while (peek() != 93) {
      see(thread, load<u32>(node, 4))
      next_member()
    }
    skip_close()
  } else {
    skip_value()
    if (first == 34) kind = SEEN_TEXT
    else if (first == 116 || first == 102) kind = SEEN_BOOLEAN
    else if (first != 110) {
      // UBIGINT, BIGINT or DOUBLE
      const letter = load<u8>(<u32>type_of(from, place()))
      kind = letter == 85 ? SEEN_POSITIVE : letter == 66 ? SEEN_NEGATIVE : SEEN_REAL
    }
  }
  store<u32>(node, load<u32>(node) | kind)
}

function skip_close(): void {
  enter(place() + 1, documentEnd)
}

let documentEnd: u32 = 0

const NAMES: usize = memory.data<u8>([
  78, 85, 76, 76, 66, 79, 79, 76, 69, 65, 78, 85, 66, 73, 71, 73, 78, 84, 72, 85, 71, 69, 73, 78, 84, 68, 79, 85, 66, 76,
  69, 86, 65, 82, 67, 72, 65, 82, 74, 83, 79, 78,
])

function put_name(target: u32, at: u32, length: u32): u32 {
  store<u8>(target, 34)
  memory.copy(target + 1, <u32>NAMES + at, length)
  store<u8>(target + 1 + length, 34)
  return target + length + 2
}

function put_structure(target: u32, node: u32): u32 {
  const kinds = load<u32>(node)
  if (kinds == SEEN_OBJECT && load<u32>(node, 8) != 0) {
    store<u8>(target++, 123)
    for (let member = load<u32>(node, 8); member != 0; member = load<u32>(member, 12)) {
      if (member != load<u32>(node, 8)) store<u8>(target++, 44)
      const length = load<u32>(member, 4)
      memory.copy(target, load<u32>(member), length)
      target += length
      store<u8>(target++, 58)
      target = put_structure(target, load<u32>(member, 8))
    }
    store<u8>(target++, 125)
    return target
  }
  if (kinds == SEEN_LIST) {
    store<u8>(target++, 91)
    target = put_structure(target, load<u32>(node, 4))
    store<u8>(target++, 93)
    return target
  }
  if (kinds == 0) return put_name(target, 0, 4)
  if (kinds == SEEN_BOOLEAN) return put_name(target, 4, 7)
  if (kinds == SEEN_POSITIVE) return put_name(target, 11, 7)
  if (kinds == SEEN_NEGATIVE) return put_name(target, 12, 6)
  if (kinds == (SEEN_POSITIVE | SEEN_NEGATIVE)) return put_name(target, 18, 7)
  if ((kinds & ~(SEEN_POSITIVE | SEEN_NEGATIVE | SEEN_REAL)) == 0) return put_name(target, 25, 6)
  if (kinds == SEEN_TEXT) return put_name(target, 31, 7)
  return put_name(target, 38, 4)
}

/** The types of a document's values, in the document's own shape. */
export function json_structure(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  find_here()
  // written anew, so that equal keys are equal bytes
  const text = written(thread, found_from(), found_to())
  documentEnd = <u32>text + <u32>(text >> 32)
  enter(<u32>text, documentEnd)
  const root = new_node(thread)
  see(thread, root)
  const target = scratch_allocate_wide(thread, <u64>(text >> 32) * 10 + 16)
  const last = put_structure(target, root)
  scratch_trim(thread, target, last - target)
  return pack(target, last - target)
}
