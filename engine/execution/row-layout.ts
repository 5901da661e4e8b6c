import { physicalType, physicalWidth } from '../arrow/types.ts'
import type { FunctionBuilder, Local } from '../codegen/assembler.ts'
import { loadValue, pushValid, storeValue, type Value, declareValue } from '../codegen/value.ts'
import type { Column, ColumnId } from '../plan/plan.ts'

export interface RowField {
  readonly column: Column
  /** Bytes from the start of the row. */
  readonly offset: number
  /** Where the validity byte is (1 = not NULL); -1 for a column that is never NULL. */
  readonly validOffset: number
}

/**
 * A materialised row: the operator's own header, then fixed-width values (widest first, each aligned to its width up
 * to 8), then one validity byte for each nullable column. Strings and lists are pointer and length into the row
 * store's arena. `width` is a multiple of 8.
 */
export interface RowLayout {
  readonly headerBytes: number
  readonly fields: readonly RowField[]
  readonly width: number
  /** Some field points into an arena. */
  readonly hasArena: boolean
}

export function layoutRow(columns: readonly Column[], headerBytes: number): RowLayout {
  const widths = columns.map((column) => physicalWidth(physicalType(column.type)))
  const order = columns.map((_, index) => index).sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0))
  const offsets = new Array<number>(columns.length).fill(0)
  let at = (headerBytes + 7) & ~7
  for (const index of order) {
    offsets[index] = at
    at += widths[index] ?? 0
  }
  const fields = columns.map((column, index) => ({
    column,
    offset: offsets[index] ?? 0,
    validOffset: column.nullable ? at++ : -1,
  }))
  return {
    headerBytes,
    fields,
    width: (at + 7) & ~7,
    hasArena: columns.some((column) => pointsAway(column)),
  }
}

export function pointsAway(column: Pick<Column, 'type'>): boolean {
  const physical = physicalType(column.type)
  return physical === 'bytes' || physical === 'list'
}

/** Emits loads of a field into a fresh value. */
export function emitLoadField(f: FunctionBuilder, row: Local, field: RowField): Value {
  const value = declareValue(f, field.column.type, field.validOffset >= 0)
  loadValue(f, value, row, field.offset)
  if (value.valid !== null) {
    f.get(row)
    f.memory('i32.load8_u', field.validOffset)
    f.set(value.valid)
  }
  return value
}

/** Emits stores of a value and its validity. Pointers are stored as they are: the caller has copied to the arena. */
export function emitStoreField(f: FunctionBuilder, row: Local, field: RowField, value: Value): void {
  storeValue(f, value, row, field.offset)
  if (field.validOffset >= 0) {
    f.get(row)
    pushValid(f, value)
    f.memory('i32.store8', field.validOffset)
  }
}

/** Makes a row's fields the current values of their columns. */
export function defineFields(
  context: { readonly f: FunctionBuilder; define(id: ColumnId, load: () => Value): void },
  row: Local,
  layout: RowLayout,
): void {
  for (const field of layout.fields)
    context.define(field.column.id, () => emitLoadField(context.f, row, field))
}
