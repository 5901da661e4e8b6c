import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decimal, types, type DataType } from '../../arrow/types.ts'
import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import { resolveAggregate } from '../../functions/aggregate-signatures.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import type { Aggregate, AggregateCall, Column, LiteralValue } from '../../plan/plan.ts'
import type { HeapCell } from '../../testing/heap-cells.ts'
import {
  collectRows,
  generatedStream,
  int64Column,
  OperatorBench,
  valuesPlan,
} from '../../testing/operator-bench.ts'
import type { Stream } from '../stream.ts'
import { openAggregate } from './hash-aggregate.ts'
import { openValues } from './values.ts'

function call(fn: string, args: readonly Column[], filter: Column | null = null): AggregateCall {
  const resolved = resolveAggregate(
    fn,
    args.map(({ type }) => type),
  )
  return {
    fn: resolved.fn,
    args: args.map(columnReference),
    distinct: false,
    filter: filter === null ? null : columnReference(filter),
    orderBy: [],
    output: newColumn(fn, resolved.type, resolved.nullable),
  }
}

function aggregate(
  input: Aggregate['input'],
  groups: readonly Column[],
  calls: readonly AggregateCall[],
): Aggregate {
  return {
    kind: 'aggregate',
    input,
    groups: groups.map((column) => ({
      output: newColumn(column.name, column.type, column.nullable),
      expression: columnReference(column),
    })),
    aggregates: calls,
  }
}

/** Runs an aggregate over literal rows; result rows come sorted by their text. */
async function runOver(
  columns: readonly Column[],
  rows: readonly (readonly LiteralValue[])[],
  groups: readonly Column[],
  calls: readonly AggregateCall[],
): Promise<HeapCell[][]> {
  const bench = await OperatorBench.open({ budgetBytes: 16 * 2 ** 20 })
  const plan = aggregate(valuesPlan(columns, rows), groups, calls)
  const { result } = await bench.run(async (context) => {
    const stream = await openAggregate(context, plan, async () =>
      openValues(context, valuesPlan(columns, rows)),
    )
    return collectRows(context, stream)
  })
  bench.close()
  return result.sort((a, b) => (show(a) < show(b) ? -1 : 1))
}

function show(row: readonly HeapCell[]): string {
  return row.map((cell) => (typeof cell === 'bigint' ? `${cell}n` : JSON.stringify(cell))).join('|')
}

const key = newColumn('k', types.utf8, true)
const int = newColumn('i', types.int64, true)
const float = newColumn('f', types.float64, true)
const money = newColumn('m', decimal(15, 2), true)
const flag = newColumn('b', types.bool, true)
const text = newColumn('t', types.utf8, true)
const small = newColumn('s', types.int16, true)
const float2 = newColumn('g', types.float64, true)
const fraction = newColumn('0.3', types.float64, false)
const separator = newColumn("' / '", types.utf8, false)
const all = [key, int, float, money, flag, text, small, float2, fraction, separator]

const callsOfAll = [
  call('count_star', []),
  call('count', [int]),
  call('sum', [int]),
  call('avg', [int]),
  call('min', [int]),
  call('max', [int]),
  call('sum', [float]),
  call('avg', [float]),
  call('min', [float]),
  call('max', [float]),
  call('sum', [money]),
  call('avg', [money]),
  call('max', [money]),
  call('bool_and', [flag]),
  call('bool_or', [flag]),
  call('count_if', [flag]),
  call('min', [text]),
  call('max', [text]),
  call('var_samp', [float]),
  call('stddev_pop', [float]),
  call('sum', [int], flag),
  call('count', [text], flag),
  call('max', [small]),
  call('bit_and', [small]),
  call('bit_or', [small]),
  call('bit_xor', [small]),
  call('covar_samp', [float, float2]),
  call('product', [float]),
  call('corr', [float, float2]),
  call('covar_pop', [float, float2]),
  call('var_pop', [float]),
  call('stddev_samp', [float2]),
  call('arg_min', [text, int]),
  call('arg_max', [int, text]),
  call('median', [float]),
  call('median', [money]),
  call('quantile_disc', [small, fraction]),
  call('quantile_disc', [float, fraction]),
  call('quantile_cont', [float2, fraction]),
  call('string_agg', [text]),
  call('string_agg', [text, separator]),
  call('first', [text]),
  call('last', [int]),
  call('any_value', [text]),
]

