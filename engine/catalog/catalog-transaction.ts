import type { CatalogEntry } from './catalog.ts'

/** Rows of a table as they were. One of the two is called, once. */
export interface HeldRows {
  restore(): void
  release(): void
}

/**
 * What a transaction must be able to bring back: the names as they were at BEGIN, the rows that tables had then, and
 * entries that were dropped or replaced since, which are closed when it is certain that nobody wants them again.
 */
export interface CatalogSnapshot {
  readonly entries: ReadonlyMap<string, CatalogEntry>
  readonly held: readonly HeldRows[]
  readonly discarded: CatalogEntry[]
}
