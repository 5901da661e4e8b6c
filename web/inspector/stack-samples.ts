import type { ConsumerSnapshot, MemorySnapshot } from '../../engine/lakebook.ts'

const CONSUMERS_SHOWN = 7
export const OTHERS = 'Others'

/** Samples as columns for a stacked chart, times in seconds since `originMs`: `totals[i]` is the sum of the consumers 0 to i at every time. */
export interface StackedSamples {
  readonly originMs: number
  readonly seconds: readonly number[]
  readonly names: readonly string[]
  readonly totals: readonly (readonly number[])[]
  readonly spillFileBytes: readonly number[]
  readonly peakBytes: number
}

/** The largest consumers by what `nameOf` calls them, the longest-lived at the bottom so that the stack stays calm. */
export function stackSamples(
  samples: readonly MemorySnapshot[],
  originMs: number,
  nameOf: (consumer: ConsumerSnapshot) => string,
): StackedSamples {
  const peaks = new Map<string, number>()
  for (const sample of samples) {
    for (const [name, bytes] of byName(sample, nameOf)) peaks.set(name, Math.max(peaks.get(name) ?? 0, bytes))
  }
  const held = [...peaks].filter(([, bytes]) => bytes > 0)
  const largest = held.toSorted((a, b) => b[1] - a[1]).slice(0, CONSUMERS_SHOWN)
  const shown = held.filter((entry) => largest.includes(entry)).map(([name]) => name)
  const names = held.length > shown.length ? [...shown, OTHERS] : shown
  const totals = names.map(() => new Array<number>(samples.length).fill(0))
  for (const [at, sample] of samples.entries()) {
    const bytes = byName(sample, nameOf)
    let sum = 0
    for (const [index, name] of names.entries()) {
      sum = name === OTHERS ? Math.max(sum, totalOf(bytes)) : sum + (bytes.get(name) ?? 0)
      totals[index]![at] = sum
    }
  }
  return {
    originMs,
    seconds: samples.map((sample) => (sample.atMs - originMs) / 1000),
    names,
    totals,
    spillFileBytes: samples.map((sample) => sample.spillFileBytes),
    peakBytes: Math.max(0, ...totals.slice(-1).flat()),
  }
}

/** Several threads may reserve under one name. */
function byName(
  { consumers }: MemorySnapshot,
  nameOf: (consumer: ConsumerSnapshot) => string,
): Map<string, number> {
  const sums = new Map<string, number>()
  for (const consumer of consumers) {
    const name = nameOf(consumer)
    sums.set(name, (sums.get(name) ?? 0) + consumer.reservedBytes)
  }
  return sums
}

function totalOf(bytes: ReadonlyMap<string, number>): number {
  return [...bytes.values()].reduce((sum, each) => sum + each, 0)
}
