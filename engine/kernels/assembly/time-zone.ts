import { MICROS_PER_DAY, MICROS_PER_SECOND, floor_div } from './calendar'
import { host_zone_offset } from './host'
import { say } from './outcome'

/** Failure 2 when there is no such zone. */
function offset_micros(zone: u32, zoneLen: u32, micros: i64): i64 {
  const seconds = host_zone_offset(zone, zoneLen, <f64>floor_div(micros, 1000))
  if (seconds != seconds) {
    say(2)
    return 0
  }
  return <i64>seconds * MICROS_PER_SECOND
}

export function timestamp_at_zone(zone: u32, zoneLen: u32, instant: i64): i64 {
  return instant + offset_micros(zone, zoneLen, instant)
}

/**
 * Near a change of the clock: a reading that occurs twice is the later one, and one that is left out is read by the
 * offset before the change, as in PostgreSQL and DuckDB.
 */
export function timestamp_to_instant(zone: u32, zoneLen: u32, reading: i64): i64 {
  const later = reading - offset_micros(zone, zoneLen, reading + MICROS_PER_DAY)
  if (timestamp_at_zone(zone, zoneLen, later) == reading) return later
  return reading - offset_micros(zone, zoneLen, reading - MICROS_PER_DAY)
}
