import { internalError } from '../errors.ts'
import type { RecursionKey, SharedRows } from '../plan/plan.ts'
import type { CollectionTable } from './collection-table.ts'

/** What a recursion's step reads. */
export interface WorkingRows {
  readonly last: CollectionTable
  readonly all: CollectionTable
}

/**
 * Rows that a statement computes once and reads in several places. A step of a recursion has tables of its own for what
 * depends on the rows of that step; they go when it is over.
 */
export class StatementTables {
  readonly outer: StatementTables | null
  readonly #key: RecursionKey | null
  readonly #working: WorkingRows | null
  readonly #shared = new Map<SharedRows, CollectionTable>()

  constructor(
    step: { readonly outer: StatementTables; readonly key: RecursionKey; readonly rows: WorkingRows } | null,
  ) {
    this.outer = step?.outer ?? null
    this.#key = step?.key ?? null
    this.#working = step?.rows ?? null
  }

  working(key: RecursionKey): WorkingRows {
    if (this.#key === key && this.#working !== null) return this.#working
    if (this.outer === null) throw internalError(`nothing recurses over ${key.name}`)
    return this.outer.working(key)
  }

  /** The shared rows, when they are there already. */
  find(rows: SharedRows): CollectionTable | null {
    return this.#shared.get(rows) ?? this.outer?.find(rows) ?? null
  }

  /** The outermost tables that rows which depend on these recursions can be kept in. */
  ownerFor(keys: ReadonlySet<RecursionKey>): StatementTables {
    if (this.outer === null || (this.#key !== null && keys.has(this.#key))) return this
    return this.outer.ownerFor(keys)
  }

  keep(rows: SharedRows, table: CollectionTable): void {
    this.#shared.set(rows, table)
  }

  close(): void {
    for (const table of this.#shared.values()) table.close()
    this.#shared.clear()
  }
}
