interface Zone {
  readonly format: Intl.DateTimeFormat
  /** Offsets by the quarter of an hour: clocks change at none but whole quarters. */
  readonly offsets: Map<number, number>
}

const QUARTER_MS = 15 * 60 * 1000
const MOST_OFFSETS = 100_000
const zones = new Map<string, Zone | null>()

/** Seconds east of UTC at an instant; NaN when there is no such zone. */
export function zoneOffsetSeconds(name: string, instantMs: number): number {
  let zone = zones.get(name)
  if (zone === undefined) {
    zone = openZone(name)
    zones.set(name, zone)
  }
  if (zone === null) return NaN
  const quarter = Math.floor(instantMs / QUARTER_MS)
  let offset = zone.offsets.get(quarter)
  if (offset === undefined) {
    if (zone.offsets.size >= MOST_OFFSETS) zone.offsets.clear()
    offset = offsetAt(zone.format, quarter * QUARTER_MS)
    zone.offsets.set(quarter, offset)
  }
  return offset
}

function openZone(name: string): Zone | null {
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    return { format, offsets: new Map() }
  } catch {
    return null
  }
}

/** What the clock shows, read as UTC, less the instant. */
function offsetAt(format: Intl.DateTimeFormat, instantMs: number): number {
  const parts: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {}
  for (const { type, value } of format.formatToParts(instantMs)) parts[type] = value
  const year = parts.era?.startsWith('B') === true ? 1 - Number(parts.year) : Number(parts.year)
  const shown = new Date(0)
  shown.setUTCFullYear(year, Number(parts.month) - 1, Number(parts.day))
  shown.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second))
  return (shown.getTime() - instantMs) / 1000
}
