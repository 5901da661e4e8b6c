import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { types } from '../../arrow/types.ts'
import { cancelRun, runCellsOf } from '../../memory/run-cells.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import type { Column, Expression, Join, JoinType, LiteralValue } from '../../plan/plan.ts'
import type { HeapCell } from '../../testing/heap-cells.ts'
import {
  collectRows,
  generatedStream,
  int64Column,
  OperatorBench,
  valuesPlan,
} from '../../testing/operator-bench.ts'
import type { LogicalPlan } from '../../plan/plan.ts'
import type { QueryContext } from '../query-context.ts'
import type { Stream } from '../stream.ts'
import { openAggregate } from './hash-aggregate.ts'
import { openJoin } from './join.ts'
import { openValues } from './values.ts'

const JOIN_TYPES: readonly JoinType[] = ['inner', 'left', 'right', 'full', 'semi', 'anti', 'mark', 'single']

const leftKey = newColumn('lk', types.utf8, true)
const leftValue = newColumn('lv', types.int64, true)
const rightKey = newColumn('rk', types.utf8, true)
const rightValue = newColumn('rv', types.int64, true)
const mark = newColumn('mark', types.bool, true)

interface Sides {
  readonly left: readonly (readonly LiteralValue[])[]
  readonly right: readonly (readonly LiteralValue[])[]
}

function lessThan(a: Column, b: Column): Expression {
  return {
    kind: 'call',
    fn: '<',
    args: [columnReference(a), columnReference(b)],
    type: types.bool,
    nullable: true,
  }
}

interface Case {
  readonly type: JoinType
  readonly buildSide: 'left' | 'right'
  readonly keyed: boolean
  readonly nullSafe: boolean
  readonly residual: boolean
}

function joinPlan(sides: Sides, { type, buildSide, keyed, nullSafe, residual }: Case): Join {
  return {
    kind: 'join',
    type,
    left: valuesPlan([leftKey, leftValue], sides.left),
    right: valuesPlan([rightKey, rightValue], sides.right),
    keys: keyed ? [{ left: columnReference(leftKey), right: columnReference(rightKey), nullSafe }] : [],
    residual: residual ? lessThan(leftValue, rightValue) : null,
    mark: type === 'mark' ? mark : null,
    buildSide,
  }
}

/** Nested loops over JavaScript rows; null when a single join meets two rows. */
function reference({ left, right }: Sides, { type, keyed, nullSafe, residual }: Case): HeapCell[][] | null {
  const equal = (a: LiteralValue, b: LiteralValue): boolean | null =>
    nullSafe ? a === b : a === null || b === null ? null : a === b
  const condition = (l: readonly LiteralValue[], r: readonly LiteralValue[]): boolean | null => {
    const parts: (boolean | null)[] = []
    if (keyed) parts.push(equal(l[0]!, r[0]!))
    if (residual) {
      const less = l[1] === null || r[1] === null ? null : (l[1] as bigint) < (r[1] as bigint)
      // only what IN compares leaves the answer open
      parts.push(type === 'mark' && keyed ? less === true : less)
    }
    if (parts.includes(false)) return false
    return parts.includes(null) ? null : true
  }
  const rows: (readonly LiteralValue[])[] = []
  const rightMet = new Set<readonly LiteralValue[]>()
  for (const l of left) {
    const met = right.filter((r) => condition(l, r) === true)
    for (const r of met) rightMet.add(r)
    switch (type) {
      case 'semi':
        if (met.length > 0) rows.push(l)
        break
      case 'anti':
        if (met.length === 0) rows.push(l)
        break
      case 'mark':
        rows.push([...l, met.length > 0 ? true : right.some((r) => condition(l, r) === null) ? null : false])
        break
      default:
        if (type === 'single' && met.length > 1) return null
        for (const r of met) rows.push([...l, ...r])
        if (met.length === 0 && (type === 'left' || type === 'full' || type === 'single'))
          rows.push([...l, null, null])
    }
  }
  if (type === 'right' || type === 'full') {
    for (const r of right) if (!rightMet.has(r)) rows.push([null, null, ...r])
  }
  return rows as HeapCell[][]
}

