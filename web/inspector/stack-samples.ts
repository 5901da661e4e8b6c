import type { ConsumerSnapshot, MemorySnapshot } from '../../engine/lakebook.ts'

const CONSUMERS_SHOWN = 7
export const OTHERS = 'Others'

/** What a consumer held and spilled over the time of the samples; `now` is the last of them. */
export interface ConsumerFigures {
  readonly name: string
  readonly now: number
  readonly peak: number
  readonly spilledBytes: number
  readonly spillCount: number
}

/** Samples as columns for a stacked chart, times in seconds since `originMs`: `totals[i]` is the sum of the consumers 0 to i at every time. */
export interface StackedSamples {
  readonly originMs: number
  readonly seconds: readonly number[]
  readonly consumers: readonly ConsumerFigures[]
  readonly totals: readonly (readonly number[])[]
  readonly spillFileBytes: readonly number[]
  readonly peakBytes: number
}

/** One consumer's figures, sample by sample. */
interface Series {
  readonly name: string
  readonly reserved: number[]
  readonly spilledBytes: number[]
  readonly spillCount: number[]
}

/** The largest consumers by what `nameOf` calls them, the longest-lived at the bottom so that the stack stays calm. */
export function stackSamples(
  samples: readonly MemorySnapshot[],
  originMs: number,
  nameOf: (consumer: ConsumerSnapshot) => string,
): StackedSamples {
  const held = seriesByName(samples, nameOf).filter(({ reserved }) => most(reserved) > 0)
  const largest = new Set(
    held.toSorted((a, b) => most(b.reserved) - most(a.reserved)).slice(0, CONSUMERS_SHOWN),
  )
  const shown = held.filter((series) => largest.has(series))
  if (held.length > shown.length) {
    const others = emptySeries(OTHERS, samples.length)
    for (const series of held) if (!largest.has(series)) addTo(others, series)
    shown.push(others)
  }
  const totals: number[][] = []
  for (const { reserved } of shown) {
    const below = totals.at(-1)
    totals.push(below ? reserved.map((bytes, at) => bytes + below[at]!) : reserved)
  }
  return {
    originMs,
    seconds: samples.map((sample) => (sample.atMs - originMs) / 1000),
    consumers: shown.map(({ name, reserved, spilledBytes, spillCount }) => ({
      name,
      now: reserved.at(-1) ?? 0,
      peak: most(reserved),
      spilledBytes: most(spilledBytes),
      spillCount: most(spillCount),
    })),
    totals,
    spillFileBytes: samples.map((sample) => sample.spillFileBytes),
    peakBytes: most(totals.at(-1) ?? []),
  }
}

/** In the order in which they come; several threads, or partitions, may reserve under one name. */
function seriesByName(
  samples: readonly MemorySnapshot[],
  nameOf: (consumer: ConsumerSnapshot) => string,
): Series[] {
  const found = new Map<string, Series>()
  for (const [at, { consumers }] of samples.entries()) {
    for (const consumer of consumers) {
      const name = nameOf(consumer)
      let series = found.get(name)
      if (!series) found.set(name, (series = emptySeries(name, samples.length)))
      series.reserved[at]! += consumer.reservedBytes
      series.spilledBytes[at]! += consumer.spilledBytes
      series.spillCount[at]! += consumer.spillCount
    }
  }
  return [...found.values()]
}

function emptySeries(name: string, length: number): Series {
  const zeros = (): number[] => new Array<number>(length).fill(0)
  return { name, reserved: zeros(), spilledBytes: zeros(), spillCount: zeros() }
}

function addTo(sums: Series, series: Series): void {
  for (const key of ['reserved', 'spilledBytes', 'spillCount'] as const) {
    for (const [at, value] of series[key].entries()) sums[key][at]! += value
  }
}

function most(values: readonly number[]): number {
  return values.reduce((greatest, value) => Math.max(greatest, value), 0)
}
