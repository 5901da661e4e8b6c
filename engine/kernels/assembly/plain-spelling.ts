import { is_digit, is_space } from './number-text'

// What the sniffer takes for a value of a type, which is less than what a cast takes.

/** Neither a plus, nor zeros in front, nor letters but an exponent's: what the sniffer takes for a number. */
function is_plain_number(start: u32, length: u32): bool {
  let at = start
  let end = start + length
  while (at < end && is_space(load<u8>(at))) at++
  while (end > at && is_space(load<u8>(end - 1))) end--
  if (at < end && load<u8>(at) == 45) at++
  if (at == end) return false
  const first = <u32>load<u8>(at)
  if (!is_digit(first) && first != 46) return false
  if (first == 48 && at + 1 < end) {
    const next = <u32>load<u8>(at + 1)
    if (is_digit(next)) return false
    if ((next | 32) == 120) return true
  }
  for (; at < end; at++) {
    const char = <u32>load<u8>(at)
    if (!is_digit(char) && char != 46 && (char | 32) != 101 && char != 43 && char != 45) return false
  }
  return true
}

/** Whether there is an offset from UTC, or Z, behind the time: then the text is an instant. */
function has_offset(start: u32, length: u32): bool {
  if ((<u32>load<u8>(start + length - 1) | 32) == 122) return true
  for (let at: u32 = 11; at < length; at++) {
    const char = load<u8>(start + at)
    if (char == 43 || char == 45) return true
  }
  return false
}

function is_boolean_word(start: u32, length: u32): bool {
  let first: u32 = 32
  let letters: u32 = 0
  for (let at: u32 = 0; at < length; at++) {
    const char = <u32>load<u8>(start + at)
    if (is_digit(char)) return false
    if (is_space(char)) continue
    if (letters++ == 0) first = char | 32
  }
  return letters > 1 || first == 116 || first == 102
}

function is_four_digits(start: u32): bool {
  for (let at: u32 = 0; at < 4; at++) if (!is_digit(load<u8>(start + at))) return false
  return true
}

/** What only the sniffer asks for: a BIGINT has no fraction, a TIMESTAMP has a time and no offset. */
export function is_plain(state: u32, type: u32, start: u32, length: u32): bool {
  switch (type) {
    case 0:
      // neither 1 nor y
      return is_boolean_word(start, length)
    case 4:
    case 12:
      if (!is_plain_number(start, length)) return false
      for (let at: u32 = 0; at < length; at++) {
        const char = <u32>load<u8>(start + at)
        if (char == 46 || (char == 101 || char == 69) && !(length > 1 && (load<u8>(start, 1) | 32) == 120)) return false
      }
      return true
    case 10:
      return is_plain_number(start, length)
    case 13:
      // a year has four digits
      return load<u32>(state, 24) != 0 || (length > 7 && is_four_digits(start))
    case 15:
      return (
        load<u32>(state, 24) != 0 || (length > 10 && is_four_digits(start) && !has_offset(start, length))
      )
    case 16:
      return length > 10 && has_offset(start, length)
    default:
      return true
  }
}
