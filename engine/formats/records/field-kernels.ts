import type { DecodeKernels } from '../../arrow/to-arrow.ts'

/** The kernels of `assembly/delimited.ts`, `json.ts` and `fields.ts`, over the heap's memory. */
export interface FieldKernels extends DecodeKernels {
  delimited_split(state: number): void
  json_split(state: number): void
  json_kinds(fields: number, records: number): number
  fields_bytes(fields: number, records: number): bigint
  text_is_ascii(at: number, end: number): number
  fields_to_values(state: number): void
  fields_to_texts(state: number): void
  fields_compact(fields: number, columns: number, capacity: number, records: number, status: number): number
  fields_reject(
    places: number,
    status: number,
    records: number,
    end: number,
    rejects: number,
    count: number,
    room: number,
  ): number
  repeat_text(text: number, bytes: number, rows: number, offsets: number, values: number): void
  reject_columns(
    rejects: number,
    count: number,
    most: number,
    lines: number,
    columns: number,
    reasons: number,
    offsets: number,
    values: number,
  ): number
}

/** Words of the kernels' state blocks: index = byte offset / 4. */
export const SPLIT = {
  text: 0,
  end: 1,
  last: 2,
  delimiter: 3,
  quote: 4,
  escape: 5,
  comment: 6,
  columns: 7,
  padding: 8,
  fields: 9,
  capacity: 10,
  rejects: 11,
  room: 12,
  places: 13,
  counts: 14,
  line: 15,
  records: 16,
  rejected: 17,
  next: 18,
  unknownKey: 19,
  unknownBytes: 20,
  slots: 21,
  /** JSON: instead of delimiter, quote and escape. */
  keys: 3,
  free: 4,
  scratch: 5,
} as const

export const COLUMN = {
  type: 0,
  fields: 1,
  records: 2,
  values: 3,
  validity: 4,
  offsets: 5,
  format: 6,
  formatBytes: 7,
  nulls: 8,
  nullCount: 9,
  status: 10,
  column: 11,
  flags: 12,
  escape: 13,
  precision: 14,
  scale: 15,
  decimal: 16,
  nullRows: 17,
  failures: 18,
  failed: 19,
  bytes: 20,
} as const

export const FLAG = { plain: 1, quotedValues: 2, ascii: 4, json: 8, raw: 16 } as const

export const STATE_BYTES = 96
export const REJECT_BYTES = 24
export const NO_SLOT = 0xffffffff
/** Blocks of 16 bytes are read and written beyond the end of texts. */
export const PADDING_BYTES = 64
