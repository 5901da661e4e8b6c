/** The date after all others, and as its negative the one before all others, in days since 1970. */
export const INFINITE_DAY = 2n ** 31n - 1n
/** The timestamp after all others, and as its negative the one before all others, in microseconds since 1970. */
export const INFINITE_MICROS = 2n ** 63n - 1n

/** What `infinity`, `-infinity` and `epoch` stand for, in any case; null for any other text. */
export function namedTime(text: string, infinite: bigint): bigint | null {
  switch (text.trim().toLowerCase()) {
    case 'infinity':
    case 'inf':
      return infinite
    case '-infinity':
    case '-inf':
      return -infinite
    case 'epoch':
      return 0n
    default:
      return null
  }
}

/** `infinity` or `-infinity`; null for a value that a calendar has. */
export function infiniteName(value: bigint, infinite: bigint): string | null {
  if (value === infinite) return 'infinity'
  return value === -infinite ? '-infinity' : null
}
