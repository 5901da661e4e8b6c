import { typeName, type DataType } from '../arrow/types.ts'
import { formatDecimal } from '../plan/literal-cast.ts'
import { formatDate, formatTimestamp } from '../plan/temporal-text.ts'
import { isInterval, type Row, type Value } from './reference-value.ts'

interface Result {
  readonly columns: readonly { readonly name: string; readonly type: DataType }[]
  readonly rows: readonly Row[]
}

/** A value as one readable text; floats to 10 digits, so that the order of additions does not count. */
export function describeValue(value: Value, type: DataType): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return String(value)
    const digits = type.kind === 'float32' ? 5 : 10
    return String(Number(value.toPrecision(digits)) + 0)
  }
  if (typeof value === 'bigint') {
    if (type.kind === 'decimal') return formatDecimal(value, type.scale)
    if (type.kind === 'date') return formatDate(value)
    return type.kind === 'timestamp' ? formatTimestamp(value) : String(value)
  }
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`
  if (isInterval(value)) return `${value.months} months ${value.days} days ${value.micros} us`
  if (typeof value === 'object')
    return `[${value.map((item) => describeValue(item, type.kind === 'list' ? type.item : type)).join(', ')}]`
  return String(value)
}

/** Column types and then one line for each row, in order or sorted: what two engines must agree on. */
export function describeResult(result: Result, inOrder: boolean): readonly string[] {
  const lines = result.rows.map((row) =>
    row.map((value, index) => describeValue(value, result.columns[index]!.type)).join(' | '),
  )
  return [
    result.columns.map((column) => typeName(column.type)).join(' | '),
    ...(inOrder ? lines : lines.toSorted()),
  ]
}
