import { enter, enter_members, move_to, next_member, peek, place, skip_blanks, skip_string, skip_value } from './json-cursor'
import { has_escape, put_number, put_string, unescape, written_room } from './json-text'
import { is_digit } from './number-text'
import { say } from './outcome'
import { pack, scratch_allocate_wide } from './scratch'

const NULL: i32 = 1

/** Writes the valid value at `at` in DuckDB's spelling, and passes over it; returns the end. */
export function put_value(thread: u32, target: u32): u32 {
  skip_blanks()
  const from = place()
  switch (peek()) {
    case 34: {
      skip_string()
      if (!has_escape(from + 1, place() - 1)) {
        memory.copy(target, from, place() - from)
        return target + (place() - from)
      }
      const text = <u32>scratch_allocate_wide(thread, place() - from)
      const length = unescape(text, from + 1, place() - 1) - text
      return put_string(target, text, length)
    }
    case 123:
    case 91: {
      const close: u32 = peek() == 123 ? 125 : 93
      store<u8>(target++, peek())
      enter_members()
      let isFirst = true
      while (peek() != close) {
        if (!isFirst) store<u8>(target++, 44)
        isFirst = false
        target = put_value(thread, target)
        skip_blanks()
        if (close == 125) {
          move_to(place() + 1)
          store<u8>(target++, 58)
          target = put_value(thread, target)
        }
        next_member()
      }
      move_to(place() + 1)
      store<u8>(target++, close)
      return target
    }
    default: {
      skip_value()
      const first = load<u8>(from)
      if (first == 45 || is_digit(first)) return put_number(thread, target, from, place())
      memory.copy(target, from, place() - from)
      return target + (place() - from)
    }
  }
}

/** A value between two places in DuckDB's spelling. */
export function written(thread: u32, from: u32, to: u32): u64 {
  const target = scratch_allocate_wide(thread, written_room(to - from))
  enter(from, to)
  const last = put_value(thread, target)
  return pack(target, last - target)
}

/** What a string says, or another value's text; NULL for `null`. */
export function written_text(thread: u32, from: u32, to: u32): u64 {
  const first = load<u8>(from)
  if (first == 110) {
    say(NULL)
    return 0
  }
  if (first != 34) return written(thread, from, to)
  if (!has_escape(from + 1, to - 1)) return pack(from + 1, to - from - 2)
  const target = scratch_allocate_wide(thread, to - from)
  return pack(target, unescape(target, from + 1, to - 1) - target)
}
