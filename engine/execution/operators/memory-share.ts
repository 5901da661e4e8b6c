import type { PageOwner } from '../../memory/page-owner.ts'
import type { QueryContext } from '../query-context.ts'

/** Of what could be granted when an operator begins, the part that its result may keep. */
const SHARE = 5 / 8

/** Below this there is no sense in bounding anything. */
const LEAST_BYTES = 2 ** 21

/**
 * Holds back an operator whose result stays in memory while others run after it: without a bound the first of a chain
 * would take all, and nothing could be done with what it holds.
 */
export function boundByShare(context: QueryContext, owner: PageOwner, share = SHARE): void {
  owner.mostBytes = Math.max(LEAST_BYTES, context.runtime.pool.grantableBytes * share)
}
