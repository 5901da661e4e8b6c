import { DataType as ArrowType, DateUnit, TimeUnit, type Vector } from 'apache-arrow'
import type { DataType } from '../../engine/arrow/types.ts'
import { infiniteName } from './infinite-name.ts'
import { nestedText } from './nested-text.ts'

const BYTES_SHOWN = 32

/** One value as the grid shows and copies it; null for NULL. `type` decides, whatever way it travelled. */
export function valueText(vector: Vector, row: number, type: DataType): string | null {
  if (!vector.isValid(row)) return null
  switch (type.kind) {
    case 'null':
      return null
    case 'decimal':
      return decimalText(unscaled(vector.get(row)), type.scale)
    case 'date':
      return (
        infiniteName(BigInt(raw(vector, row)), 'date') ??
        dateText(rawNumber(vector, row) * (isMilliseconds(vector) ? 1 : 86_400_000))
      )
    case 'timestamp':
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_ns':
      return infiniteName(BigInt(raw(vector, row)), 'timestamp') ?? momentText(vector, row, type)
    case 'time':
      return timeText(microseconds(vector, row))
    case 'duration':
      return durationText(microseconds(vector, row))
    case 'interval':
      return intervalText(vector.get(row))
    case 'float32':
      return float32Text(Number(vector.get(row)))
    case 'binary':
      return binaryText(vector.get(row) as Uint8Array)
    case 'list':
    case 'map':
    case 'struct':
      return nestedText(vector, row, type, valueText)
    default:
      return String(vector.get(row))
  }
}

/** A value as a number for charts: timestamps and dates in milliseconds. Null for NULL and what is no number. */
export function valueNumber(vector: Vector, row: number, type: DataType): number | null {
  if (!vector.isValid(row)) return null
  switch (type.kind) {
    case 'decimal':
      return Number(unscaled(vector.get(row))) / 10 ** type.scale
    case 'date':
      return rawNumber(vector, row) * (isMilliseconds(vector) ? 1 : 86_400_000)
    case 'timestamp':
    case 'timestamp_s':
    case 'timestamp_ms':
    case 'timestamp_ns':
    case 'time':
    case 'duration':
      return Number(microseconds(vector, row)) / 1000
    default: {
      const number = Number(vector.get(row))
      return Number.isFinite(number) ? number : null
    }
  }
}

/** 128 bits as Arrow's words, least significant first, or an int64 as it is. */
function unscaled(value: unknown): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return BigInt(value)
  const words = value as Uint32Array
  const bits = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word >>> 0), 0n)
  return BigInt.asIntN(32 * words.length, bits)
}

function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  if (scale === 0) return sign + digits
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The value as it lies in the buffer, before Arrow's own conversions lose digits. */
function raw(vector: Vector, row: number): bigint | number {
  let index = row
  for (const data of vector.data) {
    if (index < data.length) return (data.values as BigInt64Array | Int32Array)[index]!
    index -= data.length
  }
  return 0
}

function rawNumber(vector: Vector, row: number): number {
  return Number(raw(vector, row))
}

function isMilliseconds(vector: Vector): boolean {
  const type = vector.type as ArrowType
  return ArrowType.isDate(type) && type.unit === DateUnit.MILLISECOND
}

function microseconds(vector: Vector, row: number): bigint {
  const value = BigInt(raw(vector, row))
  switch ((vector.type as { readonly unit?: TimeUnit }).unit) {
    case TimeUnit.SECOND:
      return value * 1_000_000n
    case TimeUnit.MILLISECOND:
      return value * 1000n
    case TimeUnit.NANOSECOND:
      return (value - (((value % 1000n) + 1000n) % 1000n)) / 1000n
    default:
      return value
  }
}

function momentText(vector: Vector, row: number, type: DataType): string {
  const text = timestampText(microseconds(vector, row))
  if (type.kind !== 'timestamp_ns') return type.kind === 'timestamp' && type.zone !== null ? `${text}Z` : text
  const nanos = ((BigInt(raw(vector, row)) % 1000n) + 1000n) % 1000n
  if (nanos === 0n) return text
  const [clock, fraction = ''] = text.split('.')
  return `${clock}.${fraction.padEnd(6, '0')}${String(nanos).padStart(3, '0')}`
}

function dateText(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime())
    ? String(ms)
    : date.toISOString().slice(0, ms < -62_135_596_800_000 ? 13 : 10)
}

function timestampText(us: bigint): string {
  const day = us >= 0n ? us / 86_400_000_000n : -((-us + 86_399_999_999n) / 86_400_000_000n)
  return `${dateText(Number(day) * 86_400_000)} ${timeText(us - day * 86_400_000_000n)}`
}

/** `12:05:09`, with as many digits of the second as there are. */
function timeText(us: bigint): string {
  const two = (part: bigint) => part.toString().padStart(2, '0')
  const seconds = us / 1_000_000n
  const fraction = us % 1_000_000n
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  return fraction === 0n ? clock : `${clock}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`
}

function durationText(us: bigint): string {
  const size = us < 0n ? -us : us
  const days = size / 86_400_000_000n
  return `${us < 0n ? '-' : ''}${days > 0n ? `${days}d ` : ''}${timeText(size % 86_400_000_000n)}`
}

/** Arrow's month-day-nanosecond interval: months, days, then 64 bits of nanoseconds. */
function intervalText(value: unknown): string {
  const [months = 0, days = 0, low = 0, high = 0] = value as Int32Array
  const nanoseconds = (BigInt(high) << 32n) | BigInt(low >>> 0)
  const parts = [
    months === 0 ? '' : `${months} ${Math.abs(months) === 1 ? 'month' : 'months'}`,
    days === 0 ? '' : `${days} ${Math.abs(days) === 1 ? 'day' : 'days'}`,
    nanoseconds === 0n ? '' : durationText(nanoseconds / 1000n),
  ].filter((part) => part !== '')
  return parts.length > 0 ? parts.join(' ') : '00:00:00'
}

/** The shortest digits that give the same 32-bit number back. */
function float32Text(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits)
    if (Math.fround(Number(text)) === value) return String(Number(text))
  }
  return String(value)
}

function binaryText(bytes: Uint8Array): string {
  const shown = Array.from(bytes.subarray(0, BYTES_SHOWN), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  )
  return `\\x${shown}${bytes.length > BYTES_SHOWN ? `… (${bytes.length} bytes)` : ''}`
}
