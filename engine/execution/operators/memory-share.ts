import type { PageOwner } from '../../memory/page-owner.ts'
import type { QueryContext } from '../query-context.ts'

/** Of what could be granted when an operator begins, the part that its result may keep. */
const SHARE = 5 / 8

/** What those that run after it need at the least, in a small heap: a merge, and the rows gathered from it. */
const LEFT_BYTES = 6 * 2 ** 20

/** Below this there is no sense in bounding anything. */
const LEAST_BYTES = 2 ** 21

/**
 * Holds back an operator whose result stays in memory while others run after it: without a bound the first of a chain
 * would take all, and nothing could be done with what it holds.
 */
export function boundByShare(context: QueryContext, owner: PageOwner, share = SHARE): void {
  const { grantableBytes } = context.runtime.pool
  owner.mostBytes = Math.max(LEAST_BYTES, Math.min(grantableBytes * share, grantableBytes - LEFT_BYTES))
}
