import { unreachable } from '../errors.ts'
import type { PolicyName, PoolLedger } from './pool-ledger.ts'

/** Whether a request may be granted, and if not, what would have to happen. */
export type Decision =
  | { readonly granted: true }
  /** It would be granted if evictable consumers gave back this many bytes. */
  | { readonly granted: false; readonly missingBytes: number; readonly because: 'full' }
  /** It holds its fair share: only its own spilling helps. `shareBytes` is that share. */
  | { readonly granted: false; readonly shareBytes: number; readonly because: 'share' }

const GRANTED: Decision = { granted: true }

/** Decides by the ledger's own policy; to be called while the ledger is locked. `beyondShare`: a fair share does not bind. */
export function decide(
  policy: Exclude<PolicyName, 'custom'>,
  ledger: PoolLedger,
  slot: number,
  additionalBytes: number,
  beyondShare: boolean,
): Decision {
  switch (policy) {
    case 'unbounded':
      return GRANTED
    case 'greedy':
      return whileItLasts(ledger, additionalBytes)
    case 'fair':
      return beyondShare ? whileItLasts(ledger, additionalBytes) : byFairShare(ledger, slot, additionalBytes)
    default:
      return unreachable(policy)
  }
}

function whileItLasts(ledger: PoolLedger, additionalBytes: number): Decision {
  const missingBytes = ledger.reservedBytes + additionalBytes - ledger.limitBytes
  return missingBytes <= 0 ? GRANTED : { granted: false, because: 'full', missingBytes }
}

function byFairShare(ledger: PoolLedger, slot: number, additionalBytes: number): Decision {
  if (ledger.canSpill(slot) && !ledger.isEvictable(slot)) {
    const wanted = ledger.reservedBy(slot) + additionalBytes
    const shareBytes = fairShareOf(ledger, slot, wanted)
    if (wanted > shareBytes) return { granted: false, because: 'share', shareBytes }
  }
  return whileItLasts(ledger, additionalBytes)
}

/**
 * Max-min fairness by progressive filling (Bertsekas and Gallager, Data Networks, 6.5.2): every consumer that can
 * spill gets the same level; whoever needs less than the level keeps its need, and what it leaves raises the level of
 * the others. What consumers hold that cannot spill comes off first; evictable ones give way and do not count.
 */
export function fairShareOf(ledger: PoolLedger, requester: number, wanted: number): number {
  let remaining = ledger.limitBytes
  const needs: number[] = []
  for (let slot = 0; slot < ledger.slotsUsed; slot++) {
    if (!ledger.isLive(slot) || ledger.isEvictable(slot)) continue
    if (!ledger.canSpill(slot)) remaining -= ledger.reservedBy(slot)
    else if (slot === requester) needs.push(Math.max(wanted, ledger.needOf(slot)))
    else needs.push(Math.max(ledger.reservedBy(slot), ledger.needOf(slot)))
  }
  needs.sort((a, b) => a - b)
  let level = 0
  for (const [index, need] of needs.entries()) {
    level = Math.max(0, remaining / (needs.length - index))
    if (need > level) return level
    remaining -= need
  }
  return Math.max(level, wanted)
}
