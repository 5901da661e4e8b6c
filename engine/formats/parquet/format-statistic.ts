import type { DataType } from '../../arrow/types.ts'
import type { StatisticValue } from '../../catalog/table-provider.ts'

const MOST_CHARACTERS = 24
const DAY_MS = 86_400_000

/** A bound or a predicate's value as people write it. */
export function formatStatistic(type: DataType, value: StatisticValue): string {
  switch (type.kind) {
    case 'utf8':
      return quote(typeof value === 'string' ? value : decode(value))
    case 'binary':
      return value instanceof Uint8Array ? `${value.length} bytes` : String(value)
    case 'decimal':
      return typeof value === 'bigint' ? scaled(value, type.scale) : String(value)
    case 'date':
      return typeof value === 'bigint'
        ? (isoDate(Number(value) * DAY_MS)?.slice(0, 10) ?? String(value))
        : String(value)
    case 'timestamp':
      return typeof value === 'bigint' ? isoTimestamp(value) : String(value)
    case 'time':
      return typeof value === 'bigint' ? isoTimestamp(value).slice(11) : String(value)
    default:
      return String(value)
  }
}

function decode(value: StatisticValue): string {
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value)
}

function quote(text: string): string {
  const characters = Array.from(text)
  return characters.length > MOST_CHARACTERS
    ? `'${characters.slice(0, MOST_CHARACTERS).join('')}…'`
    : `'${text}'`
}

function scaled(value: bigint, scale: number): string {
  if (scale === 0) return String(value)
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function isoDate(ms: number): string | null {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

function isoTimestamp(micros: bigint): string {
  const iso = isoDate(Number(micros / 1000n))
  return iso === null
    ? String(micros)
    : iso
        .replace('T', ' ')
        .replace('Z', '')
        .replace(/\.000$/, '')
}