function show(rows: readonly (readonly HeapCell[])[]): string[] {
  return rows
    .map((row) => row.map((cell) => (typeof cell === 'bigint' ? `${cell}n` : String(cell))).join('|'))
    .sort()
}

async function run(bench: OperatorBench, plan: Join): Promise<HeapCell[][]> {
  const { result } = await bench.run(async (context) => {
    const stream = await openJoin(context, plan, (input) => openInput(context, input))
    return collectRows(context, stream)
  })
  return result
}

async function openInput(context: QueryContext, plan: LogicalPlan): Promise<Stream> {
  if (plan.kind !== 'values') throw new Error(`unexpected ${plan.kind}`)
  return openValues(context, plan)
}

const rowArbitrary = fc.tuple(
  fc.option(fc.constantFrom('', 'a', 'b', 'longer than eight bytes', 'é')),
  fc.option(fc.bigInt(0n, 4n)),
)

describe('joins', () => {
  it.each(
    JOIN_TYPES.flatMap((type) =>
      (['left', 'right'] as const).flatMap((buildSide) =>
        [
          { keyed: true, nullSafe: false, residual: false },
          { keyed: true, nullSafe: true, residual: false },
          { keyed: true, nullSafe: false, residual: true },
          { keyed: false, nullSafe: false, residual: true },
          { keyed: false, nullSafe: false, residual: false },
        ].map((rest): Case => ({ type, buildSide, ...rest })),
      ),
    ),
  )('$type, build $buildSide, keyed $keyed, null-safe $nullSafe, residual $residual', async (testCase) => {
    const bench = await OperatorBench.open({ budgetBytes: 16 * 2 ** 20 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(rowArbitrary, { maxLength: 8 }),
        fc.array(rowArbitrary, { maxLength: 8 }),
        async (left, right) => {
          const sides = { left, right }
          const expected = reference(sides, testCase)
          const plan = joinPlan(sides, testCase)
          if (expected === null) {
            await expect(run(bench, plan)).rejects.toMatchObject({ code: 'cardinality' })
          } else {
            expect(show(await run(bench, plan))).toEqual(show(expected))
          }
        },
      ),
      { numRuns: 12 },
    )
    bench.close()
  })
})

