/**
 * Fewer and smaller decisions for which `fails` still holds. Runs of decisions are left out, then set to 0, from long
 * runs to short ones, until nothing helps or the time is over.
 */
export async function shrink(
  made: readonly number[],
  fails: (made: readonly number[]) => Promise<boolean>,
  limitMs: number,
): Promise<readonly number[]> {
  const endMs = performance.now() + limitMs
  let best = made
  for (let progress = true; progress;) {
    progress = false
    for (let length = 64; length >= 1; length = Math.floor(length / 2)) {
      for (let start = 0; start < best.length;) {
        if (performance.now() > endMs) return best
        const zeroed = best.map((value, i) => (i >= start && i < start + length ? 0 : value))
        const candidates = [[...best.slice(0, start), ...best.slice(start + length)]]
        if (zeroed.some((value, i) => value !== best[i])) candidates.push(zeroed)
        let found: readonly number[] | undefined
        for (const candidate of candidates) {
          if (found === undefined && (await fails(candidate))) found = candidate
        }
        if (found === undefined) start += length
        else {
          if (found.length === best.length) start += length
          best = found
          progress = true
        }
      }
    }
  }
  return best
}
