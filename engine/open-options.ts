const MOST_DEFAULT_BYTES = 2 ** 30
const LEAST_DEFAULT_BYTES = 64 * 2 ** 20

/** The budget when none is chosen: a quarter of the device's memory, at most 1 GiB. */
export function defaultBudgetBytes(deviceBytes: number): number {
  return Math.max(LEAST_DEFAULT_BYTES, Math.min(MOST_DEFAULT_BYTES, Math.floor(deviceBytes / 4)))
}
