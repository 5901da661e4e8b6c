import type { Cell, WrittenKind } from '../notebook/cell.ts'

/** Kinds of the cells that a person adds, in the order of the menus. */
export const WRITTEN_KINDS: readonly WrittenKind[] = ['sql', 'polars', 'markdown']

export const KIND_NAMES = {
  sql: 'SQL',
  polars: 'Polars',
  markdown: 'Text',
  panel: 'Demo',
} as const satisfies Record<Cell['kind'], string>
