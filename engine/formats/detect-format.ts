import { LakebookError } from '../errors.ts'
import type { ByteSource } from './byte-source.ts'

export type FileFormat = 'parquet' | 'csv' | 'json' | 'ndjson' | 'arrow'

const ENDINGS: readonly (readonly [RegExp, FileFormat])[] = [
  [/\.(parquet|parq|pq)$/i, 'parquet'],
  [/\.(csv|tsv|tab|txt)$/i, 'csv'],
  [/\.(ndjson|jsonl)$/i, 'ndjson'],
  [/\.json$/i, 'json'],
  [/\.(arrow|arrows|feather|ipc)$/i, 'arrow'],
]
const PEEKED_BYTES = 4096

/** What other files begin with, byte by byte. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['PK\x03\x04', 'a ZIP archive, as those of Excel are'],
  ['\xd0\xcf\x11\xe0', 'an old Excel or Word file'],
  ['%PDF-', 'a PDF'],
  ['SQLite format 3', 'a SQLite database'],
  ['\x28\xb5\x2f\xfd', 'compressed with Zstandard'],
  ['Obj\x01', 'an Avro file'],
  ['\x89PNG', 'a picture'],
  ['\xff\xd8\xff', 'a picture'],
  ['GIF8', 'a picture'],
]

/** What a file is: by its first bytes, else by its name, else by whether it is text. Errors: `not_readable`. */
export async function detectFormat(source: ByteSource, signal?: AbortSignal): Promise<FileFormat> {
  const head = await source.read(0, Math.min(PEEKED_BYTES, source.length), signal)
  const magic = String.fromCharCode(...head.subarray(0, 16))
  if (magic.startsWith('PAR1') || magic.startsWith('PARE')) return 'parquet'
  if (magic.startsWith('ARROW1')) return 'arrow'
  const foreign = FOREIGN.find(([bytes]) => magic.startsWith(bytes))
  if (foreign !== undefined) {
    throw new LakebookError('not_readable', `${source.name} is ${foreign[1]}`, {
      hint: 'Parquet, CSV, JSON and Arrow files are read: save it as one of these.',
    })
  }
  const named = ENDINGS.find(([ending]) => ending.test(source.name.replace(/\.gz$/i, '')))
  if (named !== undefined) {
    if (named[1] !== 'parquet' && named[1] !== 'arrow' && isBinary(head)) {
      throw new LakebookError('not_readable', `${source.name} is not text, as its name says`, {
        hint: 'If it is text in UTF-16, save it as UTF-8.',
      })
    }
    return named[1]
  }
  if (head.length > 4 && head.subarray(0, 4).every((byte) => byte === 0xff)) return 'arrow'
  if (head.length === 0 || head.includes(0)) return 'parquet'
  const first = head.find((byte) => !isBlank(byte))
  return first === OPENING_BRACE || first === OPENING_BRACKET ? 'json' : 'csv'
}

/** Text has no byte of zero, but for UTF-16, which its first two bytes tell; what is packed is looked into later. */
function isBinary(head: Uint8Array): boolean {
  const [first, second] = head
  const isPacked = first === 0x1f && second === 0x8b
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)
  return !isPacked && !isMarked && head.includes(0)
}

const OPENING_BRACE = 123
const OPENING_BRACKET = 91

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13
}
