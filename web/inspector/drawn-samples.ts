import type { MemorySnapshot } from '../../engine/lakebook.ts'

/** More than this a chart of its width cannot show. */
const MOST_DRAWN = 512

/**
 * At most about `most` of the samples, so that a redraw costs the same however long a run is: the first, the last, and of
 * every few in between the one that reserved most.
 */
export function drawnSamples(
  samples: readonly MemorySnapshot[],
  most = MOST_DRAWN,
): readonly MemorySnapshot[] {
  const [first, last] = [samples[0], samples.at(-1)]
  if (samples.length <= most || !first || !last) return samples
  // a power of two, so that a growing chart keeps its samples until there are twice as many
  const stride = 2 ** Math.ceil(Math.log2(samples.length / most))
  const drawn = [first]
  for (let at = 1; at < samples.length - 1; at += stride) {
    const few = samples.slice(at, Math.min(at + stride, samples.length - 1))
    drawn.push(few.reduce((a, b) => (b.reservedBytes > a.reservedBytes ? b : a)))
  }
  return [...drawn, last]
}
