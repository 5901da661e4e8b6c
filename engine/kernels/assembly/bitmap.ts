/** Bit `index` of a bitmap; 1 where there is no bitmap (0): then all are valid. */
// @ts-ignore: AssemblyScript's decorator
@inline
export function bit_at(bitmap: u32, index: u32): u32 {
  return bitmap == 0 ? 1 : (<u32>load<u8>(bitmap + (index >> 3)) >> (index & 7)) & 1
}

// @ts-ignore: AssemblyScript's decorator
@inline
export function set_bit(bitmap: u32, index: u32): void {
  const byte = bitmap + (index >> 3)
  store<u8>(byte, load<u8>(byte) | (<u8>1 << <u8>(index & 7)))
}
