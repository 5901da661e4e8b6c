import { isFloat, isInteger, sameType, typeName, types, type DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { INFINITE_DAY, INFINITE_MICROS } from '../arrow/infinite-time.ts'
import type { LiteralValue } from './plan.ts'
import {
  MICROS_PER_DAY,
  formatDate,
  formatInterval,
  formatTime,
  formatTimestamp,
  parseDate,
  parseInterval,
  parseTime,
  parseTimestamp,
} from './temporal-text.ts'

/** Smallest and largest value of an integer or decimal type, decimals unscaled. */
export function valueBounds(type: DataType): readonly [bigint, bigint] | null {
  if (type.kind === 'decimal') {
    const limit = 10n ** BigInt(type.precision) - 1n
    return [-limit, limit]
  }
  const match = /^(u?)int(\d+)$/.exec(type.kind)
  if (!match) return null
  const bits = BigInt(match[2]!)
  return match[1] ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n]
}

/** Digits before rounding away from zero to a coarser scale. */
export function rescale(value: bigint, from: number, to: number): bigint {
  if (to >= from) return value * 10n ** BigInt(to - from)
  const divisor = 10n ** BigInt(from - to)
  const half = divisor / 2n
  return value >= 0n ? (value + half) / divisor : (value - half) / divisor
}

function outOfRange(value: string, type: DataType): LakebookError {
  return new LakebookError('overflow', `${value} does not fit into ${typeName(type)}`)
}

function checked(value: bigint, type: DataType, text: string): bigint {
  const bounds = valueBounds(type)
  if (bounds && (value < bounds[0] || value > bounds[1])) throw outOfRange(text, type)
  return value
}

export function formatDecimal(value: bigint, scale: number): string {
  if (scale === 0) return String(value)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Digits may have single underscores between them. */
function withoutSeparators(text: string): string {
  return text.includes('_') ? text.replace(/(?<=\d)_(?=\d)/g, '') : text
}

/** `12.345` → unscaled value at a scale; null when it is not a number. Exponents count. */
export function parseDecimal(text: string, scale: number): bigint | null {
  const match = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,4}))?\s*$/i.exec(withoutSeparators(text))
  if (!match || (match[2] === '' && !match[3])) return null
  const fraction = match[3] ?? ''
  const exponent = Number(match[4] ?? 0)
  const digits = BigInt(match[2]! + fraction)
  const have = fraction.length - exponent
  const value = have >= 0 ? rescale(digits, have, scale) : digits * 10n ** BigInt(scale - have)
  return match[1] === '-' ? -value : value
}

/** `0x1F`, `0b101` */
function parseBits(text: string): bigint | null {
  const match = /^\s*(0x[0-9a-f]+(?:_[0-9a-f]+)*|0b[01]+(?:_[01]+)*)\s*$/i.exec(text)
  return match ? BigInt(match[1]!.replaceAll('_', '')) : null
}

function fromText(text: string, to: DataType): LiteralValue | undefined {
  switch (to.kind) {
    case 'bool': {
      const lower = text.trim().toLowerCase()
      if (['true', 't', '1', 'yes', 'y'].includes(lower)) return true
      return ['false', 'f', '0', 'no', 'n'].includes(lower) ? false : undefined
    }
    case 'float32':
    case 'float64': {
      const trimmed = withoutSeparators(text.trim())
      if (/^[+-]?(inf|infinity)$/i.test(trimmed)) return trimmed.startsWith('-') ? -Infinity : Infinity
      if (/^[+-]?nan$/i.test(trimmed)) return NaN
      if (!/^[+-]?[\d.]/.test(trimmed) || /^[+-]?0[xbo]/i.test(trimmed)) return undefined
      const value = Number(trimmed)
      if (Number.isNaN(value)) return undefined
      return to.kind === 'float32' ? Math.fround(value) : value
    }
    case 'decimal': {
      if (to.isOpen === true) return undefined
      const value = parseDecimal(text, to.scale)
      return value === null ? undefined : checked(value, to, text)
    }
    case 'enum': {
      const place = to.values.indexOf(text)
      return place < 0 ? undefined : BigInt(place)
    }
    case 'date':
      return parseDate(text) ?? dayOf(parseTimestamp(text, false))
    case 'time':
      return parseTime(text) ?? timeOf(parseTimestamp(text, false))
    case 'timestamp':
      return parseTimestamp(text, to.zone !== null) ?? undefined
    case 'timestamp_ns':
      return nanoseconds(/\.\d{7}/.test(text) ? null : parseTimestamp(text, false))
    case 'interval':
      return parseInterval(text) ?? undefined
    case 'binary':
      return /[^\x20-\x7e]/.test(text) ? undefined : bytesOf(text)
    default: {
      if (!isInteger(to)) return undefined
      const value = parseBits(text) ?? parseDecimal(text, 0)
      return value === null ? undefined : checked(value, to, text)
    }
  }
}

