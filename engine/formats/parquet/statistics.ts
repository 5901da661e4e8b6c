import { isNested, physicalType, type DataType } from '../../arrow/types.ts'
import type { StatisticValue } from '../../catalog/table-provider.ts'
import type { ColumnMapping } from './column-types.ts'
import type { ColumnChunk, RawStatistics } from './footer.ts'

/**
 * What a column chunk's statistics prove about its values. Utf8 bounds stay bytes, because a writer may cut them in the
 * middle of a character. `exact`: min and max are values of the chunk, not just bounds.
 */
export interface ChunkBounds {
  readonly min: StatisticValue | null
  readonly max: StatisticValue | null
  readonly exact: boolean
  readonly nullCount: number | null
}

const UNKNOWN: ChunkBounds = { min: null, max: null, exact: false, nullCount: null }

/**
 * Deliberately careful: wherever a writer may have meant something else, the bounds are unknown. Deprecated bounds, and
 * files that do not declare column orders, are believed only for types that everyone compares as signed numbers. NaN in
 * a bound, or a minimum above the maximum, makes both unknown. INT96, UUID, float16 and lists have no bounds.
 */
export function chunkBounds(
  mapping: ColumnMapping & { kind: 'supported' },
  chunk: ColumnChunk,
  hasColumnOrders: boolean,
): ChunkBounds {
  if (isNested(mapping.type)) return UNKNOWN
  const required = mapping.leaf.repetition === 'required'
  const raw = chunk.statistics
  if (raw === null) return { ...UNKNOWN, nullCount: required ? 0 : null }
  const nullCount = required ? 0 : believableNullCount(raw, chunk)
  const trusted = (!raw.deprecated && hasColumnOrders) || comparesAsSigned(mapping)
  if (!trusted) return { ...UNKNOWN, nullCount }
  const min = raw.min === null ? null : decodeBound(mapping, raw.min)
  const max = raw.max === null ? null : decodeBound(mapping, raw.max)
  if (Number.isNaN(min) || Number.isNaN(max)) return { ...UNKNOWN, nullCount }
  if (min !== null && max !== null && compareValues(min, max) > 0) return { ...UNKNOWN, nullCount }
  return { min, max, exact: raw.minExact && raw.maxExact, nullCount }
}

function believableNullCount(raw: RawStatistics, chunk: ColumnChunk): number | null {
  return raw.nullCount !== null && raw.nullCount <= chunk.values ? raw.nullCount : null
}

function comparesAsSigned(mapping: ColumnMapping & { kind: 'supported' }): boolean {
  const { physical, annotation } = mapping.leaf
  if (annotation?.kind === 'integer') return annotation.signed
  return physical === 'INT32' || physical === 'INT64' || physical === 'FLOAT' || physical === 'DOUBLE'
}

function decodeBound(
  mapping: ColumnMapping & { kind: 'supported' },
  bytes: Uint8Array,
): StatisticValue | null {
  const { leaf, conversion } = mapping
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const unsigned = leaf.annotation?.kind === 'integer' && !leaf.annotation.signed
  switch (leaf.physical) {
    case 'BOOLEAN':
      return bytes.length === 1 ? bytes[0] !== 0 : null
    case 'INT32': {
      if (bytes.length !== 4) return null
      const value = BigInt(unsigned ? view.getUint32(0, true) : view.getInt32(0, true))
      return conversion.kind === 'times' ? value * BigInt(conversion.factor) : value
    }
    case 'INT64': {
      if (bytes.length !== 8) return null
      const value = unsigned ? view.getBigUint64(0, true) : view.getBigInt64(0, true)
      if (conversion.kind === 'times') return value * BigInt(conversion.factor)
      return conversion.kind === 'divided' ? floorDivide(value, BigInt(conversion.factor)) : value
    }
    case 'FLOAT':
      return bytes.length === 4 ? view.getFloat32(0, true) : null
    case 'DOUBLE':
      return bytes.length === 8 ? view.getFloat64(0, true) : null
    case 'BYTE_ARRAY':
      return conversion.kind === 'decimal128' ? bigEndian(bytes) : bytes
    case 'FIXED_LEN_BYTE_ARRAY':
      if (conversion.kind === 'decimal128') return bigEndian(bytes)
      return conversion.kind === 'fixed_bytes' ? bytes : null
    case 'INT96':
    case null:
      return null
  }
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return quotient * divisor > value ? quotient - 1n : quotient
}

/** Two's complement, as Parquet stores decimals in byte arrays. */
function bigEndian(bytes: Uint8Array): bigint | null {
  if (bytes.length === 0 || bytes.length > 16) return null
  let value = BigInt(((bytes[0] ?? 0) << 24) >> 24)
  for (const byte of bytes.subarray(1)) value = (value << 8n) | BigInt(byte)
  return value
}

/** A predicate's value in the form of the bounds: utf8 as bytes. */
export function comparable(value: StatisticValue): StatisticValue {
  return typeof value === 'string' ? new TextEncoder().encode(value) : value
}

/** Orders two values of the same form; bytes as unsigned. */
export function compareValues(a: StatisticValue, b: StatisticValue): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b)
  return a < b ? -1 : a > b ? 1 : 0
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length)
  for (let i = 0; i < common; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Bounds of all chunks together; unknown as soon as one is. Chunks without any value do not count. */
export function mergeBounds(
  chunks: readonly { readonly bounds: ChunkBounds; readonly rows: number }[],
): ChunkBounds {
  let nullCount: number | null = 0
  let min: StatisticValue | null = null
  let max: StatisticValue | null = null
  let known = true
  for (const { bounds, rows } of chunks) {
    nullCount = nullCount === null || bounds.nullCount === null ? null : nullCount + bounds.nullCount
    if (rows === 0 || bounds.nullCount === rows) continue
    if (bounds.min === null || bounds.max === null) {
      known = false
      continue
    }
    if (min === null || compareValues(bounds.min, min) < 0) min = bounds.min
    if (max === null || compareValues(bounds.max, max) > 0) max = bounds.max
  }
  return known ? { min, max, exact: false, nullCount } : { ...UNKNOWN, nullCount }
}

/** The bound as the planner reads it: text as a string, or null where it is no valid text. */
export function plannerValue(type: DataType, bound: StatisticValue | null): StatisticValue | null {
  if (!(bound instanceof Uint8Array) || type.kind !== 'utf8') return bound
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bound)
  } catch {
    return null
  }
}

/** How many distinct values there can be at the most, from the width of the range; null when unbounded. */
export function distinctWithin(type: DataType, bounds: ChunkBounds, rows: number): number | null {
  if (type.kind === 'bool') return Math.min(rows, 2)
  if (typeof bounds.min !== 'bigint' || typeof bounds.max !== 'bigint') return null
  if (physicalType(type) === 'i128') return null
  const range = Number(bounds.max - bounds.min) + 1
  return range < rows ? range : null
}
