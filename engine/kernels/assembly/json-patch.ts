import { begin, enter, enter_members, key_end, pass_member, peek, place, skip_key } from './json-cursor'
import { step_to_key } from './json-path'
import { has_escape, unescape, written_room } from './json-text'
import { put_value } from './json-write'
import { pack, scratch_allocate_wide } from './scratch'

let originalEnd: u32 = 0
let patchEnd: u32 = 0

/** Where the value of that key is in the object at `object`; 0 when nowhere. The key lies between `from` and `to`, in quotes. */
function member_of(thread: u32, object: u32, objectEnd: u32, from: u32, to: u32): u32 {
  let key = from + 1
  let length = to - from - 2
  const isEscaped = has_escape(key, to - 1)
  if (isEscaped) {
    key = <u32>scratch_allocate_wide(thread, length + 1)
    length = unescape(key, from + 1, to - 1) - key
  }
  enter(object, objectEnd)
  return step_to_key(thread, key, length) ? place() : 0
}

function put_whole(thread: u32, target: u32, from: u32, to: u32): u32 {
  enter(from, to)
  return put_value(thread, target)
}

/** A comma, unless the member is the first, its key and a colon. */
function put_key(thread: u32, target: u32, open: u32, from: u32, to: u32): u32 {
  if (target != open) store<u8>(target++, 44)
  target = put_whole(thread, target, from, to)
  store<u8>(target++, 58)
  return target
}

/** Writes the original (0: none) with the patch, of RFC 7396; returns the end. */
function put_patched(thread: u32, target: u32, original: u32, patch: u32): u32 {
  const isMerged = original != 0 && load<u8>(original) == 123 && load<u8>(patch) == 123
  if (!isMerged) return put_whole(thread, target, patch, patchEnd)
  store<u8>(target++, 123)
  const open = target
  // the members that stay as they are, and then those of the patch
  enter(original, originalEnd)
  enter_members()
  while (peek() != 125) {
    const from = place()
    skip_key()
    const to = key_end()
    const value = place()
    if (member_of(thread, patch, patchEnd, from, to) == 0) {
      target = put_key(thread, target, open, from, to)
      target = put_whole(thread, target, value, originalEnd)
    }
    pass_member(value, originalEnd)
  }
  enter(patch, patchEnd)
  enter_members()
  while (peek() != 125) {
    const from = place()
    skip_key()
    const to = key_end()
    const value = place()
    if (load<u8>(value) != 110) {
      const own = member_of(thread, original, originalEnd, from, to)
      target = put_key(thread, target, open, from, to)
      target = put_patched(thread, target, own, value)
    }
    pass_member(value, patchEnd)
  }
  store<u8>(target++, 125)
  return target
}

/** The first document with the members of the second in it; null takes a member away. */
export function json_merge_patch(thread: u32, ptr: u32, len: u32, patch: u32, patchLen: u32): u64 {
  if (!begin(ptr, len)) return 0
  const original = place()
  if (!begin(patch, patchLen)) return 0
  const change = place()
  originalEnd = ptr + len
  patchEnd = patch + patchLen
  const target = scratch_allocate_wide(thread, written_room(len) + written_room(patchLen))
  const last = put_patched(thread, target, original, change)
  return pack(target, last - target)
}
