// making a formatter costs more than using it a hundred times
const WHOLE = new Intl.NumberFormat('en')
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const HUNDREDTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 2 })

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** `64 MiB`, `1.5 GiB`: three significant digits at most. */
export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${shortNumber(value)} ${UNITS[unit]}`
}

/** `0.4 ms`, `64 ms`, `2.4 s`, `3 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? shortNumber(ms) : Math.round(ms)} ms`
  if (ms < 60_000) return `${shortNumber(ms / 1000)} s`
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`
}

export function formatCount(count: number): string {
  return WHOLE.format(count)
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`
}

function shortNumber(value: number): string {
  if (value < 10) return HUNDREDTHS.format(value)
  return value < 100 ? TENTHS.format(value) : WHOLE.format(Math.round(value))
}
