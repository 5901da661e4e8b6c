import type { DelimitedFormat } from '../records/record-format.ts'
import { TextArea, type RecordReader } from '../records/text-area.ts'
import type { CsvOptions } from './csv-options.ts'

export interface Dialect {
  readonly format: DelimitedFormat
  /** Lines at the top with other numbers of columns: titles and notes. */
  readonly notes: number
}

const DELIMITERS = [',', '|', ';', '\t']
/** Quote and escape. */
const QUOTES: readonly (readonly [string, string])[] = [
  ['"', '"'],
  ['"', '\\'],
  ["'", "'"],
  ["'", '\\'],
  ['', ''],
]
const DIALECT_ROWS = 2048

interface Candidate extends Dialect {
  readonly score: number
}

/**
 * Finds delimiter, quote and escape: those by which most lines of the sample have the same number of columns, and more
 * than one. Titles at the top do not count. `whole`: the sample is the file.
 */
export function sniffDialect(
  reader: RecordReader,
  sample: Uint8Array,
  whole: boolean,
  options: CsvOptions,
): Dialect {
  let best: Candidate | null = null
  for (const [quote, escape] of quotesOf(options)) {
    for (const delimiter of options.delimiter === null ? DELIMITERS : [options.delimiter]) {
      const candidate = judged(reader, sample, whole, options, { delimiter, quote, escape })
      if (candidate !== null && (best === null || candidate.score > best.score)) best = candidate
    }
  }
  if (best !== null) return best
  const [quote, escape] = quotesOf(options)[0]!
  const delimiter = options.delimiter ?? ','
  return { format: formatOf(options, { delimiter, quote, escape }, 1), notes: 0 }
}

interface Characters {
  readonly delimiter: string
  readonly quote: string
  readonly escape: string
}

function quotesOf({ quote, escape }: CsvOptions): readonly (readonly [string, string])[] {
  if (quote !== null && escape !== null) return [[quote, escape]]
  if (quote !== null)
    return quote === ''
      ? [['', '']]
      : [
          [quote, quote],
          [quote, '\\'],
        ]
  if (escape !== null)
    return [
      ['"', escape],
      ["'", escape],
    ]
  return QUOTES
}

/** Null when hardly any line has more than one column by these characters. */
function judged(
  reader: RecordReader,
  sample: Uint8Array,
  whole: boolean,
  options: CsvOptions,
  characters: Characters,
): Candidate | null {
  const area = new TextArea(reader, formatOf(options, characters, 0), sample)
  let counts: Uint32Array
  try {
    counts = area.fieldCounts(DIALECT_ROWS, whole)
  } finally {
    area.close()
  }
  const rows = counts.length
  const columns = commonest(counts)
  if (columns < 2) return null
  const fits = (count: number): boolean =>
    count === columns || count % EMPTY_LAST === columns || count === columns + 1 + EMPTY_LAST
  const notes = counts.findIndex(fits)
  let good = 0
  let broken = 0
  for (const count of counts) {
    if (fits(count)) good++
    if (count === 0) broken++
  }
  const share = good / (rows - notes)
  if (share <= 0.5 && !(options.padding || options.delimiter !== null)) return null
  // quotes that are used, and close, are quotes
  const used = characters.quote !== '' && quotedFields(sample, characters) > Math.max(0, broken * 4)
  const bonus = used && (characters.quote === '"' || broken === 0) ? 0.1 : 0
  const score = share + bonus - Math.min(0.5, notes * 0.05) + Math.min(columns, 1000) * 1e-6
  return { format: formatOf(options, characters, columns), notes, score }
}

/** Marks a count of fields of which the last is empty. */
const EMPTY_LAST = 2 ** 31

/** The number of fields that most lines have; of two that are as common, the greater. */
function commonest(counts: Uint32Array): number {
  const lines = new Map<number, number>()
  for (const count of counts) lines.set(count % EMPTY_LAST, (lines.get(count % EMPTY_LAST) ?? 0) + 1)
  let columns = 0
  let most = 0
  for (const [count, times] of lines) {
    if (count === 0 || times < most || (times === most && count < columns)) continue
    most = times
    columns = count
  }
  // a delimiter at the end of every line but the header's is none
  const emptyLast = counts.filter((count) => count === columns + EMPTY_LAST).length
  return columns > 1 && emptyLast === most && lines.has(columns - 1) ? columns - 1 : columns
}

/** Fields of the sample's first part that begin with the quote. */
function quotedFields(sample: Uint8Array, { delimiter, quote }: Characters): number {
  const wanted = quote.charCodeAt(0)
  const before = [10, 13, 32, delimiter.charCodeAt(0)]
  let found = 0
  for (let at = sample.indexOf(wanted); at >= 0 && at < 65_536; at = sample.indexOf(wanted, at + 1)) {
    if (at === 0 || before.includes(sample[at - 1]!)) found++
  }
  return found
}

export function formatOf(options: CsvOptions, characters: Characters, columns: number): DelimitedFormat {
  const code = (text: string): number | null => (text === '' ? null : text.charCodeAt(0))
  return {
    kind: 'delimited',
    delimiter: characters.delimiter.charCodeAt(0),
    quote: code(characters.quote),
    escape: code(characters.escape),
    comment: code(options.comment ?? ''),
    columns,
    padding: options.padding,
    nulls: options.nulls,
    quotedNulls: options.quotedNulls,
  }
}