const SQL_OF: Readonly<Record<string, string>> = {
  count_star: 'count(*)',
}

describe('aggregates', () => {
  let database: DuckDBInstance
  beforeAll(async () => {
    database = await DuckDBInstance.create()
  })
  afterAll(() => {
    database.closeSync()
  })

  it('has code for every aggregate that signatures say can run', async () => {
    const { aggregateNames, findAggregate } = await import('../../functions/aggregate-signatures.ts')
    for (const name of aggregateNames()) {
      if (findAggregate(name)?.derived) continue
      const types1: DataType[] = [types.int64]
      for (const args of [[], types1, [types.bool], [types.float64, types.float64]]) {
        try {
          aggregateFunction(resolveAggregate(name, args).fn)
        } catch (error) {
          expect(String(error)).toMatch(/takes|does not take/)
        }
      }
    }
  })

  it.each([
    ['by one key', [key]],
    ['without keys', []],
    ['by two keys', [key, flag]],
    ['by a float', [float]],
    ['by a decimal and a small integer', [money, small]],
  ])(
    'agrees with DuckDB %s',
    async (_name, groups) => {
      const connection = await database.connect()
      const rowArbitrary = fc.record({
        k: fc.option(fc.constantFrom('', 'A', 'N', 'a longer key that is no prefix', 'ä')),
        i: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
        f: fc.option(fc.constantFrom(0, -0, 1.5, -2.25, 1000.125, 3)),
        m: fc.option(fc.bigInt(-(10n ** 14n), 10n ** 14n)),
        b: fc.option(fc.boolean()),
        t: fc.option(fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', 'z', 'é') })),
        s: fc.option(fc.integer({ min: -32768, max: 32767 })),
        g: fc.option(fc.constantFrom(0.5, 2, -7)),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(rowArbitrary, { maxLength: 40 }), async (rows) => {
          const literals = rows.map(({ k, i, f, m, b, t, s, g }): LiteralValue[] => [
            k,
            i,
            f,
            m,
            b,
            t,
            s === null ? null : BigInt(s),
            g,
            0.3,
            ' / ',
          ])
          const got = await runOver(all, literals, groups, callsOfAll)
          await connection.run(
            'create or replace temp table t(n integer, k varchar, i bigint, f double, m decimal(15,2), b boolean, t varchar, s smallint, g double)',
          )
          const quoted = (value: string | null) => (value === null ? 'null' : `'${value}'`)
          const tuples = rows.map(({ k, i, f, m, b, t, s, g }, n) => {
            const number = f === null ? 'null' : `'${Object.is(f, -0) ? '-0' : f}'::double`
            const exact = m === null ? 'null' : `'${decimalText(m)}'::decimal(15,2)`
            return `(${n}, ${quoted(k)}, ${i}, ${number}, ${exact}, ${b}, ${quoted(t)}, ${s}, ${g})`
          })
          if (tuples.length > 0) await connection.run(`insert into t values ${tuples.join(', ')}`)
          const columns = [
            ...groups.map(({ name }) => name),
            ...callsOfAll.map(({ fn, args, filter }) => {
              const names = args.map((argument) => (argument.kind === 'column' ? argument.name : ''))
              const sql =
                SQL_OF[fn] ??
                `${fn}(${names.join(', ')}${['first', 'last', 'any_value', 'string_agg'].includes(fn) ? ' order by n' : ''})`
              return filter === null ? sql : `${sql} filter (where b)`
            }),
          ]
          const groupBy = groups.length === 0 ? '' : ` group by ${groups.map(({ name }) => name).join(', ')}`
          const reader = await connection.runAndReadAll(`select ${columns.join(', ')} from t${groupBy}`)
          const expected = reader.getRows().map((row) => row.map(cellOfDuck))
          const order = (cells: (readonly HeapCell[])[]) =>
            cells.map((row) => row.map(canonical)).sort((a, b) => (show(a) < show(b) ? -1 : 1))
          expectClose(order(got), order(expected))
        }),
        { numRuns: 15 },
      )
    },
    60_000,
  )

  it('gives one row over no input without keys, and none with keys', async () => {
    const sum = call('sum', [int])
    expect(await runOver(all, [], [], [call('count_star', []), sum])).toEqual([[0n, null]])
    expect(await runOver(all, [], [key], [sum])).toEqual([])
  })

  it('raises overflow instead of wrapping around', async () => {
    const wide = newColumn('w', decimal(38, 0), false)
    const most = 10n ** 38n - 1n
    await expect(runOver([wide], [[most], [most]], [], [call('sum', [wide])])).rejects.toMatchObject({
      code: 'overflow',
    })
  })
})

describe('a grouping larger than memory', () => {
  const GROUPS = 600_000
  const ROWS = 1_500_000
  it.each([
    ['16 MiB', 16, true],
    ['24 MiB', 24, true],
    ['512 MiB', 512, false],
  ] as const)('gives the same groups at %s', async (_name, megabytes, spills) => {
    const bench = await OperatorBench.open({ budgetBytes: megabytes * 2 ** 20, policy: 'fair' })
    const k = int64Column('k')
    const v = int64Column('v')
    const input = (): Stream =>
      generatedStream(ROWS, [
        {
          column: k,
          emit: ({ f }, index) => {
            f.get(index)
            f.i64(7919n)
            f.op('i64.mul')
            f.i64(BigInt(GROUPS))
            f.op('i64.rem_u')
          },
        },
        { column: v, emit: ({ f }, index) => f.get(index) },
      ])
    const inner = aggregate(
      valuesPlan([], []),
      [k],
      [call('sum', [v]), call('count_star', []), call('min', [v])],
    )
    const [sum, count, least] = inner.aggregates.map(({ output }) => output)
    const outer = aggregate(
      inner,
      [],
      [
        call('count_star', []),
        call('sum', [{ ...sum!, type: decimal(38, 0) }]),
        call('sum', [count!]),
        call('max', [least!]),
      ],
    )
    const { result, spillCount } = await bench.run(async (context) => {
      const stream = await openAggregate(context, outer, () =>
        openAggregate(context, inner, async () => input()),
      )
      return collectRows(context, stream)
    })
    const total = (BigInt(ROWS) * BigInt(ROWS - 1)) / 2n
    expect(result).toEqual([[BigInt(GROUPS), total, BigInt(ROWS), BigInt(GROUPS - 1)]])
    expect(spillCount > 0).toBe(spills)
    bench.close()
  })
})

function decimalText(unscaled: bigint): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(3, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function cellOfDuck(value: unknown): HeapCell {
  if (value !== null && typeof value === 'object' && 'value' in value) return value.value as bigint
  return value as HeapCell
}

function canonical(cell: HeapCell): HeapCell {
  if (Number.isNaN(cell)) return 'NaN'
  return Object.is(cell, -0) ? 0 : cell
}

function expectClose(got: readonly HeapCell[][], expected: readonly HeapCell[][]): void {
  expect(got.length).toBe(expected.length)
  got.forEach((row, index) => {
    row.forEach((cell, column) => {
      const wanted = expected[index]![column]!
      if (typeof cell === 'number' || typeof wanted === 'number') {
        const scale = Math.max(1, Math.abs(Number(wanted)))
        expect(
          Math.abs(Number(cell) - Number(wanted)) / scale,
          `column ${column} of ${show(row)}`,
        ).toBeLessThan(1e-9)
      } else {
        expect(cell, `column ${column} of ${show(row)} vs ${show(expected[index]!)}`).toEqual(wanted)
      }
    })
  })
}
