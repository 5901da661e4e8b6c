import type { DataType } from '../../arrow/types.ts'

/** How text is cut into records and fields. Bytes are codes of ASCII. */
export type RecordFormat = DelimitedFormat | JsonFormat

export interface DelimitedFormat {
  readonly kind: 'delimited'
  readonly delimiter: number
  readonly quote: number | null
  readonly escape: number | null
  /** Begins lines that are skipped. */
  readonly comment: number | null
  /** Fields of a record. */
  readonly columns: number
  /** Records with too few fields end in NULLs. */
  readonly padding: boolean
  /** Texts that stand for NULL. */
  readonly nulls: readonly string[]
  /** They do so in quotes, too. */
  readonly quotedNulls: boolean
}

export interface JsonFormat {
  readonly kind: 'json'
  /** One object a line; or `free`: one after the other, or the items of one array. */
  readonly layout: 'lines' | 'free'
  readonly keys: readonly string[]
}

/** What becomes of the texts of one field. */
export interface FieldReading {
  readonly type: DataType
  /** Of dates and timestamps, as `strptime` has it; null for ISO 8601. */
  readonly format: string | null
  /** JSON: kept as it is written, strings with their quotes. */
  readonly raw?: boolean
  /** JSON numbers: 1.5 is no integer. */
  readonly plain?: boolean
}

/** Why a record was left out; codes of the kernels. */
export const REASONS = {
  1: 'too few columns',
  2: 'too many columns',
  3: 'unterminated quote',
  4: 'text after a closing quote',
  5: 'not UTF-8',
  6: 'value does not fit the type',
  7: 'not JSON',
  8: 'not a JSON object',
  9: 'unknown key',
  10: 'a key is there twice',
} as const

/** Codes of `assembly/fields.ts`; null for texts. Errors: none, but types without one are not read from text. */
export function typeCode(type: DataType): number | null | undefined {
  switch (type.kind) {
    case 'bool':
      return 0
    case 'int8':
      return 1
    case 'int16':
      return 2
    case 'int32':
      return 3
    case 'int64':
      return 4
    case 'uint8':
      return 5
    case 'uint16':
      return 6
    case 'uint32':
      return 7
    case 'uint64':
      return 8
    case 'float32':
      return 9
    case 'float64':
      return 10
    case 'decimal':
      return type.precision <= 18 ? 11 : 12
    case 'date':
      return 13
    case 'time':
      return 14
    case 'timestamp':
      return type.zone === null ? 15 : 16
    case 'interval':
      return 17
    case 'utf8':
    case 'json':
      return null
    default:
      return undefined
  }
}
