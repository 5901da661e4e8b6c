import type { DataType } from './types.ts'

/**
 * Where one Arrow column lies in the heap. All pointers are u32 byte offsets, 8-byte aligned, valid until the owner
 * frees the batch.
 *
 * | type               | values                                    | offsets                   |
 * |--------------------|-------------------------------------------|---------------------------|
 * | bool               | bitmap, least significant bit first        | 0                         |
 * | decimal, p ≤ 18    | int64                                      | 0                         |
 * | decimal, p > 18    | int128                                     | 0                         |
 * | other fixed widths | as `physicalType` says                     | 0                         |
 * | utf8, binary       | bytes                                      | int32 × (length + 1)      |
 * | list               | 0; the items are `child`                   | int32 × (length + 1)      |
 * | dictionary-encoded | codes, `codeBytes` wide, unsigned          | 0                         |
 *
 * `validity` is an Arrow bitmap, or 0 when no row is NULL. Values under a NULL are unspecified but readable; offsets
 * under a NULL are still monotonic.
 */
export interface ColumnVector {
  readonly type: DataType
  readonly validity: number
  readonly values: number
  readonly offsets: number
  /** Items of a list column. */
  readonly child: (ColumnVector & { readonly length: number }) | null
  readonly dictionary: Dictionary | null
}

/** Distinct values of a dictionary-encoded utf8 column, never NULL. The same `id` means the same codes. */
export interface Dictionary {
  readonly id: number
  readonly codeBytes: 1 | 2 | 4
  readonly length: number
  readonly offsets: number
  readonly values: number
}

/** Rows side by side: `columns[i]` has `length` rows, starting at row 0. Plain data: it may be sent to another thread of the same heap. */
export interface ColumnBatch {
  readonly length: number
  readonly columns: readonly ColumnVector[]
}
