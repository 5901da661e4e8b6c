import { layoutBatch } from '../../arrow/batch-builder.ts'
import type { ColumnBatch } from '../../arrow/column-batch.ts'
import { physicalType, type PhysicalType } from '../../arrow/types.ts'
import { internalError, unsupported } from '../../errors.ts'
import type { Heap } from '../../memory/heap.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import type { LiteralValue, Values } from '../../plan/plan.ts'
import type { SourceCode } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import { AllValid } from '../sources/all-valid.ts'
import { bindBatch, ColumnSource } from '../sources/column-source.ts'
import type { Stream } from '../stream.ts'

/** Literal rows, which are in the heap as one batch while they are read. */
export function openValues(context: QueryContext, plan: Values): Stream {
  const { profile, runtime } = context
  const operator = profile.operator('Values', `${plan.rows.length} rows`, [])
  const allValid = new AllValid(context)
  return {
    columns: plan.columns,
    parts: [
      {
        steps: [],
        source: {
          code: () => new ColumnSource(plan.columns.map((column) => ({ column, dictionary: false }))),
          async feed(instance, code: SourceCode, run) {
            const { slots } = code as ColumnSource
            const owner = context.consumer(`Values #${operator}`, false)
            try {
              const batch = writeBatch(runtime.heap, owner, plan)
              bindBatch(runtime.heap, instance.block, slots, batch, allValid.covering(batch.length))
              await run(0, batch.length)
            } finally {
              context.release(owner)
            }
          },
        },
      },
    ],
    operator,
    expectedRows: plan.rows.length,
    close: () => undefined,
  }
}

function writeBatch(heap: Heap, owner: PageOwner, plan: Values): ColumnBatch {
  const encoded = plan.columns.map((column, index) => encodeTexts(plan, index, physicalType(column.type)))
  const sizes = encoded.map((texts) => ({
    dataBytes: texts?.reduce((sum, text) => sum + text.length, 0) ?? 0,
    items: 0,
  }))
  const schema = { fields: plan.columns }
  const { bytes } = layoutBatch(schema, plan.rows.length, sizes)
  const pointer = owner.allocate(bytes)
  heap.u8.fill(0, pointer, pointer + bytes)
  const { columns } = layoutBatch(schema, plan.rows.length, sizes, pointer)
  plan.columns.forEach((column, index) => {
    const vector = columns[index]!
    plan.rows.forEach((row, at) => {
      const value = row[index] ?? null
      if (column.nullable && value !== null) setBit(heap, vector.validity, at)
    })
    const texts = encoded[index]
    if (texts === null || texts === undefined) {
      const physical = physicalType(column.type)
      plan.rows.forEach((row, at) => {
        writeFixed(heap, physical, vector.values, at, row[index] ?? null)
      })
    } else {
      let end = 0
      texts.forEach((text, at) => {
        heap.u8.set(text, vector.values + end)
        end += text.length
        heap.i32[(vector.offsets >>> 2) + at + 1] = end
      })
    }
  })
  return { length: plan.rows.length, columns }
}

/** The UTF-8 or raw bytes of a string column's literals; null for columns of fixed width. */
function encodeTexts(plan: Values, index: number, physical: PhysicalType): Uint8Array[] | null {
  if (physical !== 'bytes') return null
  const encoder = new TextEncoder()
  return plan.rows.map((row) => {
    const value = row[index] ?? null
    if (value === null) return new Uint8Array(0)
    if (typeof value === 'string') return encoder.encode(value)
    if (value instanceof Uint8Array) return value
    throw internalError('a literal does not fit its column')
  })
}

function writeFixed(
  heap: Heap,
  physical: PhysicalType,
  values: number,
  at: number,
  value: LiteralValue,
): void {
  if (value === null) return
  const { view } = heap
  switch (physical) {
    case 'bool':
      if (value === true) setBit(heap, values, at)
      return
    case 'i8':
    case 'u8':
      view.setUint8(values + at, Number(value))
      return
    case 'i16':
    case 'u16':
      view.setUint16(values + at * 2, Number(value), true)
      return
    case 'i32':
    case 'u32':
      view.setUint32(values + at * 4, Number(value), true)
      return
    case 'i64':
    case 'u64':
      view.setBigInt64(values + at * 8, asBigInt(value), true)
      return
    case 'f32':
      view.setFloat32(values + at * 4, Number(value), true)
      return
    case 'f64':
      view.setFloat64(values + at * 8, Number(value), true)
      return
    case 'i128':
      view.setBigInt64(values + at * 16, asBigInt(value), true)
      view.setBigInt64(values + at * 16 + 8, asBigInt(value) >> 64n, true)
      return
    case 'interval':
      if (typeof value !== 'object' || value instanceof Uint8Array)
        throw internalError('a literal is no interval')
      view.setInt32(values + at * 16, value.months, true)
      view.setInt32(values + at * 16 + 4, value.days, true)
      view.setBigInt64(values + at * 16 + 8, value.micros, true)
      return
    case 'bytes':
    case 'list':
      throw unsupported('A list among literal rows')
  }
}

function asBigInt(value: LiteralValue): bigint {
  if (typeof value === 'bigint') return value
  throw internalError('a literal does not fit its column')
}

function setBit(heap: Heap, bitmap: number, at: number): void {
  const byte = bitmap + (at >>> 3)
  heap.u8[byte] = (heap.u8[byte] ?? 0) | (1 << (at & 7))
}
