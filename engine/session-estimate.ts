import { estimateHoldings, type HoldingEstimate } from './optimizer/memory-estimate.ts'
import type { LogicalPlan } from './plan/plan.ts'
import type { Settings } from './settings.ts'

/** What a query is expected to hold in the heap, before it runs. All of it is guessed from statistics. */
export interface QueryEstimate {
  readonly holdings: readonly (HoldingEstimate & { readonly spills: boolean })[]
  /** What all of them hold together. */
  readonly needBytes: number
  /** What goes to the disk. */
  readonly spillBytes: number
  /** What the heap has for them. */
  readonly heapBytes: number
}

/** Under `fair`, what an operator may hold is halved by the one that takes its rows. */
export function estimateOf(
  plan: LogicalPlan,
  heapBytes: number,
  memoryPool: Settings['memoryPool'],
): QueryEstimate {
  const found = estimateHoldings(plan)
  const share = memoryPool === 'fair' && found.length > 1 ? heapBytes / 2 : heapBytes
  const holdings = found.map((holding) => ({ ...holding, spills: holding.bytes > share }))
  const sum = (wanted: typeof holdings): number => wanted.reduce((total, { bytes }) => total + bytes, 0)
  return {
    holdings,
    needBytes: sum(holdings),
    spillBytes: sum(holdings.filter(({ spills }) => spills)),
    heapBytes,
  }
}
