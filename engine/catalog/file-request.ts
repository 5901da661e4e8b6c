import type { DataType, Field } from '../arrow/types.ts'
import type { LiteralValue } from '../plan/plan.ts'
import type { TableProvider } from './table-provider.ts'

export type FileFunction = 'csv' | 'json' | 'ndjson' | 'parquet' | 'arrow'

/** What a file function reads: a table, what is inside its files, or what was guessed of them. */
export type FileView = 'rows' | 'sniffed' | 'parquet_schema' | 'parquet_metadata' | 'parquet_file_metadata'

/** The value of an option, as the person wrote it. */
export type OptionValue =
  | null
  | boolean
  | number
  | string
  | readonly OptionValue[]
  | { readonly fields: readonly (readonly [name: string, value: OptionValue])[] }

/** Files by name or pattern, and how they are to be read. Plain data: equal requests have equal JSON. */
export interface FileRequest {
  /** Null: as their names and content say. */
  readonly reader: FileFunction | null
  readonly view: FileView
  readonly patterns: readonly string[]
  readonly options: readonly { readonly name: string; readonly value: OptionValue }[]
  /** Types that options name, by their text. */
  readonly types: readonly (readonly [text: string, type: DataType])[]
}

/**
 * Files have to be opened before a query over them can be bound. Whoever catches this opens them, and binds again: then
 * they are found.
 */
export class FilesNotOpen extends Error {
  readonly request: FileRequest

  constructor(request: FileRequest) {
    super(`${request.patterns.join(', ')} must be opened first`)
    this.request = request
  }
}

/** Rows that are known already: what a function says about files. */
export interface LiteralRows {
  readonly fields: readonly Field[]
  readonly rows: readonly (readonly LiteralValue[])[]
}

/** What a request was answered with. */
export type RequestedTable = { readonly name: string } & (
  { readonly kind: 'table'; readonly provider: TableProvider } | ({ readonly kind: 'rows' } & LiteralRows)
)
