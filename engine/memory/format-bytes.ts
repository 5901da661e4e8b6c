const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A byte count for people: `640 KiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return 'unlimited'
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  const digits = unit > 0 && value < 10 && !Number.isInteger(value) ? 1 : 0
  return `${value.toFixed(digits)} ${UNITS[unit]}`
}
