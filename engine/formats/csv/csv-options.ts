import type { DataType } from '../../arrow/types.ts'

/** What a person says about a CSV file; null is sniffed. */
export interface CsvOptions {
  readonly delimiter: string | null
  /** Empty: no quotes. */
  readonly quote: string | null
  readonly escape: string | null
  readonly comment: string | null
  readonly header: boolean | null
  /** Lines before the header, or before the data. */
  readonly skip: number
  /** Names of all columns with their types: nothing is sniffed of them. */
  readonly columns: readonly { readonly name: string; readonly type: DataType }[] | null
  readonly names: readonly string[] | null
  /** Types by name, or by position. */
  readonly types: ReadonlyMap<string, DataType> | readonly DataType[] | null
  readonly nulls: readonly string[]
  readonly quotedNulls: boolean
  readonly dateFormat: string | null
  readonly timestampFormat: string | null
  readonly allText: boolean
  readonly padding: boolean
  readonly sampleRows: number
  readonly normalizeNames: boolean
}

export const CSV_DEFAULTS: CsvOptions = {
  delimiter: null,
  quote: null,
  escape: null,
  comment: null,
  header: null,
  skip: 0,
  columns: null,
  names: null,
  types: null,
  nulls: [''],
  quotedNulls: true,
  dateFormat: null,
  timestampFormat: null,
  allText: false,
  padding: false,
  sampleRows: 20_480,
  normalizeNames: false,
}
