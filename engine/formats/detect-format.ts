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

/** What a file is: by its first bytes, else by its name, else by whether it is text. */
export async function detectFormat(source: ByteSource, signal?: AbortSignal): Promise<FileFormat> {
  const head = await source.read(0, Math.min(PEEKED_BYTES, source.length), signal)
  const magic = String.fromCharCode(...head.subarray(0, 6))
  if (magic.startsWith('PAR1') || magic.startsWith('PARE')) return 'parquet'
  if (magic === 'ARROW1') return 'arrow'
  const named = ENDINGS.find(([ending]) => ending.test(source.name.replace(/\.gz$/i, '')))
  if (named !== undefined) return named[1]
  if (head.length > 4 && head.subarray(0, 4).every((byte) => byte === 0xff)) return 'arrow'
  if (head.length === 0 || head.includes(0)) return 'parquet'
  const first = head.find((byte) => !isBlank(byte))
  return first === OPENING_BRACE || first === OPENING_BRACKET ? 'json' : 'csv'
}

const OPENING_BRACE = 123
const OPENING_BRACKET = 91

function isBlank(byte: number): boolean {
  return byte === 32 || byte === 9 || byte === 10 || byte === 13
}
