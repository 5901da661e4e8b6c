import { CommonBound } from '../memory/common-bound.ts'
import { PAGE_BYTES } from '../memory/control-block.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import type { QueryContext } from './query-context.ts'

/** With less a partition could not begin: pages for rows and texts, and a directory, or entries to be sorted. */
const LEAST_BYTES = 5 * PAGE_BYTES

/**
 * Of the limit, what partitions leave to whoever their rows come from. Larger consumers leave as much by asking for more
 * at a time; under the fair policy others are sure of their shares.
 */
const SHARE_LEFT = 16

/**
 * A part of the work of an operator that holds data, under `SET target_partitions = N`.
 *
 * The rows that come in are dealt to N partitions in turn, a slice at a time (`slice-deal.ts`), so that equal keys are
 * in all of them. Each has a state of its own (a table of groups, rows to be sorted), is a consumer of its own in the
 * pool, and spills alone when it is refused memory: under the fair policy each is sure of an Nth part of what the
 * operator may hold, under the greedy one whoever comes first gets what is left of it. When all rows are in, the operator
 * brings the partitions together, by hash or by order, in its own name.
 *
 * ```
 *            ┌─ Aggregate #1[0] ── spills of its own ─┐
 *   slices ──┼─ Aggregate #1[1] ── spills of its own ─┼─ Aggregate #1
 *   in turn  └─ Aggregate #1[2] ── spills of its own ─┘
 * ```
 *
 * Threads share the partitions out among them; a thread with several works on them in turn. There are fewer than N where
 * the memory at hand is less than N times the least that one can do with. Without the setting there are none: the
 * operator is one consumer, whatever the number of threads. No answer depends on partitions.
 *
 * What an operator or a partition spills is in turn cut by the hash of its keys (`SpilledPartitions`): those are parts of
 * the data, which it reads back one by one.
 */
export interface Partition {
  /** In the profile of the operator. */
  readonly index: number
  readonly owner: PageOwner
}

/**
 * The partitions of an operator, which share what `owner`, the operator's own, may hold at most; none where the setting
 * does not ask for any. Release them when they hold nothing more.
 */
export function openPartitions(
  context: QueryContext,
  owner: PageOwner,
  operator: number,
): readonly Partition[] {
  const { settings, runtime, profile } = context
  if (settings.targetPartitions === null) return []
  const most = Math.min(owner.mostBytes, runtime.pool.grantableBytes)
  const isFair = runtime.pool.policyName === 'fair'
  const inMemory = Math.floor(most / LEAST_BYTES)
  const inPool = Math.floor(runtime.pool.freeSlots / 2)
  const count = Math.max(1, Math.min(settings.targetPartitions, inMemory, inPool))
  const owners = Array.from({ length: count }, (_, index) =>
    context.consumer(`${owner.reservation.consumer.name}[${index}]`, true),
  )
  // The operator itself needs nothing until it brings them together.
  owner.reservation.settle()
  const common = new CommonBound(
    owners.map(({ reservation }) => reservation),
    {
      mostBytes: most,
      leastBytes: LEAST_BYTES,
      leftBytes: isFair ? 0 : runtime.pool.limitBytes / SHARE_LEFT,
    },
  )
  return owners.map((own) => {
    own.common = common
    if (isFair) own.mostBytes = most / count
    return { index: profile.partition(operator, own.reservation.consumer.name), owner: own }
  })
}

/** Says that no rows come any more, so that what the partitions do not need is left to whoever brings them together. */
export function settlePartitions(
  context: QueryContext,
  partitions: readonly Partition[],
  operator: number,
): void {
  if (partitions.length > 0) context.profile.observeBytes(operator, heldByPartitions(partitions))
  for (const { owner } of partitions) owner.reservation.settle()
}

export function heldByPartitions(partitions: readonly Partition[]): number {
  return partitions.reduce((sum, { owner }) => sum + owner.reservation.size, 0)
}

/** Ends a partition. */
export function releasePartition(context: QueryContext, { index, owner }: Partition, operator: number): void {
  context.profile.observeBytes(operator, owner.reservation.peakBytes, index)
  context.release(owner)
}
