import { DataType, DateUnit, IntervalUnit, TimeUnit, type Data, type Table } from 'apache-arrow'

export type Cell = null | boolean | number | bigint | string

/** How structs and maps are printed: `{'a': 1}` and `{k=v}`, or `{a: 1}` and `{k: v}`. */
export type NestedStyle = 'duckdb' | 'datafusion'

/**
 * Every cell of a result as a plain value, for tests: integers as number or bigint; decimals, dates, times,
 * timestamps, intervals, binary and nested values as the text that DuckDB prints.
 */
export function cellsOf(table: Table, style: NestedStyle = 'duckdb'): Cell[][] {
  const rows: Cell[][] = Array.from({ length: table.numRows }, () => [])
  for (let column = 0; column < table.numCols; column++) {
    let row = 0
    for (const data of table.getChildAt(column)?.data ?? []) {
      for (let index = 0; index < data.length; index++) rows[row++]!.push(cellAt(data, index, style))
    }
  }
  return rows
}

/** As `cellsOf`, with every whole number as a number. */
export function plainCells(table: Table): Exclude<Cell, bigint>[][] {
  return cellsOf(table).map((row) => row.map((cell) => (typeof cell === 'bigint' ? Number(cell) : cell)))
}

/** A list as `cellsOf` has it; anything else as it is. */
export function listText(value: unknown): unknown {
  if (!Array.isArray(value)) return value
  return `[${value.map((item) => (item === null ? 'NULL' : String(item))).join(', ')}]`
}

export function cellAt(data: Data, index: number, style: NestedStyle): Cell {
  const type: DataType = data.type
  if (DataType.isNull(type) || !data.getValid(index)) return null
  if (DataType.isDictionary(type)) {
    let code = Number((data.values as ArrayLike<number | bigint>)[index])
    for (const part of data.dictionary?.data ?? []) {
      if (code < part.length) return cellAt(part, code, style)
      code -= part.length
    }
    throw new Error(`dictionary code ${code} lies outside its dictionary`)
  }
  if (DataType.isBool(type)) {
    const bit = data.offset + index
    return (((data.values as Uint8Array)[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0
  }
  if (DataType.isInt(type) || DataType.isFloat(type)) {
    return (data.values as ArrayLike<number | bigint>)[index] ?? null
  }
  if (DataType.isDecimal(type))
    return decimalText(data.values as Uint32Array, index, type.bitWidth, type.scale)
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type))
    return new TextDecoder().decode(bytesAt(data, index))
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return binaryText(bytesAt(data, index))
  if (DataType.isFixedSizeBinary(type)) {
    return binaryText(
      (data.values as Uint8Array).subarray(index * type.byteWidth, (index + 1) * type.byteWidth),
    )
  }
  if (DataType.isDate(type)) {
    const values = data.values as ArrayLike<number | bigint>
    const value = Number(values[index])
    if (Math.abs(value) === 2 ** 31 - 1) return value > 0 ? 'infinity' : '-infinity'
    return dateText(type.unit === DateUnit.DAY ? value : Math.floor(value / 86_400_000))
  }
  if (DataType.isTimestamp(type)) {
    const value = (data.values as BigInt64Array)[index] ?? 0n
    if (value === 2n ** 63n - 1n) return 'infinity'
    if (value === 1n - 2n ** 63n) return '-infinity'
    const micros = floorDivide(value * microsPerUnit(type.unit), unitsPerMicro(type.unit))
    const days = floorDivide(micros, 86_400_000_000n)
    const nanos = type.unit === TimeUnit.NANOSECOND ? ((value % 1000n) + 1000n) % 1000n : 0n
    const clock = timeText(micros - days * 86_400_000_000n, nanos)
    const text = `${dateText(Number(days))} ${clock}`
    return type.timezone ? `${text}+00` : text
  }
  if (DataType.isTime(type)) {
    const value = (data.values as ArrayLike<number | bigint>)[index] ?? 0
    return timeText((BigInt(value) * microsPerUnit(type.unit)) / unitsPerMicro(type.unit))
  }
  if (DataType.isDuration(type)) {
    const value = (data.values as BigInt64Array)[index] ?? 0n
    return intervalText(0, 0, (value * microsPerUnit(type.unit)) / unitsPerMicro(type.unit))
  }
  if (DataType.isInterval(type)) return intervalCell(data, type.unit, index)
  if (DataType.isList(type)) {
    const offsets = data.valueOffsets
    const child = data.children[0]!
    const items: string[] = []
    for (let item = offsets[index]!; item < offsets[index + 1]!; item++)
      items.push(nestedText(cellAt(child, item, style)))
    return `[${items.join(', ')}]`
  }
  if (DataType.isStruct(type)) {
    const values = data.children.map((child) => nestedText(cellAt(child, index, style)))
    const names = type.children.map((field) => field.name)
    if (style === 'duckdb' && names.every((name) => name === '')) return `(${values.join(', ')})`
    const quote = style === 'duckdb' ? "'" : ''
    return `{${values.map((value, field) => `${quote}${names[field]}${quote}: ${value}`).join(', ')}}`
  }
  if (DataType.isMap(type)) {
    const offsets = data.valueOffsets
    const [keys, values] = data.children[0]!.children
    const entries: string[] = []
    for (let entry = offsets[index]!; entry < offsets[index + 1]!; entry++) {
      const key = nestedText(cellAt(keys!, entry, style))
      entries.push(`${key}${style === 'duckdb' ? '=' : ': '}${nestedText(cellAt(values!, entry, style))}`)
    }
    return `{${entries.join(', ')}}`
  }
  throw new Error(`no text for Arrow type ${type.typeId}`)
}

function nestedText(cell: Cell): string {
  return cell === null ? 'NULL' : String(cell)
}

export function bytesAt(data: Data, index: number): Uint8Array {
  const offsets = data.valueOffsets as ArrayLike<number | bigint>
  return (data.values as Uint8Array).subarray(Number(offsets[index]), Number(offsets[index + 1]))
}

/** Printable ASCII as it is, the rest as \xHH, as DuckDB prints a BLOB. */
function binaryText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) =>
    byte >= 32 && byte < 127 && byte !== 92 && byte !== 39 && byte !== 34
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}

