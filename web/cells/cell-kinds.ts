import type { Cell } from '../notebook/cell.ts'

/** The cells that a person adds, and writes. */
export const WRITTEN_KINDS = ['sql', 'polars', 'markdown'] as const satisfies readonly Cell['kind'][]
export type WrittenKind = (typeof WRITTEN_KINDS)[number]

export const KIND_NAMES = {
  sql: 'SQL',
  polars: 'Polars',
  markdown: 'Text',
  panel: 'Demo',
} as const satisfies Record<Cell['kind'], string>
