import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { decimal, types, type DataType } from '../arrow/types.ts'
import { openExpressionRunner, type ExpressionRunner } from '../testing/expression-runner.ts'
import type { TestColumn } from '../testing/expression-syntax.ts'
import type { IntervalValue, LiteralValue } from '../plan/plan.ts'
import { emitCompare, emitEquals, emitNullSafeEquals } from './compare.ts'
import { emitHash } from './hash.ts'
import { emitKeyPrefix } from './normalized-key.ts'

const integers = (bits: number) =>
  fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
const naturals = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n })
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'a', 'aaaaaaaa', 'aaaaaaaab', 'aaaaaaab', '日本', '\u0000', 'ab\u0000'),
)
const intervals = fc.record({
  months: fc.integer({ min: -30, max: 30 }),
  days: fc.integer({ min: -70, max: 70 }),
  micros: fc.constantFrom(0n, 1n, -1n, 86_400_000_000n, -86_400_000_000n, 43_200_000_000n),
})

const cases: readonly (readonly [string, DataType, fc.Arbitrary<LiteralValue>])[] = [
  ['bool', types.bool, fc.boolean()],
  ['int8', types.int8, integers(8)],
  ['uint8', types.uint8, naturals(8)],
  ['int16', types.int16, integers(16)],
  ['int32', types.int32, integers(32)],
  ['uint32', types.uint32, naturals(32)],
  ['int64', types.int64, integers(64)],
  ['uint64', types.uint64, naturals(64)],
  ['decimal', decimal(38, 2), fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n })],
  ['small decimal', decimal(38, 2), fc.bigInt({ min: -50n, max: 50n })],
  ['float64', types.float64, fc.double()],
  ['float32', types.float32, fc.float()],
  ['date', types.date, integers(32)],
  ['utf8', types.utf8, text],
  ['interval', types.interval, intervals],
]

/** How values order, said another way than the engine does. */
function reference(a: LiteralValue, b: LiteralValue): number {
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  }
  if (typeof a === 'string' && typeof b === 'string')
    return Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))
  if (typeof a === 'object') return reference(length(a as IntervalValue), length(b as IntervalValue))
  return a < b! ? -1 : a > b! ? 1 : 0
}

function length({ months, days, micros }: IntervalValue): bigint {
  return (BigInt(months) * 30n + BigInt(days)) * 86_400_000_000n + micros
}

function ordered(a: LiteralValue, b: LiteralValue, descending: boolean, nullsFirst: boolean): number {
  if (a === null || b === null) return (Number(a === null) - Number(b === null)) * (nullsFirst ? -1 : 1) || 0
  return (descending ? -1 : 1) * reference(a, b) || 0
}

