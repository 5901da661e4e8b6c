import { types, type DataType } from '../../arrow/types.ts'
import type { ByteSource } from '../byte-source.ts'
import type { FieldReading, JsonFormat } from '../records/record-format.ts'
import { describeColumns, type OpenedRecords, type RecordsEnvironment } from '../records/records-table.ts'
import { TextArea } from '../records/text-area.ts'
import { fits } from '../csv/sniff-types.ts'

export interface JsonOptions {
  /** Null is found out. */
  readonly layout: JsonFormat['layout'] | null
  readonly sampleRows: number
  readonly columns: readonly { readonly name: string; readonly type: DataType }[] | null
}

export const JSON_DEFAULTS: JsonOptions = { layout: null, sampleRows: 20_480, columns: null }

const SAMPLE_BYTES = 2 * 2 ** 20
const FIRST_BYTES = 2 ** 16
const OPENING_BRACKET = 91

/** Kinds of values, as the kernel has them. */
const KIND = { null: 1, bool: 2, integer: 4, number: 8, text: 16, object: 32, array: 64 } as const

/**
 * Reads the beginning of a JSON file, and finds its layout, the keys of its objects and their types. Objects and arrays
 * inside, and values of several types, stay JSON.
 */
export async function openJson(
  source: ByteSource,
  options: JsonOptions,
  reader: RecordsEnvironment,
  signal?: AbortSignal,
): Promise<OpenedRecords> {
  const most = Math.min(SAMPLE_BYTES, Math.max(FIRST_BYTES, Math.floor(reader.morselBytes)))
  const bytes = Math.min(source.length, most)
  const read = await source.read(0, bytes, signal)
  const bom = read[0] === 0xef && read[1] === 0xbb && read[2] === 0xbf ? 3 : 0
  const sample = read.subarray(bom)
  const whole = bytes === source.length
  const layout = options.layout ?? layoutOf(sample, whole)
  const found = options.columns?.map(({ name }) => name) ?? keysOf(reader, sample, whole, layout)
  // a file without objects
  const keys = found.length > 0 ? found : ['json']
  const format: JsonFormat = { kind: 'json', layout, keys }
  const area = new TextArea(reader, format, sample)
  try {
    area.split({ last: whole, line: 1, most: options.sampleRows, wanted: null, keep: 'fields' })
    const given = options.columns?.map(({ type }): FieldReading => ({ type, format: null }))
    const readings = given ?? keys.map((_, field) => readingOf(area, field))
    const nested = keys.filter((_, field) => readings[field]?.raw === true)
    const how = layout === 'lines' ? 'one JSON object a line' : 'JSON objects'
    const report = [
      `Guessed: ${how}; columns ${describeColumns(keys, readings)}.`,
      ...(nested.length > 0 ? [`Kept as JSON: ${nested.join(', ')}.`] : []),
    ]
    return { source, format, names: keys, readings, begin: { offset: bom, line: 1 }, report }
  } finally {
    area.close()
  }
}

/** One object a line when the first line is one. */
function layoutOf(sample: Uint8Array, whole: boolean): JsonFormat['layout'] {
  const start = sample.findIndex((byte) => byte !== 32 && byte !== 9 && byte !== 10 && byte !== 13)
  if (sample[start] === OPENING_BRACKET) return 'free'
  const lineBreak = sample.indexOf(10, start)
  if (lineBreak < 0 && !whole) return 'lines'
  const line = sample.subarray(Math.max(0, start), lineBreak < 0 ? sample.length : lineBreak)
  try {
    JSON.parse(new TextDecoder().decode(line))
    return 'lines'
  } catch {
    return 'free'
  }
}

/** All keys of the sample's objects, in the order in which they come. */
function keysOf(
  reader: RecordsEnvironment,
  sample: Uint8Array,
  whole: boolean,
  layout: JsonFormat['layout'],
): readonly string[] {
  const keys: string[] = []
  for (const part of [sample.subarray(0, FIRST_BYTES), sample]) {
    const last = whole && part.length === sample.length
    for (;;) {
      const area = new TextArea(reader, { kind: 'json', layout, keys }, part)
      try {
        area.split({ last, line: 1, wanted: null, keep: 'nothing' })
        const key = area.unknownKey()
        if (key === null || keys.includes(key)) break
        keys.push(key)
      } finally {
        area.close()
      }
    }
  }
  return keys
}

function readingOf(area: TextArea, field: number): FieldReading {
  const kinds = area.kinds(field) & ~KIND.null
  const plain = (type: DataType): FieldReading => ({ type, format: null, plain: true })
  switch (kinds) {
    case 0:
      return { type: types.null, format: null }
    case KIND.bool:
      return { type: types.bool, format: null }
    case KIND.integer:
      return (
        [plain(types.int64), plain(types.hugeint)].find((reading) => fits(area, field, reading, 0)) ??
        number()
      )
    case KIND.number:
    case KIND.integer | KIND.number:
      return number()
    case KIND.text:
      return (
        [types.date, types.timestamp].map(plain).find((reading) => fits(area, field, reading, 0)) ?? {
          type: types.utf8,
          format: null,
        }
      )
    default:
      return { type: types.json, format: null, raw: true }
  }
}

function number(): FieldReading {
  return { type: types.float64, format: null }
}
