import { formatBytes, formatMs, plural } from '../theme/format.ts'
import type { Way } from './partitions-notebook.ts'

/** What one of the runs cost. */
export interface PartitionRun {
  readonly partitions: number
  readonly way: Way
  readonly elapsedMs: number
  readonly spilledBytes: number
  readonly spillCount: number
  readonly peakBytes: number
}

/** Timings differ by so much from run to run without any reason. */
const SAME_TIME = 1.2
const SAME_SPILLS = 1.1

export const WAY_NAMES: Readonly<Record<Way, string>> = { 'one-step': 'one step', 'two-steps': 'two steps' }

export interface Verdict {
  /** Which two runs it compares, e.g. `16 partitions against 4, in one step`. */
  readonly pair: string
  readonly finding: string
  readonly figures: string
}

/** What the runs say of the two pieces of advice, one verdict for every pair that differs in one thing only. */
export function verdicts(runs: readonly PartitionRun[]): readonly Verdict[] {
  if (runs.length > 0 && runs.every(({ spillCount }) => spillCount === 0)) {
    return [
      {
        pair: 'All runs',
        finding: 'Nothing spilled: the memory was enough for all of it.',
        figures: 'Lower the memory limit or make more events to see a difference.',
      },
    ]
  }
  const ways: readonly Way[] = ['one-step', 'two-steps']
  const byPartitions = ways.flatMap((way) => {
    const [few, many] = ends(runs.filter((run) => run.way === way))
    if (!few || !many) return []
    return {
      pair: `${many.partitions} partitions against ${few.partitions}, in ${WAY_NAMES[way]}`,
      finding: fewerWereBetter(few, many),
      figures: difference(few, many),
    }
  })
  const counts = [...new Set(runs.map(({ partitions }) => partitions))].sort((a, b) => a - b)
  const bySteps = counts.flatMap((partitions) => {
    const [one, two] = ways.map((way) => runs.find((run) => run.partitions === partitions && run.way === way))
    if (!one || !two) return []
    return {
      pair: `Two steps against one, with ${plural(partitions, 'partition')}`,
      finding: twoWereBetter(one, two),
      figures: difference(one, two),
    }
  })
  return [...byPartitions, ...bySteps]
}

/** The run with the fewest partitions and the one with the most, if these differ. */
function ends(runs: readonly PartitionRun[]): readonly [PartitionRun?, PartitionRun?] {
  const sorted = runs.toSorted((a, b) => a.partitions - b.partitions)
  const [few, many] = [sorted[0], sorted.at(-1)]
  return few && many && few.partitions !== many.partitions ? [few, many] : []
}

function difference(before: PartitionRun, after: PartitionRun): string {
  const bytes = `${formatBytes(after.spilledBytes)} spilled instead of ${formatBytes(before.spilledBytes)}`
  const spills = `in ${plural(after.spillCount, 'spill')} instead of ${before.spillCount.toLocaleString('en')}`
  const time = `${formatMs(after.elapsedMs)} instead of ${formatMs(before.elapsedMs)}`
  return `${time}; ${bytes}, ${spills}.`
}

function fewerWereBetter(few: PartitionRun, many: PartitionRun): string {
  const spilledMore = spillsMore(few, many)
  if (spilledMore && isSlower(few, many)) return 'Fewer partitions were better, as the advice says.'
  if (spilledMore && isSlower(many, few)) {
    return 'More partitions spilled more and were quicker all the same: the disk keeps up here.'
  }
  if (spilledMore) return 'More partitions spilled more, but took about as long: the disk keeps up here.'
  if (isSlower(few, many)) return 'More partitions were slower, though not by spilling more.'
  if (isSlower(many, few)) return 'More partitions were quicker here: the advice does not hold for this run.'
  return 'The number of partitions made no difference worth naming here.'
}

function twoWereBetter(one: PartitionRun, two: PartitionRun): string {
  const [spillsLess, spilledMore] = [spillsMore(two, one), spillsMore(one, two)]
  if (isSlower(two, one)) {
    const cost = spillsLess ? ', and spilled less' : spilledMore ? ', although they spilled more' : ''
    return `Two steps were quicker${cost}, as the advice says.`
  }
  if (isSlower(one, two)) return 'Two steps were slower: the advice does not hold for this run.'
  if (spillsLess) return 'Two steps spilled less and took about as long.'
  return 'Two steps made no difference to the time worth naming: this engine already plans a distinct count in steps of its own.'
}

function spillsMore(before: PartitionRun, after: PartitionRun): boolean {
  return (
    after.spilledBytes > before.spilledBytes * SAME_SPILLS ||
    (after.spilledBytes * SAME_SPILLS >= before.spilledBytes &&
      after.spillCount > before.spillCount * SAME_SPILLS)
  )
}

function isSlower(before: PartitionRun, after: PartitionRun): boolean {
  return after.elapsedMs > before.elapsedMs * SAME_TIME
}
