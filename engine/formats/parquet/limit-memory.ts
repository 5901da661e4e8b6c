import { internalError } from '../../errors.ts'

const MEMORY_SECTION = 5
const HEADER_BYTES = 8
const PAGE_BYTES = 65_536

/**
 * A Wasm binary whose own memory has a maximum: a copy of `binary` with its memory section rewritten. The module must
 * define one unshared 32-bit memory. A section is its id (u8), its size (LEB128) and its content; this one's content is
 * a count of 1, flags (0: no maximum, 1: a maximum), initial pages and maximum pages.
 */
export function limitMemory(binary: Uint8Array, maximumBytes: number): Uint8Array<ArrayBuffer> {
  let at = HEADER_BYTES
  while (at < binary.length) {
    const id = binary[at]
    const size = readLeb(binary, at + 1)
    const end = size.next + size.value
    if (id === MEMORY_SECTION) {
      const flags = binary[size.next + 1] ?? 0
      if (binary[size.next] !== 1 || flags > 1)
        throw internalError('the decoder has a memory of an unknown kind')
      const initial = readLeb(binary, size.next + 2).value
      const maximum = Math.max(initial, Math.floor(maximumBytes / PAGE_BYTES))
      const content = [1, 1, ...leb(initial), ...leb(maximum)]
      const section = [MEMORY_SECTION, ...leb(content.length), ...content]
      const result = new Uint8Array(at + section.length + binary.length - end)
      result.set(binary.subarray(0, at))
      result.set(section, at)
      result.set(binary.subarray(end), at + section.length)
      return result
    }
    at = end
  }
  throw internalError('the decoder has no memory of its own')
}

function readLeb(bytes: Uint8Array, from: number): { readonly value: number; readonly next: number } {
  let value = 0
  let at = from
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return { value: value >>> 0, next: at }
  }
}

function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)]
}
