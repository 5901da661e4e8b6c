import type { TableProvider } from './table-provider.ts'

/** A table that holds memory of the heap until it is closed. */
interface Closable extends TableProvider {
  close(): void
}

/**
 * Who reads which tables. One that was dropped or replaced is closed at once when nobody reads it, else when the last of
 * its readers is done.
 */
export class TableLeases {
  readonly #readers = new Map<TableProvider, number>()
  readonly #dropped = new Set<Closable>()

  /** Until the returned function is called, the table stays open. */
  hold(table: TableProvider): () => void {
    this.#readers.set(table, (this.#readers.get(table) ?? 0) + 1)
    let held = true
    return () => {
      if (!held) return
      held = false
      const left = (this.#readers.get(table) ?? 0) - 1
      if (left > 0) {
        this.#readers.set(table, left)
        return
      }
      this.#readers.delete(table)
      for (const dropped of this.#dropped) if (dropped === table) this.#close(dropped)
    }
  }

  /** Closes a table that no name stands for any more. */
  close(table: Closable): void {
    if (this.#readers.has(table)) this.#dropped.add(table)
    else this.#close(table)
  }

  #close(table: Closable): void {
    this.#dropped.delete(table)
    table.close()
  }
}
