import { visitPlan } from '../plan/plan-tree.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { TableLeases } from './table-leases.ts'
import type { TableProvider } from './table-provider.ts'

/**
 * The tables of a run, as they were when it was bound: what others drop, replace or insert into afterwards stays for it
 * as it was.
 */
export class HeldTables {
  readonly #leases: TableLeases
  readonly #asBound = new Map<TableProvider, TableProvider>()
  readonly #releases: (() => void)[] = []

  constructor(leases: TableLeases) {
    this.#leases = leases
  }

  /** Holds what a plan reads; in the same turn in which it was bound. */
  hold(plan: LogicalPlan): void {
    visitPlan(plan, (node) => {
      if (node.kind !== 'scan' || this.#asBound.has(node.provider)) return
      const { provider } = node
      const snapshot = provider.snapshot?.()
      this.#asBound.set(provider, snapshot ?? provider)
      this.#releases.push(snapshot === undefined ? this.#leases.hold(provider) : () => snapshot.close())
    })
  }

  /** Holds a table that is to be changed, as it is and will be. */
  holdItself(provider: TableProvider): void {
    this.#releases.push(this.#leases.hold(provider))
  }

  /** The table as it was when it was bound. */
  readonly asBound = (provider: TableProvider): TableProvider => this.#asBound.get(provider) ?? provider

  /** The run is over. */
  release(): void {
    for (const release of this.#releases.splice(0)) release()
    this.#asBound.clear()
  }
}
