import { types, type DataType } from '../../arrow/types.ts'
import type { FieldReading } from '../records/record-format.ts'
import type { TextArea } from '../records/text-area.ts'
import type { CsvOptions } from './csv-options.ts'

const INSTANT: DataType = { kind: 'timestamp', zone: 'UTC' }
const SEPARATORS = ['/', '-', '.', ' ']
const DAYS = ['%y-%m-%d', '%Y-%m-%d', '%d-%m-%y', '%d-%m-%Y', '%m-%d-%y', '%m-%d-%Y']
const MOMENTS = [
  '%y-%m-%d %H:%M:%S',
  '%Y-%m-%d %H:%M:%S',
  '%d-%m-%y %H:%M:%S',
  '%d-%m-%Y %H:%M:%S',
  '%m-%d-%y %I:%M:%S %p',
  '%m-%d-%Y %I:%M:%S %p',
  '%Y-%m-%d %H:%M:%S.%f',
]
/** Values that are tried before all of a column is. */
const FIRST_TRY = 64

/**
 * The type of a field, of DuckDB's candidates in DuckDB's order: the first that all values of the sample have. A field
 * without values has type `null`.
 */
export function sniffType(area: TextArea, field: number, options: CsvOptions, from: number): FieldReading {
  const records = area.records - from
  const text: FieldReading = { type: types.utf8, format: null }
  if (records <= 0 || area.check(field, text, { from }).nulls === records)
    return { type: types.null, format: null }
  const candidates = candidatesOf(options)
  return candidates.find((candidate) => fits(area, field, candidate, from)) ?? text
}

export function fits(
  area: TextArea,
  field: number,
  reading: FieldReading,
  from: number,
  records?: number,
): boolean {
  const all = records ?? area.records - from
  const few = Math.min(FIRST_TRY, all)
  if (area.check(field, reading, { plain: true, from, records: few }).failures > 0) return false
  return all === few || area.check(field, reading, { plain: true, from, records: all }).failures === 0
}

function candidatesOf({ dateFormat, timestampFormat }: CsvOptions): readonly FieldReading[] {
  const plain = (type: DataType): FieldReading => ({ type, format: null })
  const dates = dateFormat === null ? [null, ...separated(DAYS)] : [dateFormat]
  const moments = timestampFormat === null ? [null, ...separated(MOMENTS)] : [timestampFormat]
  return [
    plain(types.bool),
    plain(types.int64),
    plain(types.float64),
    plain(types.time),
    ...dates.map((format) => ({ type: types.date, format })),
    ...moments.map((format) => ({ type: types.timestamp, format })),
    plain(INSTANT),
  ]
}

function separated(formats: readonly string[]): readonly string[] {
  return formats.flatMap((format) => SEPARATORS.map((separator) => format.replaceAll('-', separator)))
}
