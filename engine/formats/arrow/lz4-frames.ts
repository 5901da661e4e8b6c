import { LakebookError } from '../../errors.ts'

const MAGIC = 0x184d2204
const PLAIN_BLOCK = 0x8000_0000
const LEAST_MATCH = 4
/** A length of 15 in four bits goes on in the bytes behind. */
const LONG = 15

function damaged(what: string): LakebookError {
  return new LakebookError('corrupt_file', `An LZ4 frame is damaged: ${what}`)
}

/**
 * Decompresses LZ4 frames (lz4's doc/lz4_Frame_format.md), one after the other, into `output`, whose length is known
 * from outside. Blocks may look back into those before. Checksums are not looked at.
 *
 * @throws `corrupt_file` unless the frames hold exactly as many bytes
 */
export function decompressLz4Frames(bytes: Uint8Array, output: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  let written = 0
  const need = (count: number): number => {
    const from = at
    if (from + count > bytes.length) throw damaged('it is cut off')
    at += count
    return from
  }
  while (at < bytes.length) {
    if (view.getUint32(need(4), true) !== MAGIC) throw damaged('it does not begin as one')
    const flags = view.getUint8(need(2))
    if (flags >> 6 !== 1) throw damaged('its version is not known')
    // content size, dictionary, and the checksum of the header
    need((flags & 8 ? 8 : 0) + (flags & 1 ? 4 : 0) + 1)
    for (let size = view.getUint32(need(4), true); size !== 0; size = view.getUint32(need(4), true)) {
      const length = size & ~PLAIN_BLOCK
      const from = need(length)
      const block = bytes.subarray(from, from + length)
      if ((size & PLAIN_BLOCK) === 0) written = decompressBlock(block, output, written)
      else {
        if (written + length > output.length) throw damaged('it holds more than it should')
        output.set(block, written)
        written += length
      }
      if (flags & 16) need(4)
    }
    if (flags & 4) need(4)
  }
  if (written !== output.length) throw damaged('it holds less than it should')
}

/** Writes what the block holds from `written` on; returns where it ends. */
function decompressBlock(block: Uint8Array, output: Uint8Array, written: number): number {
  let at = 0
  let to = written
  const length = (short: number): number => {
    let sum = short
    if (short !== LONG) return sum
    for (;;) {
      const more = block[at++]
      if (more === undefined) throw damaged('a length is cut off')
      sum += more
      if (more !== 255) return sum
    }
  }
  while (at < block.length) {
    const token = block[at++]!
    const literals = length(token >> 4)
    if (at + literals > block.length || to + literals > output.length) throw damaged('a literal is too long')
    output.set(block.subarray(at, at + literals), to)
    at += literals
    to += literals
    if (at === block.length) return to
    if (at + 2 > block.length) throw damaged('a match is cut off')
    const distance = block[at]! | (block[at + 1]! << 8)
    at += 2
    const count = length(token & LONG) + LEAST_MATCH
    if (distance === 0 || distance > to || to + count > output.length) throw damaged('a match lies outside')
    to = copyMatch(output, to, distance, count)
  }
  return to
}

/** A match may reach into what it writes: then it repeats. Each copy doubles what there is to copy. */
function copyMatch(output: Uint8Array, to: number, distance: number, count: number): number {
  const end = to + count
  let step = distance
  for (let at = to; at < end;) {
    const part = Math.min(step, end - at)
    output.copyWithin(at, at - step, at - step + part)
    at += part
    if (part === step) step *= 2
  }
  return end
}
