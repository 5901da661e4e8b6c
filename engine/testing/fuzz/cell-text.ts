import { typeName, type DataType } from '../../arrow/types.ts'
import { formatDecimal } from '../../plan/literal-cast.ts'
import { formatDate, formatInterval, formatTime, formatTimestamp } from '../../plan/temporal-text.ts'
import type { Cell } from '../arrow-cells.ts'
import type { IntervalValue } from '../../plan/plan.ts'
import type { Value } from '../reference-value.ts'

/** A float as text; to 9 digits, so that the order of additions does not count. */
function floatText(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(9)) + 0) : String(value)
}

/** A cell of the engine's result in the spelling of `judgedText`. */
export function cellText(cell: Cell, isFloat: boolean): string {
  if (cell === null) return 'NULL'
  return isFloat ? floatText(Number(cell)) : String(cell)
}

/** A value of the judge. Dates and times are spelled as `cellsOf` does. */
export function judgedText(value: Value, type: DataType): string {
  if (value === null) return 'NULL'
  switch (type.kind) {
    case 'float32':
    case 'float64':
      return floatText(Number(value))
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'date':
      return formatDate(value as bigint)
    case 'time':
      return formatTime(value as bigint)
    case 'timestamp':
      return formatTimestamp(value as bigint)
    case 'interval':
      return formatInterval(value as IntervalValue)
    case 'list': {
      const items = value as readonly Value[]
      return `[${items.map((item) => judgedText(item, type.item)).join(', ')}]`
    }
    case 'struct':
    case 'bool':
    case 'utf8':
    case 'uuid':
    case 'timetz':
    case 'timestamp_ns':
      return String(value)
    default:
      if (typeof value === 'bigint') return String(value)
      throw new Error(`no text for ${typeName(type)}`)
  }
}