function decimalText(words: Uint32Array, index: number, bitWidth: number, scale: number): string {
  const count = bitWidth / 32
  let unscaled = 0n
  for (let word = count - 1; word >= 0; word--)
    unscaled = (unscaled << 32n) | BigInt(words[index * count + word] ?? 0)
  unscaled = BigInt.asIntN(bitWidth, unscaled)
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  if (scale === 0) return sign + digits
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function microsPerUnit(unit: TimeUnit): bigint {
  if (unit === TimeUnit.SECOND) return 1_000_000n
  return unit === TimeUnit.MILLISECOND ? 1000n : 1n
}

function unitsPerMicro(unit: TimeUnit): bigint {
  return unit === TimeUnit.NANOSECOND ? 1000n : 1n
}

function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor
  return value % divisor < 0n ? quotient - 1n : quotient
}

/**
 * Days since 1970-01-01 as a proleptic Gregorian date (Howard Hinnant, "chrono-Compatible Low-Level Date
 * Algorithms", civil_from_days), because JavaScript's Date stops at 271,821 years.
 */
function dateText(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const monthAndDay = `${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`
  return year > 0
    ? `${String(year).padStart(4, '0')}-${monthAndDay}`
    : `${String(1 - year).padStart(4, '0')}-${monthAndDay} (BC)`
}

/** Fractions are printed only as far as they are not zero. */
function timeText(micros: bigint, nanos = 0n): string {
  const sign = micros < 0n ? '-' : ''
  const size = micros < 0n ? -micros : micros
  const two = (value: bigint) => value.toString().padStart(2, '0')
  const seconds = size / 1_000_000n
  const clock = `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`
  const fraction = size % 1_000_000n
  const decimals = `${fraction.toString().padStart(6, '0')}${nanos.toString().padStart(3, '0')}`
  return /[1-9]/.test(decimals) ? `${sign}${clock}.${decimals.replace(/0+$/, '')}` : sign + clock
}

/** Months; days and milliseconds; or months, days and nanoseconds. */
function intervalCell(data: Data, unit: IntervalUnit, index: number): string {
  const words = data.values as Int32Array
  if (unit === IntervalUnit.YEAR_MONTH) return intervalText(words[index] ?? 0, 0, 0n)
  if (unit === IntervalUnit.DAY_TIME)
    return intervalText(0, words[index * 2] ?? 0, BigInt(words[index * 2 + 1] ?? 0) * 1000n)
  const low = BigInt((words[index * 4 + 2] ?? 0) >>> 0)
  const high = BigInt(words[index * 4 + 3] ?? 0)
  return intervalText(words[index * 4] ?? 0, words[index * 4 + 1] ?? 0, ((high << 32n) | low) / 1000n)
}

function intervalText(months: number, days: number, micros: bigint): string {
  const parts: string[] = []
  const count = (value: number, unit: string) => {
    if (value !== 0) parts.push(`${value} ${unit}${Math.abs(value) === 1 ? '' : 's'}`)
  }
  count(Math.trunc(months / 12), 'year')
  count(months % 12, 'month')
  count(days, 'day')
  if (micros !== 0n || parts.length === 0) parts.push(timeText(micros))
  return parts.join(' ')
}
