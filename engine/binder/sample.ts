import { types } from '../arrow/types.ts'
import { newColumn, columnReference } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { Expression, LogicalPlan } from '../plan/plan.ts'
import { keepColumns } from '../plan/project-columns.ts'
import type { SqlSample } from '../sql/ast.ts'
import { booleanCall, castTo, literal } from './coerce.ts'
import type { Environment } from './environment.ts'
import { wholePartition } from './row-numbers.ts'
import { scalarCall } from './scalar-call.ts'

/** Rows that a SYSTEM sample takes or leaves together. */
const BLOCK_ROWS = 2048n

/**
 * Some of the rows, by a hash of each row's place: the same ones for the same seed, data and order of reading.
 *
 * - bernoulli: each row by itself; system: blocks of rows. They stream.
 * - reservoir: exactly so many, those with the least hashes; a sort that may spill.
 */
export function sampled(environment: Environment, input: LogicalPlan, sample: SqlSample): LogicalPlan {
  const shown = outputColumns(input)
  const place = newColumn('place', types.int64, false)
  const numbered: LogicalPlan = { kind: 'row_number', input, output: place }
  const seed = literal(BigInt(sample.seed ?? environment.randomSeed()), types.int64)
  const scattered = (value: Expression): Expression => scalarCall('hash', [value, seed], undefined)
  const row = columnReference(place)
  if (sample.method !== 'reservoir') {
    const unit =
      sample.method === 'system' ? scalarCall('//', [row, literal(BLOCK_ROWS, types.int64)], undefined) : row
    const share = scalarCall(
      '%',
      [scattered(unit), castTo(literal(1_000_000n, types.int64), types.uint64)],
      undefined,
    )
    const limit = literal(BigInt(Math.round(sample.amount * 10_000)), types.int64)
    const predicate = booleanCall('<', [castTo(share, types.int64), limit])
    return keepColumns({ kind: 'filter', input: numbered, predicate }, shown)
  }
  const order = { expression: scattered(row), descending: false, nullsFirst: false }
  if (sample.unit === 'rows') {
    const sorted: LogicalPlan = { kind: 'sort', input: numbered, keys: [order], limit: null }
    return keepColumns({ kind: 'limit', input: sorted, limit: sample.amount, offset: 0 }, shown)
  }
  const rank = newColumn('rank', types.int64, false)
  const count = newColumn('count', types.int64, false)
  const call = { args: [], frame: wholePartition, filter: null, ignoreNulls: false }
  const ranked: LogicalPlan = {
    kind: 'window',
    input: {
      kind: 'window',
      input: numbered,
      partitionBy: [],
      orderBy: [order],
      calls: [{ ...call, fn: 'row_number', output: rank }],
    },
    partitionBy: [],
    orderBy: [],
    calls: [{ ...call, fn: 'count_star', output: count }],
  }
  const wanted = scalarCall(
    '*',
    [castTo(columnReference(count), types.float64), literal(sample.amount / 100, types.float64)],
    undefined,
  )
  const predicate = booleanCall('<=', [columnReference(rank), castTo(wanted, types.int64)])
  return keepColumns({ kind: 'filter', input: ranked, predicate }, shown)
}
