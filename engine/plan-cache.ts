import type { Statement } from './binder/statement.ts'
import type { CatalogEntry } from './catalog/catalog.ts'
import { optimize, type Optimized } from './optimizer/optimize.ts'
import { visitPlan } from './plan/plan-tree.ts'
import type { LogicalPlan } from './plan/plan.ts'

/** Queries that are remembered; the one that was asked for least recently goes first. */
const MOST_QUERIES = 64

type Query = Statement & { readonly kind: 'query' }

/**
 * Queries by their text, bound and optimised, so that one that runs again only runs. They hold while every name of the
 * catalog stands for what it stood for; `forget` is for changes of what a name stands for.
 */
export class PlanCache {
  readonly #queries = new Map<string, Query>()
  readonly #optimized = new WeakMap<LogicalPlan, Optimized & { readonly disabled: ReadonlySet<string> }>()
  #entries: readonly CatalogEntry[] = []

  /** What the text was bound to in this catalog; null when that is not known. */
  find(text: string, entries: readonly CatalogEntry[]): Query | null {
    this.#expect(entries)
    const known = this.#queries.get(text)
    if (known === undefined) return null
    this.#queries.delete(text)
    this.#queries.set(text, known)
    return known
  }

  /** Remembers a query that was bound just now, in this catalog, if it reads nothing but its tables. */
  keep(text: string, query: Query, entries: readonly CatalogEntry[]): void {
    this.#expect(entries)
    const tables = new Set<unknown>()
    for (const entry of this.#entries) {
      if (entry.kind === 'file' || entry.kind === 'table') tables.add(entry.provider)
    }
    if (!readsOnly(query.plan, tables)) return
    this.#queries.set(text, query)
    for (const [oldest] of this.#queries) {
      if (this.#queries.size <= MOST_QUERIES) return
      this.#queries.delete(oldest)
    }
  }

  /** Forgets all when the catalog is another one. */
  #expect(entries: readonly CatalogEntry[]): void {
    const isSame =
      entries.length === this.#entries.length &&
      entries.every((entry, index) => entry === this.#entries[index])
    if (!isSame) this.forget()
    this.#entries = entries
  }

  forget(): void {
    this.#queries.clear()
  }

  /** As `optimize`, once for each plan. */
  optimized(plan: LogicalPlan, disabled: ReadonlySet<string>): Optimized {
    const known = this.#optimized.get(plan)
    if (known?.disabled === disabled) return known
    const optimized = optimize(plan, { disabled })
    this.#optimized.set(plan, { ...optimized, disabled })
    return optimized
  }
}

function readsOnly(plan: LogicalPlan, tables: ReadonlySet<unknown>): boolean {
  let only = true
  visitPlan(plan, (node) => {
    if (node.kind === 'scan' && !tables.has(node.provider)) only = false
  })
  return only
}