describe.each(cases)('%s', (_, type, values) => {
  let runner: ExpressionRunner
  beforeAll(async () => {
    runner = await openExpressionRunner()
  })

  const nullable = fc.option(values, { freq: 6 })
  const pairs = fc.array(
    fc.oneof(
      fc.tuple(nullable, nullable),
      nullable.map((value) => [value, value] as const),
    ),
    {
      minLength: 20,
      maxLength: 60,
    },
  )
  const columnsOf = (rows: readonly (readonly [LiteralValue, LiteralValue])[]): TestColumn[] => [
    { name: 'a', type, values: rows.map(([a]) => a) },
    { name: 'b', type, values: rows.map(([, b]) => b) },
  ]

  it('compares, with NULLs and directions', () => {
    fc.assert(
      fc.property(pairs, fc.boolean(), fc.boolean(), (rows, descending, nullsFirst) => {
        const columns = columnsOf(rows)
        const signs = runner.emit(columns, 'i32', (context) => {
          emitCompare(context, context.column(0), context.column(1), { descending, nullsFirst })
        })
        expect(signs.map((sign) => Math.sign(Number(sign)))).toEqual(
          rows.map(([a, b]) => ordered(a, b, descending, nullsFirst)),
        )
      }),
      { numRuns: 20 },
    )
  })

  it('tells equal values, and hashes them alike', () => {
    fc.assert(
      fc.property(pairs, (rows) => {
        const columns = columnsOf(rows)
        const expected = rows.map(([a, b]) => Number(ordered(a, b, false, false) === 0))
        const nullSafe = runner.emit(columns, 'i32', (context) => {
          emitNullSafeEquals(context, context.column(0), context.column(1))
        })
        expect(nullSafe).toEqual(expected)
        const valid = rows.filter((row) => !row.includes(null))
        if (valid.length > 0) {
          const equal = runner.emit(columnsOf(valid), 'i32', (context) => {
            emitEquals(context, context.column(0), context.column(1))
          })
          expect(equal).toEqual(valid.map(([a, b]) => Number(reference(a, b) === 0)))
        }
        const [left, right] = [0, 1].map((column) =>
          runner.emit(columns, 'i64', (context) => {
            context.f.i64(42n)
            emitHash(context, context.column(column), context.f.keep('i64'))
          }),
        )
        rows.forEach((_row, i) => {
          if (expected[i] === 1) expect(left![i]).toBe(right![i])
        })
      }),
      { numRuns: 20 },
    )
  })

  it('has prefixes that never contradict the order, and decide it when they are exact', () => {
    fc.assert(
      fc.property(pairs, fc.boolean(), fc.boolean(), (rows, descending, nullsFirst) => {
        let isExact = false
        const [left, right] = [0, 1].map((column) =>
          runner
            .emit(columnsOf(rows), 'i64', (context) => {
              // the other column makes both keys nullable alike
              const value = context.column(column)
              const valid = value.valid ?? (context.f.i32(1), context.f.keep('i32'))
              const key = { value: { ...value, valid }, descending, nullsFirst }
              isExact = emitKeyPrefix(context, [key]).rest === null
            })
            .map((prefix) => BigInt.asUintN(64, BigInt(prefix))),
        )
        rows.forEach(([a, b], i) => {
          const order = ordered(a, b, descending, nullsFirst)
          const [p, q] = [left![i]!, right![i]!]
          if (p !== q) expect(p < q ? -1 : 1).toBe(order)
          else if (isExact) expect(order).toBe(0)
        })
      }),
      { numRuns: 20 },
    )
  })
})

describe('prefixes of several keys', () => {
  it('order by the first key, then the next, as far as the bits go', async () => {
    const runner = await openExpressionRunner()
    const rows = fc.array(fc.tuple(integers(16), fc.option(integers(32)), text), {
      minLength: 2,
      maxLength: 40,
    })
    fc.assert(
      fc.property(rows, (values) => {
        const columns: TestColumn[] = [
          { name: 'a', type: types.int16, values: values.map((row) => row[0]) },
          { name: 'b', type: types.int32, values: [...values.map((row) => row[1])] },
          { name: 'c', type: types.utf8, values: values.map((row) => row[2]) },
        ]
        const orders = [
          { descending: true, nullsFirst: false },
          { descending: false, nullsFirst: true },
          { descending: true, nullsFirst: false },
        ]
        const prefixes = runner
          .emit(columns, 'i64', (context) => {
            const keys = orders.map((order, id) => ({ value: context.column(id), ...order }))
            expect(emitKeyPrefix(context, keys).rest).toMatchObject({ key: 2, nullTold: true })
          })
          .map((prefix) => BigInt.asUintN(64, BigInt(prefix)))
        for (let i = 1; i < values.length; i++) {
          const order =
            orders
              .map(({ descending, nullsFirst }, k) =>
                ordered(values[i - 1]![k]!, values[i]![k]!, descending, nullsFirst),
              )
              .find((one) => one !== 0) ?? 0
          const [p, q] = [prefixes[i - 1]!, prefixes[i]!]
          if (p !== q) expect(p < q ? -1 : 1).toBe(order)
        }
      }),
      { numRuns: 50 },
    )
  })
})
