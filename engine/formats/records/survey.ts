import { LakebookError } from '../../errors.ts'
import { formatBytes } from '../../memory/format-bytes.ts'
import { throwIfCancelled, type ByteSource } from '../byte-source.ts'
import type { ReadWatch } from '../read-watch.ts'
import { badRecordError, firstBadRecord } from './bad-record.ts'
import { keyOf, vectorOf } from './records-loader.ts'
import type { RecordChunk, RecordFile, RecordsLayout } from './records-layout.ts'
import { TextArea, type RecordReader, type SplitRequest } from './text-area.ts'

export interface SurveyOptions {
  /** Text read at a time. */
  readonly chunkBytes: number
  /** The longest record that is tried. */
  readonly mostChunkBytes: number
  /** Columns of the first chunks are kept in the cache. */
  readonly keep: boolean
}

/**
 * Reads a file from `begin` on and finds where its records are, in whole chunks that any thread can read by itself.
 * Quoted line breaks are followed from the start, so it goes through the file once, in order. When bad records are left
 * out, every value is checked here: which records there are does not depend on the columns that a query reads.
 * `watch` is told how much of this file is done.
 *
 * Errors: `corrupt_file` naming line and column when bad records are errors, or when there is a record of more than
 * `mostChunkBytes`.
 */
export async function surveyFile(
  reader: RecordReader,
  layout: RecordsLayout,
  index: number,
  source: ByteSource,
  begin: { readonly offset: number; readonly line: number },
  options: SurveyOptions,
  { signal, tell }: ReadWatch = {},
): Promise<readonly RecordChunk[]> {
  const file = layout.files[index]!
  const chunks: RecordChunk[] = []
  let { offset, line } = begin
  let size = options.chunkBytes
  let records = 0
  while (offset < source.length) {
    throwIfCancelled(signal)
    const bytes = Math.min(size, source.length - offset)
    const text = await source.read(offset, bytes, signal)
    const last = offset + bytes === source.length
    let found: ReturnType<typeof surveyText>
    try {
      const place = { file, index, chunk: chunks.length }
      found = surveyText(reader, layout, place, text, { offset, line, last }, options)
    } finally {
      source.giveBack?.(text)
    }
    if (found === null) {
      if (size >= options.mostChunkBytes) throw tooLong(file, line, size)
      size = Math.min(options.mostChunkBytes, size * 2)
      continue
    }
    chunks.push(found.chunk)
    offset += found.chunk.bytes
    records += found.chunk.records
    await tell?.(`Reading ${file.name}`, offset / source.length, records)
    line = found.line
    size = options.chunkBytes
  }
  return chunks
}

/** Null when the text holds no whole record. */
function surveyText(
  reader: RecordReader,
  layout: RecordsLayout,
  { file, index, chunk }: { readonly file: RecordFile; readonly index: number; readonly chunk: number },
  text: Uint8Array,
  { offset, line, last }: { readonly offset: number; readonly line: number; readonly last: boolean },
  { keep }: SurveyOptions,
): { readonly chunk: RecordChunk; readonly line: number } | null {
  const area = new TextArea(reader, file.format, text)
  try {
    const checked = layout.bad === 'reject'
    const request: SplitRequest = { last, line, wanted: null, keep: checked ? 'places' : 'nothing' }
    const outcome = area.split(request)
    if (outcome.bytes === 0 && !last) return null
    let records = outcome.records
    if (checked) {
      let failures = 0
      for (const [field, reading] of file.readings.entries()) failures += area.check(field, reading).failures
      if (failures > 0) records = area.dropBad()
      if (keep) keepColumns(reader, layout, { index, chunk, records }, area)
    } else if (outcome.rejected > 0) {
      throw badRecordError(file, firstBadRecord(reader, area, request))
    }
    const rejects = outcome.rejected + outcome.records - records
    const bytes = last ? text.length : outcome.bytes
    return { chunk: { offset, bytes, line, records, rejects, last }, line: outcome.line }
  } finally {
    area.close()
  }
}

/** Small files are parsed once: their columns are in the cache when the first query comes. */
function keepColumns(
  reader: RecordReader,
  layout: RecordsLayout,
  { index, chunk, records }: { readonly index: number; readonly chunk: number; readonly records: number },
  area: TextArea,
): void {
  const locator = { file: index, chunk, from: 0, records }
  const { cache } = reader
  for (const [column] of layout.fields.entries()) {
    const key = keyOf(layout, locator, column)
    try {
      const { vector, pointer, bytes } = vectorOf(reader, layout, locator, area, column)
      cache.put(key, vector, pointer, bytes)
      cache.unpin(key)
    } catch (error) {
      if (error instanceof LakebookError && error.code === 'out_of_memory') return
      throw error
    }
  }
}

function tooLong(file: RecordFile, line: number, bytes: number): LakebookError {
  const quote = file.format.kind === 'delimited' && file.format.quote !== null
  return new LakebookError(
    'budget_too_small',
    `${file.name}, line ${line}: the record that begins here is longer than ${formatBytes(bytes)}, the most that this memory budget can read as one`,
    {
      hint: quote
        ? "Raise the memory budget; or, if a quote is missing there, read the file with quote = ''."
        : 'Raise the memory budget.',
    },
  )
}
