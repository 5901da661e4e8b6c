import { types, type DataType, type EnumType } from '../arrow/types.ts'
import type { Converted } from './cast.ts'
import type { CodeContext } from './code-context.ts'
import { emitKernelCall } from './kernel-call.ts'
import { declareValue, type Value } from './value.ts'

const ENTRY_BYTES = 12

interface Entry {
  readonly bytes: Uint8Array
  readonly place: number
}

/** Entries as `kernels/assembly/enum.ts` has them, and then their texts. */
function tableOf(entries: readonly Entry[]): Uint8Array {
  const head = entries.length * ENTRY_BYTES
  const table = new Uint8Array(entries.reduce((size, { bytes }) => size + bytes.length, head))
  const view = new DataView(table.buffer)
  let at = head
  entries.forEach(({ bytes, place }, index) => {
    view.setUint32(index * ENTRY_BYTES, at, true)
    view.setUint32(index * ENTRY_BYTES + 4, bytes.length, true)
    view.setUint32(index * ENTRY_BYTES + 8, place, true)
    table.set(bytes, at)
    at += bytes.length
  })
  return table
}

function entriesOf({ values }: EnumType): readonly Entry[] {
  return values.map((value, place) => ({ bytes: new TextEncoder().encode(value), place }))
}

function byBytes(a: Entry, b: Entry): number {
  const length = Math.min(a.bytes.length, b.bytes.length)
  for (let i = 0; i < length; i++) if (a.bytes[i] !== b.bytes[i]) return a.bytes[i]! - b.bytes[i]!
  return a.bytes.length - b.bytes.length
}

/** A text as one of the type's values. */
export function textToEnum(context: CodeContext, text: Value, to: EnumType): Converted {
  const table = context.constant(tableOf(entriesOf(to).toSorted(byBytes)))
  const place = emitKernelCall(context, {
    kernel: 'enum_place',
    args: [text],
    constants: [table, to.values.length],
    type: to,
    nullable: true,
  })
  return { value: { ...place, valid: null }, ok: place.valid }
}

/** The text of a value. */
export function enumToText(context: CodeContext, value: Value): Value {
  const { f } = context
  const type: DataType = value.type
  const table = type.kind === 'enum' ? context.constant(tableOf(entriesOf(type))) : 0
  const result = declareValue(f, types.utf8, false)
  f.get(value.locals[0]!)
  f.i32(ENTRY_BYTES)
  f.op('i32.mul')
  f.i32(table)
  f.op('i32.add')
  const entry = f.keep('i32')
  f.get(entry)
  f.memory('i32.load')
  f.i32(table)
  f.op('i32.add')
  f.set(result.locals[0]!)
  f.get(entry)
  f.memory('i32.load', 4)
  f.set(result.locals[1]!)
  return result
}
