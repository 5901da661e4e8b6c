import type { RowField } from '../row-layout.ts'

/** Entry layout: kernels/assembly/sort.ts. */
export const SORT_ENTRY = { prefix: 0, row: 8, sequence: 12, bytes: 16 } as const

/** One key: the row's field that holds its value, and its order. */
export interface SortedField {
  readonly field: RowField
  readonly descending: boolean
  readonly nullsFirst: boolean
}
