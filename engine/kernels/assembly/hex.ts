const hexDigits: usize = memory.data<u8>([48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 65, 66, 67, 68, 69, 70])

/** 0 to 9 and A to F. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function hex_digit(value: u32): u32 {
  return load<u8>(hexDigits + value)
}

/** 0 to 9 and a to f. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function small_hex_digit(value: u32): u32 {
  return hex_digit(value) | 32
}

/** What a hexadecimal digit, small or capital, stands for; 16 for any other character. */
export function hex_value(char: u32): u32 {
  if (char - 48 < 10) return char - 48
  const letter = (char | 32) - 97
  return letter < 6 ? letter + 10 : 16
}

/** What four hexadecimal digits stand for; -1 when one of them is none. */
export function hex4_value(at: u32): i32 {
  let value: u32 = 0
  for (let i: u32 = 0; i < 4; i++) {
    const digit = hex_value(load<u8>(at + i))
    if (digit > 15) return -1
    value = (value << 4) | digit
  }
  return value
}
