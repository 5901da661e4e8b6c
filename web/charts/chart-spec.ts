import type { Field, Schema } from '../../engine/arrow/types.ts'
import { isNumberType, isTimeType } from '../notebook/data-type-name.ts'
import type { ChartSpec } from '../notebook/cell.ts'

/**
 * A first chart, from the columns' types: a time and a number make a line, a text and a number bars, two numbers a
 * scatter. Null when no column is a number.
 */
export function defaultSpec(schema: Schema, rowCount: number): ChartSpec | null {
  const numbers = schema.fields.filter((field) => isNumberType(field.type))
  const time = schema.fields.find((field) => isTimeType(field.type))
  const text = schema.fields.find((field) => isCategory(field))
  const [first, second] = numbers
  if (!first) return null
  const colour = text && rowCount > 1 ? text.name : null
  if (time) return { mark: 'line', x: time.name, y: lastOf(numbers), colour }
  if (text) return { mark: 'bar', x: text.name, y: first.name, colour: null }
  if (second) return { mark: 'scatter', x: first.name, y: second.name, colour: null }
  return { mark: 'bar', x: first.name, y: first.name, colour: null }
}

/** The saved spec if its columns are still there, else a new default. */
export function specFor(spec: ChartSpec | null, schema: Schema, rowCount: number): ChartSpec | null {
  if (!spec) return defaultSpec(schema, rowCount)
  const names = new Set(schema.fields.map((field) => field.name))
  if (!names.has(spec.x) || !names.has(spec.y)) return defaultSpec(schema, rowCount)
  return spec.colour !== null && !names.has(spec.colour) ? { ...spec, colour: null } : spec
}

function isCategory(field: Field): boolean {
  return field.type.kind === 'utf8' || field.type.kind === 'bool'
}

/** Key columns tend to come first, measures last. */
function lastOf(fields: readonly Field[]): string {
  return fields.at(-1)?.name ?? ''
}
