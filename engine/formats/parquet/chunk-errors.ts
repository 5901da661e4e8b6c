import { LakebookError } from '../../errors.ts'
import { DecoderRefusal } from './decoder.ts'
import { CODECS, corrupt, type ColumnChunk } from './footer.ts'
import type { ParquetLayout } from './parquet-layout.ts'
import type { ParquetLocator } from './chunk-part.ts'

/** @throws `encrypted_file`, `not_readable` */
export function checkReadable(chunk: ColumnChunk, place: string): void {
  if (chunk.encrypted) {
    throw new LakebookError('encrypted_file', `${place} is encrypted`, {
      hint: 'Lakebook has no keys; select columns that are not encrypted.',
    })
  }
  if (chunk.elsewhere) throw new LakebookError('not_readable', `${place} lies in another file`)
  const codec = CODECS[chunk.codec]
  if (codec === undefined || codec === 'LZO') {
    throw new LakebookError(
      'not_readable',
      `${place} is compressed with ${codec ?? `codec ${chunk.codec}`}`,
      {
        hint: 'Lakebook reads Snappy, Gzip, Brotli, LZ4, Zstandard and uncompressed columns.',
      },
    )
  }
}

/** What the decoder says, with the place. A trap is a damaged chunk as far as anyone can tell. */
export function explain(error: unknown, place: string): unknown {
  if (error instanceof LakebookError) return error
  if (
    error instanceof DecoderRefusal &&
    /not supported|unsupported|not implemented|NYI/i.test(error.message)
  ) {
    return new LakebookError('not_readable', `${place} cannot be decoded: ${error.message}`, { cause: error })
  }
  if (error instanceof DecoderRefusal) return corrupt(place, error.message, error)
  if (error instanceof WebAssembly.RuntimeError) return corrupt(place, 'its pages cannot be decoded', error)
  return error
}

/** Too little memory or disk. */
export function isShortage(error: unknown): error is LakebookError {
  return error instanceof LakebookError && (error.code === 'out_of_memory' || error.code === 'out_of_disk')
}

/** A row that the heap has no room for, which nothing can cut. */
export function singleRow(
  error: LakebookError,
  layout: ParquetLayout,
  { file, rowGroup, offset }: ParquetLocator,
): LakebookError {
  const { name = '' } = layout.files[file] ?? {}
  const place = `${name}, row group ${rowGroup}, row ${offset}`
  return new LakebookError(
    'out_of_memory',
    `${place} does not fit into the heap as a whole: ${error.message}`,
    {
      hint: 'Raise the budget with SET memory_limit, or select fewer columns.',
      cause: error,
    },
  )
}
