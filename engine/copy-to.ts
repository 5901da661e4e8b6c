import type { Statement } from './binder/statement.ts'
import { nearestName } from './catalog/nearest-name.ts'
import { LakebookError, unsupported } from './errors.ts'
import type { SavedFile } from './lakebook.ts'
import type { OpenOutput } from './storage/file-output.ts'
import { writeRows, type RowsFormat, type RowsOptions, type RowsToWrite } from './write-rows.ts'

type Copy = Statement & { kind: 'copy' }

const FORMATS: Readonly<Record<string, RowsFormat>> = {
  csv: 'csv',
  tsv: 'csv',
  parquet: 'parquet',
  json: 'json',
  ndjson: 'json',
  jsonl: 'json',
  arrow: 'arrow',
  arrows: 'arrow',
  ipc: 'arrow',
  feather: 'arrow',
}

/** Writes the rows of COPY … TO. Nothing is left of a file that was not finished. */
export async function writeCopy(
  statement: Copy,
  options: RowsOptions,
  rows: RowsToWrite,
  openOutput: OpenOutput | null,
): Promise<{ readonly file: SavedFile; readonly rowCount: number }> {
  if (openOutput === null) {
    throw new LakebookError('forbidden', 'COPY … TO may not write files here', {
      hint: 'Open Lakebook with outputFolder to let statements write into that folder.',
    })
  }
  const output = await openOutput(statement.target)
  let bytes = 0
  try {
    const rowCount = await writeRows(rows, options, async (chunk) => {
      bytes += chunk.length
      await output.write(chunk)
    })
    return { file: { name: statement.target, bytes, blob: await output.finish() }, rowCount }
  } catch (error) {
    await output.abandon()
    throw error
  }
}

/** The format is the option's, or that of the file's ending. Errors: `invalid_argument`, `unsupported`. */
export function copyOptions({ target, options }: Copy): RowsOptions {
  const ending = /\.([a-z]+)$/i.exec(target)?.[1]?.toLowerCase() ?? ''
  const named = options.find(({ name }) => name === 'format')?.value
  const format = FORMATS[typeof named === 'string' ? named.toLowerCase() : ending]
  if (named !== undefined && (typeof named !== 'string' || format === undefined)) {
    throw unsupported(`COPY in the format ${String(named)}`, undefined, 'Write parquet, csv, json or arrow.')
  }
  const chosen: RowsOptions = { format: format ?? 'csv', ...(ending === 'tsv' ? { delimiter: '\t' } : {}) }
  return options.reduce((known, { name, value }) => withOption(known, name, value), chosen)
}

const OPTIONS = ['format', 'header', 'delimiter', 'nullstr', 'array', 'compression', 'overwrite_or_ignore']

function withOption(options: RowsOptions, name: string, value: unknown): RowsOptions {
  switch (name) {
    case 'format':
    case 'overwrite':
    case 'overwrite_or_ignore':
      return options
    case 'header':
      return { ...options, header: truth(name, value) }
    case 'array':
      return { ...options, array: truth(name, value) }
    case 'delim':
    case 'delimiter':
    case 'sep':
      if (typeof value !== 'string' || value.length !== 1 || value === '"') {
        throw new LakebookError('invalid_argument', `COPY: ${name} takes one character`)
      }
      return { ...options, delimiter: value }
    case 'null':
    case 'nullstr':
      if (typeof value !== 'string') throw new LakebookError('invalid_argument', `COPY: ${name} takes a text`)
      return { ...options, nullText: value }
    case 'codec':
    case 'compression':
      if (options.format === 'parquet' && String(value).toLowerCase() === 'zstd') return options
      throw unsupported(`COPY with ${name} ${String(value)}`, undefined, 'Parquet is written with ZSTD.')
    default: {
      const nearest = nearestName(name, OPTIONS)
      throw unsupported(
        `COPY with ${name}`,
        undefined,
        nearest === null ? `The options are ${OPTIONS.join(', ')}.` : `Did you mean ${nearest}?`,
      )
    }
  }
}

function truth(name: string, value: unknown): boolean {
  if (value === null || value === true || value === 1) return true
  if (value === false || value === 0) return false
  if (typeof value === 'string' && /^(true|false)$/i.test(value)) return value.toLowerCase() === 'true'
  throw new LakebookError('invalid_argument', `COPY: ${name} takes true or false`)
}