describe('a join larger than memory', () => {
  const k = int64Column('k')
  const b = int64Column('b')
  const j = int64Column('j')
  const p = int64Column('p')
  const BUILD = 400_000
  const PROBE = 300_000

  /** Build keys are 0, 2, 4, …; probe keys are 0, 3, 6, …: every sixth number meets. `repeated`: one build key only. */
  function inputs(repeated: boolean): { build: Stream; probe: Stream } {
    const times =
      (factor: bigint) =>
      (
        { f }: Parameters<Parameters<typeof generatedStream>[1][0]['emit']>[0],
        index: Parameters<Parameters<typeof generatedStream>[1][0]['emit']>[1],
      ) => {
        f.get(index)
        f.i64(factor)
        f.op('i64.mul')
      }
    return {
      build: generatedStream(BUILD, [
        { column: k, emit: times(repeated ? 0n : 2n) },
        { column: b, emit: times(1n) },
      ]),
      probe: generatedStream(repeated ? 5 : PROBE, [
        { column: j, emit: times(3n) },
        { column: p, emit: times(1n) },
      ]),
    }
  }

  it.each([1, 20, 60, 150, 300])(
    'leaves nothing behind when it is cancelled after %s ms',
    async (delayMs) => {
      const bench = await OperatorBench.open({ budgetBytes: 16 * 2 ** 20, policy: 'fair' })
      const { build, probe } = inputs(false)
      const leftPlan = valuesPlan(probe.columns, [])
      const join: Join = {
        kind: 'join',
        type: 'full',
        left: leftPlan,
        right: valuesPlan(build.columns, []),
        keys: [{ left: columnReference(j), right: columnReference(k), nullSafe: false }],
        residual: null,
        mark: null,
        buildSide: 'right',
      }
      const timer = setTimeout(() => {
        cancelRun(runCellsOf(bench.runtime.heap.memory), 1)
      }, delayMs)
      const outcome = await bench
        .run(async (context) => {
          const stream = await openJoin(context, join, async (plan) => (plan === leftPlan ? probe : build))
          const [first] = stream.columns
          const count = {
            fn: 'count',
            args: [columnReference(first!)],
            distinct: false,
            filter: null,
            orderBy: [],
            output: newColumn('count', types.int64, false),
          }
          const groups = [{ output: newColumn('g', types.int64, true), expression: columnReference(first!) }]
          const grouped = { kind: 'aggregate', input: leftPlan, groups, aggregates: [count] } as const
          return collectRows(context, await openAggregate(context, grouped, async () => stream))
        })
        .then(
          () => 'finished',
          (error: unknown) => (error as { code: string }).code,
        )
      clearTimeout(timer)
      expect(['finished', 'cancelled']).toContain(outcome)
      bench.close()
    },
  )

  async function checksum(megabytes: number, type: JoinType, buildSide: 'left' | 'right', repeated: boolean) {
    const bench = await OperatorBench.open({ budgetBytes: megabytes * 2 ** 20, policy: 'fair' })
    const { build, probe } = inputs(repeated)
    const [left, right] = buildSide === 'left' ? [build, probe] : [probe, build]
    const [leftKeyColumn, rightKeyColumn] = buildSide === 'left' ? [k, j] : [j, k]
    const leftPlan = valuesPlan(left.columns, [])
    const rightPlan = valuesPlan(right.columns, [])
    const join: Join = {
      kind: 'join',
      type,
      left: leftPlan,
      right: rightPlan,
      keys: [
        { left: columnReference(leftKeyColumn), right: columnReference(rightKeyColumn), nullSafe: false },
      ],
      residual: null,
      mark: type === 'mark' ? mark : null,
      buildSide,
    }
    const { result, spillCount } = await bench.run(async (context) => {
      const stream = await openJoin(context, join, async (plan) => (plan === leftPlan ? left : right))
      const nullable = (column: Column): Column => stream.columns.find(({ id }) => id === column.id) ?? column
      const present = [k, b, j, p]
        .filter((column) => stream.columns.some(({ id }) => id === column.id))
        .map(nullable)
      const sums = present.map((column) => ({
        fn: 'sum',
        args: [columnReference(column)],
        distinct: false,
        filter: null,
        orderBy: [],
        output: newColumn('sum', types.hugeint, true),
      }))
      const counts = [...present, ...(type === 'mark' ? [mark] : [])].map((column) => ({
        fn: column === mark ? 'count_if' : 'count',
        args: [columnReference(column)],
        distinct: false,
        filter: null,
        orderBy: [],
        output: newColumn('count', column === mark ? types.hugeint : types.int64, column === mark),
      }))
      const total = await openAggregate(
        context,
        { kind: 'aggregate', input: leftPlan, groups: [], aggregates: [...sums, ...counts] },
        async () => stream,
      )
      return collectRows(context, total)
    })
    bench.close()
    expect(result[0]!.length).toBeGreaterThan(0)
    return { cells: result[0]!.map(String), spillCount }
  }

  it.each(
    JOIN_TYPES.flatMap((type) => (['left', 'right'] as const).map((buildSide) => ({ type, buildSide }))),
  )(
    '$type, build $buildSide: the same at 16 MiB as at 256 MiB',
    async ({ type, buildSide }) => {
      const large = await checksum(256, type, buildSide, false)
      const small = await checksum(16, type, buildSide, false)
      expect(small.cells).toEqual(large.cells)
      expect(large.spillCount).toBe(0)
      if (!((type === 'mark' || type === 'single') && buildSide === 'left'))
        expect(small.spillCount).toBeGreaterThan(0)
    },
    60_000,
  )

  it.each(
    JOIN_TYPES.filter((type) => type !== 'single').flatMap((type) =>
      (['left', 'right'] as const).map((buildSide) => ({ type, buildSide })),
    ),
  )(
    '$type, build $buildSide, of one repeated key still finishes',
    async ({ type, buildSide }) => {
      const large = await checksum(256, type, buildSide, true)
      const small = await checksum(16, type, buildSide, true)
      expect(small.cells).toEqual(large.cells)
      if (!(type === 'mark' && buildSide === 'left')) expect(small.spillCount).toBeGreaterThan(0)
    },
    60_000,
  )
})
