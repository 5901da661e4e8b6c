import { Deflate, Inflate } from 'fflate'
import { fromBase64Url, toBase64Url } from './base64url.ts'
import { crc32 } from './crc32.ts'
import { fromJson, toJson, type SavedNotebook } from './notebook-file.ts'

/**
 * A notebook as the hash of a URL: `#n1.<codec>.<payload>.<crc>`.
 *
 * - `n1`: the version of this layout. An unknown one is refused.
 * - codec: `d` raw deflate, `p` plain, whichever is shorter.
 * - payload: UTF-8 JSON, encoded by the codec, in base64url.
 * - crc: CRC-32 of the JSON's bytes, 8 hex digits: a link cut short or mistyped is noticed.
 */
const VERSION = 'n1'

/** Beyond these, a link is shown amber, then a file is offered instead: chat programs cut long addresses. */
export const COMFORTABLE_LENGTH = 2_000
export const LONGEST_LENGTH = 8_000

/** What a link may unfold to; a small payload can claim gigabytes. */
const MAX_JSON_BYTES = 4 * 2 ** 20
const MAX_HASH_LENGTH = 2 * 2 ** 20

/** Why a link cannot be opened, in a sentence for the person. */
export class LinkError extends Error {
  override readonly name = 'LinkError'
}

export function encodeLink(saved: SavedNotebook): string {
  const json = new TextEncoder().encode(toJson(saved))
  const deflated = deflate(json)
  const [codec, payload] = deflated.length < json.length ? ['d', deflated] : ['p', json]
  return `#${VERSION}.${codec}.${toBase64Url(payload)}.${crc32(json).toString(16).padStart(8, '0')}`
}

/** Null when the hash is no notebook link at all. Throws LinkError or NotebookFormatError when it is a bad one. */
export function decodeLink(hash: string): SavedNotebook | null {
  const text = hash.replace(/^#/, '')
  if (!/^n\d+\./.test(text)) return null
  if (text.length > MAX_HASH_LENGTH)
    throw new LinkError('This link is too long to be a notebook. Ask for the notebook as a file.')
  const [version, codec, payload = '', crc = '', ...rest] = text.split('.')
  if (version !== VERSION) {
    throw new LinkError(
      `This link uses format ${version}, which this Lakebook does not know. Reload the page to get the newest version.`,
    )
  }
  const bytes = rest.length === 0 && /^[0-9a-f]{8}$/.test(crc) ? fromBase64Url(payload) : null
  const json = bytes && decode(codec, bytes)
  if (!json || crc32(json).toString(16).padStart(8, '0') !== crc) {
    throw new LinkError(
      'This link is damaged: part of it is missing or was changed on the way. Ask for it again, or for the notebook as a file.',
    )
  }
  return fromJson(new TextDecoder().decode(json))
}

function decode(codec: string | undefined, bytes: Uint8Array): Uint8Array | null {
  switch (codec) {
    case 'p':
      return bytes
    case 'd':
      return inflate(bytes)
    default:
      throw new LinkError(
        `This link is packed with "${codec}", which this Lakebook does not know. Reload the page to get the newest version.`,
      )
  }
}

function deflate(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = []
  const stream = new Deflate({ level: 9 }, (chunk) => chunks.push(chunk))
  stream.push(bytes, true)
  return concat(chunks)
}

/** Null when the bytes are not deflate. Stops as soon as the output passes the cap, so a bomb costs nothing. */
function inflate(bytes: Uint8Array): Uint8Array | null {
  const chunks: Uint8Array[] = []
  let total = 0
  const stream = new Inflate((chunk) => {
    total += chunk.length
    if (total > MAX_JSON_BYTES) {
      throw new LinkError('This link unfolds to more than 4 MiB, which no notebook needs. It was not opened.')
    }
    chunks.push(chunk)
  })
  try {
    const step = 4096
    for (let at = 0; at < bytes.length; at += step) {
      stream.push(bytes.subarray(at, at + step), at + step >= bytes.length)
    }
  } catch (error) {
    if (error instanceof LinkError) throw error
    return null
  }
  return concat(chunks)
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    result.set(chunk, at)
    at += chunk.length
  }
  return result
}
