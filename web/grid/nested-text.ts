import { Vector, type Data } from 'apache-arrow'
import { entryType, isNested, type DataType, type StructType } from '../../engine/arrow/types.ts'

const ITEMS_SHOWN = 20

/** What a value inside another looks like: the text of one row of a vector, or null for NULL. */
type TextOf = (vector: Vector, row: number, type: DataType) => string | null

/** A list, a map or a struct as DuckDB prints it: `[1, NULL]`, `{k=v}`, `{'a': 1}`; long lists are cut. */
export function nestedText(vector: Vector, row: number, type: DataType, textOf: TextOf): string {
  switch (type.kind) {
    case 'struct':
      return structText(vector, row, type, textOf)
    case 'map': {
      const entries = itemsOf(vector, row)
      const entry = entryType(type)
      const part = (index: number, field: 0 | 1): string =>
        inside(entries.getChildAt(field)!, index, entry.fields[field]!.type, textOf, false)
      return `{${shown(entries.length, (index) => `${part(index, 0)}=${part(index, 1)}`)}}`
    }
    case 'list': {
      const items = itemsOf(vector, row)
      return `[${shown(items.length, (index) => inside(items, index, type.item, textOf, true))}]`
    }
    default:
      return textOf(vector, row, type) ?? 'NULL'
  }
}

function structText(vector: Vector, row: number, type: StructType, textOf: TextOf): string {
  const values = type.fields.map((field, index) =>
    inside(vector.getChildAt(index)!, row, field.type, textOf, true),
  )
  if (type.fields.every(({ name }) => name === '')) return `(${values.join(', ')})`
  return `{${values.map((value, index) => `'${type.fields[index]!.name}': ${value}`).join(', ')}}`
}

function inside(vector: Vector, row: number, type: DataType, textOf: TextOf, quotes: boolean): string {
  const text = textOf(vector, row, type)
  if (text === null) return 'NULL'
  if (!quotes || isNested(type) || !needsQuotes(text)) return text
  return `'${text.replaceAll(/['\\]/g, String.raw`\$&`)}'`
}

/** It is empty, reads as NULL, has white space at an end or a sign of its own. */
function needsQuotes(text: string): boolean {
  return text === '' || text.trim() !== text || /^null$/i.test(text) || /["'(),:=[\\\]{}]/.test(text)
}

function shown(length: number, textAt: (index: number) => string): string {
  const parts = Array.from({ length: Math.min(length, ITEMS_SHOWN) }, (_, index) => textAt(index))
  if (length > ITEMS_SHOWN) parts.push(`… ${length - ITEMS_SHOWN} more`)
  return parts.join(', ')
}

/** The items of one row. */
function itemsOf(vector: Vector, row: number): Vector {
  let index = row
  for (const data of vector.data as readonly Data[]) {
    if (index >= data.length) {
      index -= data.length
      continue
    }
    const offsets = data.valueOffsets as Int32Array
    const first = offsets[index]!
    return new Vector([data.children[0]!.slice(first, offsets[index + 1]! - first)])
  }
  throw new Error('a row beyond the end of its column')
}
