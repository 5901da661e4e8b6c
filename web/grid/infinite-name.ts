/** The date after all others in days, and the timestamp after all others in microseconds or nanoseconds, since 1970. */
const INFINITE = { date: 2n ** 31n - 1n, timestamp: 2n ** 63n - 1n }

/** `infinity` or `-infinity`; null for a value that a calendar has. */
export function infiniteName(value: bigint, kind: keyof typeof INFINITE): string | null {
  if (value === INFINITE[kind]) return 'infinity'
  return value === -INFINITE[kind] ? '-infinity' : null
}
