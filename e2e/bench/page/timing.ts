export interface Timing {
  readonly medianMs: number
  readonly fastestMs: number
  readonly runs: number
}

/** Times `run` after warm-ups that are not counted. What `before` does, before each run, is not timed. */
export async function timed(
  run: () => Promise<unknown>,
  runs = 9,
  warmUps = 3,
  before: () => Promise<void> = () => Promise.resolve(),
): Promise<Timing> {
  for (let warmUp = 0; warmUp < warmUps; warmUp++) {
    await before()
    await run()
  }
  const times: number[] = []
  for (let index = 0; index < runs; index++) {
    await before()
    const startedMs = performance.now()
    await run()
    times.push(performance.now() - startedMs)
  }
  times.sort((a, b) => a - b)
  return { medianMs: times[times.length >> 1]!, fastestMs: times[0]!, runs }
}
