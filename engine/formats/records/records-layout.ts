import type { DataType, Field } from '../../arrow/types.ts'
import type { ByteSourceHandle } from '../byte-source.ts'
import type { FieldReading, RecordFormat } from './record-format.ts'

/** Where the values of a table's column come from in a file. */
export type ColumnOrigin =
  | { readonly kind: 'field'; readonly field: number }
  /** The file has no such column: NULL. */
  | { readonly kind: 'missing' }
  | { readonly kind: 'filename' }

/** Whole records of a file that are read at a time. */
export interface RecordChunk {
  readonly offset: number
  readonly bytes: number
  /** Line number of its first byte. */
  readonly line: number
  /** Good records. */
  readonly records: number
  /** Records that are left out. */
  readonly rejects: number
  /** It ends the file. */
  readonly last: boolean
}

export interface RecordFile {
  readonly name: string
  readonly handle: ByteSourceHandle | null
  readonly format: RecordFormat
  /** By field of the file's records. */
  readonly names: readonly string[]
  readonly readings: readonly FieldReading[]
  /** By column of the table. */
  readonly columns: readonly ColumnOrigin[]
  readonly chunks: readonly RecordChunk[]
}

/** A table of text files: plain data, so that other threads can read it. */
export interface RecordsLayout {
  /** Unlike any other table's: what its cached columns are called. */
  readonly id: string
  readonly fields: readonly Field[]
  readonly files: readonly RecordFile[]
  /** What becomes of records that cannot be read. */
  readonly bad: 'reject' | 'error'
}

/** A range of a chunk's good records. */
export interface RecordsLocator {
  readonly file: number
  readonly chunk: number
  readonly from: number
  readonly records: number
}

export function columnType(layout: RecordsLayout, column: number): DataType {
  return layout.fields[column]?.type ?? { kind: 'null' }
}
