import { physicalType, physicalWidth, type DataType, type PhysicalType } from '../../arrow/types.ts'
import type { CodeContext } from '../../codegen/code-context.ts'
import { declareValue, loadValue, type Value } from '../../codegen/value.ts'
import { internalError } from '../../errors.ts'
import type { LiteralValue } from '../../plan/plan.ts'
import { lowerComparison } from './comparison.ts'

/** Fewer are compared one after the other. */
const SMALLEST_SET = 16

/** The literals of an IN list that are not NULL, sorted and in the heap: a row finds its value by halving. */
export interface LiteralSet {
  readonly type: DataType
  readonly address: number
  readonly count: number
}

/** Null where the values are few, or of a type that literals of one value may spell in several ways. */
export function placeLiteralSet(
  context: CodeContext,
  type: DataType,
  values: readonly LiteralValue[],
): LiteralSet | null {
  const physical = physicalType(type)
  if (values.length < SMALLEST_SET || physical === 'interval' || physical === 'list') return null
  const bytes = physical === 'bytes' ? textEntries(context, values) : numberEntries(physical, values)
  return { type, address: context.constant(bytes), count: bytes.length / physicalWidth(physical) }
}

/** Pushes 1 when a value that is not NULL is in the set, else 0. */
export function emitIsInSet(context: CodeContext, value: Value, set: LiteralSet): void {
  const { f } = context
  const width = physicalWidth(value.physical)
  const candidate = declareValue(f, set.type, false)
  const [at, count, half, middle] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')]
  f.i32(set.address)
  f.set(at)
  f.i32(set.count)
  f.set(count)
  // the value, if it is in the set, is among the `count` entries from `at`
  f.block((done) => {
    f.loop((again) => {
      f.get(count)
      f.i32(1)
      f.op('i32.le_u')
      f.brIf(done)
      f.get(count)
      f.i32(1)
      f.op('i32.shr_u')
      f.set(half)
      f.get(at)
      f.get(half)
      f.i32(width)
      f.op('i32.mul')
      f.op('i32.add')
      f.set(middle)
      loadValue(f, candidate, middle, 0)
      const isBelow = lowerComparison(context, candidate, value, 'le')
      f.get(middle)
      f.get(at)
      f.get(isBelow.locals[0]!)
      f.op('select')
      f.set(at)
      f.get(count)
      f.get(half)
      f.op('i32.sub')
      f.set(count)
      f.br(again)
    })
  })
  loadValue(f, candidate, at, 0)
  f.get(lowerComparison(context, candidate, value, 'eq').locals[0]!)
}

function numberEntries(physical: PhysicalType, values: readonly LiteralValue[]): Uint8Array {
  const sorted = values.map(asNumber).toSorted(compareNumbers)
  const distinct = sorted.filter(
    (value, index) => index === 0 || compareNumbers(value, sorted[index - 1]!) !== 0,
  )
  const width = physicalWidth(physical)
  const bytes = new Uint8Array(distinct.length * width)
  const view = new DataView(bytes.buffer)
  distinct.forEach((value, index) => {
    const at = index * width
    if (typeof value === 'number') view[width === 4 ? 'setFloat32' : 'setFloat64'](at, value, true)
    else
      for (let part = 0; part < width; part += 1)
        view.setUint8(at + part, Number((value >> BigInt(part * 8)) & 255n))
  })
  return bytes
}

function asNumber(value: LiteralValue): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  if (typeof value === 'boolean') return value ? 1n : 0n
  throw internalError(`a literal ${typeof value} in a set of numbers`)
}

/** NaN comes last, as it does in the engine. */
function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (typeof a === 'bigint' || typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  return a - b
}

/** Pairs of address and length, sorted by the bytes that they are of. */
function textEntries(context: CodeContext, values: readonly LiteralValue[]): Uint8Array {
  const encoder = new TextEncoder()
  const all = values.map((value) => {
    if (typeof value === 'string') return encoder.encode(value)
    if (value instanceof Uint8Array) return value
    throw internalError(`a literal ${typeof value} in a set of texts`)
  })
  const sorted = all.toSorted(compareBytes)
  const distinct = sorted.filter(
    (value, index) => index === 0 || compareBytes(value, sorted[index - 1]!) !== 0,
  )
  const text = new Uint8Array(distinct.reduce((sum, { length }) => sum + length, 0))
  const entries = new Uint32Array(distinct.length * 2)
  let at = 0
  distinct.forEach((value, index) => {
    entries.set([at, value.length], index * 2)
    text.set(value, at)
    at += value.length
  })
  const address = context.constant(text)
  for (let index = 0; index < entries.length; index += 2) entries[index]! += address
  return new Uint8Array(entries.buffer)
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) if (a[at] !== b[at]) return a[at]! - b[at]!
  return a.length - b.length
}
