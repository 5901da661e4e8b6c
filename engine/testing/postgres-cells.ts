import { DataType, type Data, type Table } from 'apache-arrow'
import { bytesAt, cellAt, type Cell } from './arrow-cells.ts'

/**
 * Every cell of a result as PostgreSQL prints it: `t`, `{1,NULL,"a b"}`, `(1,2)`, `\x0a`, `1 mon`. What a value is
 * comes from its Arrow type.
 */
export function postgresCellsOf(table: Table): Cell[][] {
  const rows: Cell[][] = Array.from({ length: table.numRows }, () => [])
  for (let column = 0; column < table.numCols; column++) {
    let row = 0
    for (const data of table.getChildAt(column)?.data ?? []) {
      for (let index = 0; index < data.length; index++) rows[row++]!.push(postgresCell(data, index))
    }
  }
  return rows
}

function postgresCell(data: Data, index: number): Cell {
  const type: DataType = data.type
  if (DataType.isNull(type) || !data.getValid(index)) return null
  if (DataType.isList(type)) return listText(data, index)
  if (DataType.isStruct(type)) return rowText(data, index)
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) {
    const digits = Array.from(bytesAt(data, index), (byte) => byte.toString(16).padStart(2, '0'))
    return `\\x${digits.join('')}`
  }
  const cell = cellAt(data, index, 'duckdb')
  if (DataType.isBool(type)) return cell === true ? 't' : 'f'
  if (DataType.isFloat(type)) return floatText(Number(cell))
  if (DataType.isInterval(type)) return String(cell).replace(/month/g, 'mon')
  if (DataType.isDate(type) || DataType.isTimestamp(type)) return String(cell).replace(' (BC)', ' BC')
  return cell
}

function floatText(value: number): Cell {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

/** Items are quoted where they hold what lists are written with, or nothing, or say NULL. */
function listText(data: Data, index: number): string {
  const offsets = data.valueOffsets
  const child = data.children[0]!
  const items: string[] = []
  for (let item = offsets[index]!; item < offsets[index + 1]!; item++) {
    const cell = postgresCell(child, item)
    const text = cell === null ? 'NULL' : String(cell)
    const isPlain = cell === null || DataType.isList(child.type)
    const needsQuotes = text === '' || /["\\{},\s]/.test(text) || /^null$/i.test(text)
    items.push(isPlain || !needsQuotes ? text : `"${text.replace(/["\\]/g, '\\$&')}"`)
  }
  return `{${items.join(',')}}`
}

/** NULL is nothing at all. */
function rowText(data: Data, index: number): string {
  const fields = data.children.map((child) => {
    const cell = postgresCell(child, index)
    if (cell === null) return ''
    const text = String(cell)
    return text === '' || /["\\(),\s]/.test(text) ? `"${text.replace(/["\\]/g, '$&$&')}"` : text
  })
  return `(${fields.join(',')})`
}
