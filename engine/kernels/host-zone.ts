interface Zone {
  readonly format: Intl.DateTimeFormat
  /** When the clock was changed, by the number of the stretch. */
  readonly stretches: Map<number, readonly Change[]>
}

/** From this instant on clocks show so many seconds more than UTC does. */
interface Change {
  readonly fromMs: number
  readonly offset: number
}

/** Clocks change at none but whole quarters of an hour. */
const QUARTER_MS = 15 * 60 * 1000
/** And no zone has changed its clock and changed it back within a week. */
const WEEK_MS = 7 * 24 * 60 * 60 * 1000
const STRETCH_MS = 52 * WEEK_MS
const MOST_STRETCHES = 2000
const zones = new Map<string, Zone | null>()

/** Seconds east of UTC at an instant; NaN when there is no such zone. */
export function zoneOffsetSeconds(name: string, instantMs: number): number {
  let zone = zones.get(name)
  if (zone === undefined) {
    zone = openZone(name)
    zones.set(name, zone)
  }
  if (zone === null) return NaN
  const number = Math.floor(instantMs / STRETCH_MS)
  let changes = zone.stretches.get(number)
  if (changes === undefined) {
    if (zone.stretches.size >= MOST_STRETCHES) zone.stretches.clear()
    changes = changesOf(zone.format, number * STRETCH_MS)
    zone.stretches.set(number, changes)
  }
  let last = changes.length - 1
  while (changes[last]!.fromMs > instantMs) last--
  return changes[last]!.offset
}

/** The offset at the beginning of a stretch, and every change in it. */
function changesOf(format: Intl.DateTimeFormat, beginMs: number): readonly Change[] {
  const changes: Change[] = [{ fromMs: beginMs, offset: offsetAt(format, beginMs) }]
  for (let atMs = beginMs + WEEK_MS; atMs <= beginMs + STRETCH_MS; atMs += WEEK_MS) {
    const offset = offsetAt(format, atMs)
    if (offset !== changes.at(-1)!.offset)
      changes.push({ fromMs: firstWith(format, offset, atMs - WEEK_MS, atMs), offset })
  }
  return changes
}

/** The first quarter of an hour with an offset, between one without it and one with it. */
function firstWith(format: Intl.DateTimeFormat, offset: number, withoutMs: number, withMs: number): number {
  let [low, high] = [withoutMs / QUARTER_MS, withMs / QUARTER_MS]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(format, middle * QUARTER_MS) === offset) high = middle
    else low = middle
  }
  return high * QUARTER_MS
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
    return { format, stretches: new Map() }
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
