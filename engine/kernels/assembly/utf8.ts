/** Bytes of a character in UTF-8. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function utf8_bytes(code: u32): u32 {
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
}

/** Writes a character; returns the end. */
export function put_utf8(target: u32, code: u32): u32 {
  if (code < 0x80) {
    store<u8>(target, code)
    return target + 1
  }
  const bytes = utf8_bytes(code)
  let rest = code
  for (let i = bytes - 1; i > 0; i--) {
    store<u8>(target + i, 0x80 | (rest & 63))
    rest >>= 6
  }
  store<u8>(target, ((0xf00 >> bytes) & 0xff) | rest)
  return target + bytes
}

/** Whether the bytes are UTF-8, as Unicode's table 3-7 has it. */
export function is_utf8(at: u32, end: u32): bool {
  while (at < end) {
    const first = <u32>load<u8>(at)
    if (first < 0x80) {
      at++
      continue
    }
    let more: u32
    let least: u32 = 0x80
    let most: u32 = 0xbf
    if (first < 0xc2) return false
    if (first < 0xe0) more = 1
    else if (first < 0xf0) {
      more = 2
      if (first == 0xe0) least = 0xa0
      if (first == 0xed) most = 0x9f
    } else if (first < 0xf5) {
      more = 3
      if (first == 0xf0) least = 0x90
      if (first == 0xf4) most = 0x8f
    } else return false
    if (end - at <= more) return false
    const second = <u32>load<u8>(at + 1)
    if (second < least || second > most) return false
    for (let i: u32 = 2; i <= more; i++) if ((load<u8>(at + i) & 0xc0) != 0x80) return false
    at += more + 1
  }
  return true
}