/** The text's bytes, with \xAB for any byte; undefined where a backslash stands for nothing. */
function bytesOf(text: string): Uint8Array | undefined {
  if (/\\(?!x[0-9a-f]{2})/i.test(text)) return undefined
  const parts = text
    .split(/(\\x[0-9a-f]{2})/i)
    .map((part, index) =>
      index % 2 === 1 ? Uint8Array.of(Number.parseInt(part.slice(2), 16)) : new TextEncoder().encode(part),
    )
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

function timeOf(micros: bigint | null): bigint | undefined {
  if (micros === null || micros === INFINITE_MICROS || micros === -INFINITE_MICROS) return undefined
  return ((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY
}

/** Whether a zone or an offset is at the end, which only the run time can read. */
function endsWithZone(text: string, to: DataType): boolean {
  if (to.kind === 'time') return /\d\s*(z|utc|[+-]\d[\d:]*)\s*$/i.test(text)
  return to.kind === 'timestamp' && to.zone !== null && /\d\s+[a-z][\w/+-]*\s*$/i.test(text)
}

function dayOf(micros: bigint | null): bigint | undefined {
  if (micros === null) return undefined
  return (micros - (((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY)) / MICROS_PER_DAY
}

function toText(value: LiteralValue, from: DataType): string | undefined {
  switch (from.kind) {
    case 'decimal':
      return formatDecimal(value as bigint, from.scale)
    case 'date':
      return formatDate(value as bigint)
    case 'time':
      return formatTime(value as bigint)
    case 'timestamp':
      return from.zone === null ? formatTimestamp(value as bigint) : undefined
    case 'interval':
      return value !== null && typeof value === 'object' && 'months' in value
        ? formatInterval(value)
        : undefined
    case 'bool':
      return value === true ? 'true' : 'false'
    default:
      return isInteger(from) && typeof value === 'bigint' ? value.toString() : undefined
  }
}

/** Errors: `cast` for a finite number that is infinite as a FLOAT. */
function float32(value: number): number {
  const rounded = Math.fround(value)
  if (Number.isFinite(value) && !Number.isFinite(rounded)) throw outOfRange(String(value), types.float32)
  return rounded
}

function fromNumber(value: LiteralValue, from: DataType, to: DataType): LiteralValue | undefined {
  if (typeof value === 'boolean') {
    if (to.kind === 'decimal') return checked(rescale(value ? 1n : 0n, 0, to.scale), to, String(value))
    if (isInteger(to)) return value ? 1n : 0n
    return isFloat(to) ? Number(value) : undefined
  }
  const scale = from.kind === 'decimal' ? from.scale : 0
  if (typeof value === 'bigint') {
    if (to.kind === 'bool') return value !== 0n
    if (isFloat(to)) {
      const float = Number(formatDecimal(value, scale))
      return to.kind === 'float32' ? float32(float) : float
    }
    const targetScale = to.kind === 'decimal' ? to.scale : 0
    if (to.kind !== 'decimal' && !isInteger(to)) return undefined
    return checked(rescale(value, scale, targetScale), to, formatDecimal(value, scale))
  }
  if (typeof value !== 'number') return undefined
  if (to.kind === 'float64') return value
  if (to.kind === 'float32') return float32(value)
  if (to.kind === 'bool') return value !== 0
  if (!Number.isFinite(value)) throw outOfRange(String(value), to)
  if (isInteger(to)) return checked(BigInt(roundHalfEven(value)), to, String(value))
  return undefined
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return Math.round(value)
  return floor % 2 === 0 ? floor : floor + 1
}

/** Undefined for what is infinite, too far or null. */
function nanoseconds(micros: bigint | null): bigint | undefined {
  if (micros === null || micros === INFINITE_MICROS || micros === -INFINITE_MICROS) return undefined
  const value = micros * 1000n
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** Types that a text is not read as here, or not always. */
const readAtRunTime: ReadonlySet<DataType['kind']> = new Set([
  'list',
  'struct',
  'map',
  'json',
  'duration',
  'timestamp_s',
  'timestamp_ms',
  'timestamp_ns',
  'timetz',
  'uuid',
  'bit',
  'interval',
  'binary',
  'null',
])

/**
 * A literal's value in another type, as a cast at run time would give it; undefined when only the run time can tell.
 * Errors, without a span: `cast` for text that does not read as the type, `overflow`.
 */
export function castLiteral(value: LiteralValue, from: DataType, to: DataType): LiteralValue | undefined {
  if (value === null) return to.kind === 'null' ? undefined : null
  if (sameType(from, to)) return value
  if (from.kind === 'utf8') {
    const text = typeof value === 'string' ? value : ''
    const result = fromText(text, to)
    const isOpen = to.kind === 'decimal' && to.isOpen === true
    if (result === undefined && !isOpen && !readAtRunTime.has(to.kind) && !endsWithZone(text, to)) {
      throw new LakebookError('cast', `Could not convert string '${text}' to ${typeName(to)}`)
    }
    return result
  }
  if (from.kind === 'enum') {
    const text = from.values[Number(value)] ?? ''
    return to.kind === 'utf8' ? text : to.kind === 'enum' ? castLiteral(text, types.utf8, to) : undefined
  }
  if (to.kind === 'utf8') return toText(value, from)
  if (from.kind === 'date' && to.kind === 'timestamp') {
    const days = value as bigint
    if (days === INFINITE_DAY || days === -INFINITE_DAY) return undefined
    return days * MICROS_PER_DAY
  }
  if (to.kind === 'timestamp_ns' && (from.kind === 'date' || from.kind === 'timestamp')) {
    const micros = castLiteral(value, from, types.timestamp)
    return nanoseconds(typeof micros === 'bigint' ? micros : null)
  }
  if (from.kind === 'timestamp' && to.kind === 'timestamp')
    return from.zone === null && to.zone === null ? value : undefined
  if (from.kind === 'timestamp' && to.kind === 'date' && from.zone === null) {
    const micros = value as bigint
    if (micros === INFINITE_MICROS || micros === -INFINITE_MICROS) return undefined
    return (micros - (((micros % MICROS_PER_DAY) + MICROS_PER_DAY) % MICROS_PER_DAY)) / MICROS_PER_DAY
  }
  if (to.kind === 'decimal' && to.isOpen === true && from.kind === 'decimal' && from.scale > to.scale)
    return undefined
  if (from.kind === 'bool' || from.kind === 'decimal' || isInteger(from) || isFloat(from))
    return fromNumber(value, from, to)
  return undefined
}
