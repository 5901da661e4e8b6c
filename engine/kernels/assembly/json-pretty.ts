import { begin, enter_members, move_to, next_member, peek, place, skip_blanks, skip_key } from './json-cursor'
import { written_room } from './json-text'
import { put_value } from './json-write'
import { pack, scratch_allocate_wide, scratch_trim } from './scratch'

function put_line(target: u32, level: u32): u32 {
  store<u8>(target++, 10)
  memory.fill(target, 32, level * 4)
  return target + level * 4
}

/** Writes the value at the place with a line for each member; returns the end. */
function put_pretty(thread: u32, target: u32, level: u32): u32 {
  skip_blanks()
  const first = peek()
  if (first != 123 && first != 91) return put_value(thread, target)
  const close: u32 = first == 123 ? 125 : 93
  store<u8>(target++, first)
  enter_members()
  let isFirst = true
  while (peek() != close) {
    if (!isFirst) store<u8>(target++, 44)
    isFirst = false
    target = put_line(target, level + 1)
    if (close == 125) {
      const from = place()
      skip_key()
      const value = place()
      move_to(from)
      target = put_value(thread, target)
      store<u16>(target, 0x203a)
      target += 2
      move_to(value)
    }
    target = put_pretty(thread, target, level + 1)
    next_member()
  }
  if (!isFirst) target = put_line(target, level)
  move_to(place() + 1)
  store<u8>(target++, close)
  return target
}

/** Bytes that indents may take: brackets and commas begin lines, each as deep as the brackets that are open. */
function room_of_indents(ptr: u32, len: u32): u64 {
  let room: u64 = 0
  let level: u64 = 0
  let isText = false
  for (let i: u32 = 0; i < len; i++) {
    const char = load<u8>(ptr + i)
    if (isText && char == 92) i++
    if (char == 34) isText = !isText
    if (isText) continue
    if (char == 123 || char == 91) level++
    if (char == 123 || char == 91 || char == 125 || char == 93 || char == 44) room += level * 4 + 6
    if ((char == 125 || char == 93) && level > 0) level--
  }
  return room
}

export function json_pretty(thread: u32, ptr: u32, len: u32): u64 {
  if (!begin(ptr, len)) return 0
  const target = scratch_allocate_wide(thread, written_room(len) + room_of_indents(ptr, len))
  const last = put_pretty(thread, target, 0)
  scratch_trim(thread, target, last - target)
  return pack(target, last - target)
}
