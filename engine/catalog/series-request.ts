import type { DataType } from '../arrow/types.ts'

/** Rows of one column, each `step` after the one before: int64, or microseconds of timestamps. */
export interface SeriesRequest {
  readonly name: string
  readonly type: DataType
  readonly start: bigint
  readonly step: bigint
  readonly rows: number
}
