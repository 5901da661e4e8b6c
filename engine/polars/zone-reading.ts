import { types, type DataType } from '../arrow/types.ts'
import type { Expression } from '../plan/plan.ts'
import { call, castTo, literal } from './lowered.ts'

/** The zone that a point in time is shown in; null: none. */
export function zoneOf(type: DataType): string | null {
  return type.kind === 'timestamp' ? type.zone : null
}

function text(value: string): Expression {
  return literal(value, types.utf8)
}

/** The instant, shown in a zone. */
export function instantIn(instant: Expression, zone: string): Expression {
  return castTo(instant, { kind: 'timestamp', zone })
}

/** What a clock in the value's zone shows. */
export function clockReading(value: Expression): Expression {
  const zone = zoneOf(value.type)
  return zone === null
    ? value
    : call('timezone', [text(zone), castTo(value, { kind: 'timestamp', zone: 'UTC' })])
}

/** The same reading in another zone. */
export function readIn(value: Expression, zone: string | null): Expression {
  const reading = clockReading(value)
  return zone === null ? reading : instantIn(call('timezone', [text(zone), reading]), zone)
}
