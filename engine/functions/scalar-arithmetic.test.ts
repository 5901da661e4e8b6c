import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { decimal, types } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { openExpressionRunner, type ExpressionRunner } from '../testing/expression-runner.ts'
import { readExpression, type TestColumn } from '../testing/expression-syntax.ts'

const LIMIT_38 = 10n ** 38n
const LIMIT_18 = 10n ** 18n

/** Whole numbers of any size up to `limit`, small and large ones alike. */
function sizes(limit: bigint): fc.Arbitrary<bigint> {
  const digits = limit.toString().length - 1
  return fc
    .tuple(fc.nat({ max: digits }), fc.bigInt({ min: -limit + 1n, max: limit - 1n }))
    .map(([keep, value]) => {
      return value / 10n ** BigInt(digits - keep)
    })
}

describe('exact arithmetic', () => {
  let runner: ExpressionRunner
  beforeAll(async () => {
    runner = await openExpressionRunner()
  })

  function evaluate(text: string, columns: readonly TestColumn[]): unknown[] {
    return runner.run(readExpression(text, columns), columns)
  }

  const pairs = (limit: bigint) =>
    fc.array(fc.tuple(sizes(limit), sizes(limit)), { minLength: 30, maxLength: 60 })

  it.each([
    ['a + b', (a: bigint, b: bigint) => a + b],
    ['a - b', (a: bigint, b: bigint) => a - b],
    ['a * b', (a: bigint, b: bigint) => a * b],
    ['a // b', (a: bigint, b: bigint) => (b === 0n ? null : a / b)],
    ['a % b', (a: bigint, b: bigint) => (b === 0n ? null : a % b)],
    ['floordiv(a, b)', (a: bigint, b: bigint) => (b === 0n ? null : floorDivide(a, b))],
    ['pl_mod(a, b)', (a: bigint, b: bigint) => (b === 0n ? null : a - b * floorDivide(a, b))],
  ])('of HUGEINT: %s', (text, exact) => {
    fc.assert(
      fc.property(pairs(LIMIT_38), (rows) => {
        const results = evaluate(text, [
          { name: 'a', type: types.hugeint, values: rows.map(([a]) => a) },
          { name: 'b', type: types.hugeint, values: rows.map(([, b]) => b) },
        ])
        rows.forEach(([a, b], i) => {
          const expected = exact(a, b)
          const overflows = expected !== null && (expected >= LIMIT_38 || expected <= -LIMIT_38)
          if (overflows) expect(results[i]).toMatchObject({ code: 'overflow' })
          else expect(results[i]).toBe(expected)
        })
      }),
      { numRuns: 30 },
    )
  })

  it.each([
    ['a + b', (a: bigint, b: bigint) => a + b],
    ['a - b', (a: bigint, b: bigint) => a - b],
    ['a * b', (a: bigint, b: bigint) => a * b],
  ])('of DECIMAL(18, 2): %s', (text, exact) => {
    fc.assert(
      fc.property(pairs(LIMIT_18), (rows) => {
        const results = evaluate(text, [
          { name: 'a', type: decimal(18, 2), values: rows.map(([a]) => a) },
          { name: 'b', type: decimal(18, 2), values: rows.map(([, b]) => b) },
        ])
        rows.forEach(([a, b], i) => {
          const expected = exact(a, b)
          if (expected >= LIMIT_18 || expected <= -LIMIT_18)
            expect(results[i]).toMatchObject({ code: 'overflow' })
          else expect(results[i]).toBe(expected)
        })
      }),
      { numRuns: 30 },
    )
  })

  it('of BIGINT and UBIGINT products', () => {
    const limit = 2n ** 63n
    fc.assert(
      fc.property(pairs(limit), (rows) => {
        const signed = evaluate('a * b', [
          { name: 'a', type: types.int64, values: rows.map(([a]) => a) },
          { name: 'b', type: types.int64, values: rows.map(([, b]) => b) },
        ])
        const size = (value: bigint) => (value < 0n ? -value : value)
        const unsigned = evaluate('a * b', [
          { name: 'a', type: types.uint64, values: rows.map(([a]) => size(a)) },
          { name: 'b', type: types.uint64, values: rows.map(([, b]) => size(b)) },
        ])
        rows.forEach(([a, b], i) => {
          const product = a * b
          if (product < -limit || product >= limit) expect(signed[i]).toBeInstanceOf(LakebookError)
          else expect(signed[i]).toBe(product)
          if (size(product) >= 2n * limit) expect(unsigned[i]).toBeInstanceOf(LakebookError)
          else expect(unsigned[i]).toBe(size(product))
        })
      }),
      { numRuns: 30 },
    )
  })

  it('rescales decimals half away from zero', () => {
    fc.assert(
      fc.property(
        fc.array(sizes(10n ** 30n), { minLength: 30 }),
        fc.nat({ max: 30 }),
        fc.nat({ max: 30 }),
        (values, from, to) => {
          const columns = [{ name: 'a', type: decimal(30, from), values }]
          const results = evaluate(`try_cast(a as decimal(34, ${to}))`, columns)
          values.forEach((value, i) => {
            const expected =
              to >= from ? value * 10n ** BigInt(to - from) : roundedQuotient(value, 10n ** BigInt(from - to))
            const size = expected < 0n ? -expected : expected
            expect(results[i]).toBe(size < 10n ** 34n ? expected : null)
          })
        },
      ),
      { numRuns: 100 },
    )
  })

  it('prints and reads numbers back', () => {
    fc.assert(
      fc.property(
        fc.array(sizes(LIMIT_38), { minLength: 5 }),
        fc.array(fc.double(), { minLength: 5 }),
        fc.nat({ max: 37 }),
        (wide, reals, scale) => {
          const exact = [{ name: 'a', type: decimal(38, scale), values: wide }]
          expect(evaluate(`a::varchar::decimal(38, ${scale})`, exact)).toEqual(wide)
          const real = [{ name: 'a', type: types.float64, values: reals }]
          expect(evaluate('a::varchar::double', real)).toEqual(reals)
          const single = [{ name: 'a', type: types.float32, values: reals.map(Math.fround) }]
          expect(evaluate('a::varchar::float', single)).toEqual(reals.map(Math.fround))
        },
      ),
      { numRuns: 50 },
    )
  })

  it('converts int128 to the nearest double', () => {
    fc.assert(
      fc.property(fc.array(sizes(LIMIT_38), { minLength: 20 }), (values) => {
        const columns = [{ name: 'a', type: types.hugeint, values }]
        expect(evaluate('a::double', columns)).toEqual(values.map(Number))
      }),
      { numRuns: 50 },
    )
  })
})

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}

function roundedQuotient(value: bigint, divisor: bigint): bigint {
  const size = ((value < 0n ? -value : value) * 2n + divisor) / (divisor * 2n)
  return value < 0n ? -size : size
}
