import { describe, expect, it } from 'vitest'
import { LakebookError } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import { mapInputs } from '../plan/plan-tree.ts'
import type { LogicalPlan, SortKey } from '../plan/plan.ts'
import { readPolarsCases, runPolarsCase, type PolarsCase } from '../testing/polars-cases.ts'

const cases = readPolarsCases()

/** Puts the rows of every node that may yield them in any order into an order that nobody asked for. */
function jumbled(plan: LogicalPlan): LogicalPlan {
  const inner = mapInputs(plan, jumbled)
  if (inner.kind !== 'window' && inner.kind !== 'aggregate' && inner.kind !== 'join') return inner
  const keys = outputColumns(inner)
    .filter((column) => column.type.kind !== 'list')
    .map((column): SortKey => ({ expression: columnReference(column), descending: true, nullsFirst: false }))
    .toReversed()
  return { kind: 'sort', input: inner, keys, limit: null }
}

/** What is not supported says so by name and place; anything else must be Polars's own refusal. */
function outcome(one: PolarsCase, rewrite?: (plan: LogicalPlan) => LogicalPlan): string | null {
  try {
    return runPolarsCase(one, rewrite)
  } catch (error) {
    if (!(error instanceof LakebookError)) throw error
    if (one.expected.error === true) return null
    expect(error.code).toBe('unsupported')
    expect(error.span).toBeDefined()
    return 'unsupported'
  }
}

describe.skipIf(cases.length === 0)(
  `cases that Polars answered (${cases.length === 0 ? 'skipped: ../shared is absent' : cases.length})`,
  () => {
    it.each(cases.map((one) => [one.id, one.py, one] as const))('%s %s', (_id, _py, one) => {
      expect([null, 'unsupported']).toContain(outcome(one))
      expect([null, 'unsupported']).toContain(outcome(one, jumbled))
    })

    it('answers nearly all of them', () => {
      const answered = cases.filter((one) => outcome(one) === null)
      expect(answered.length).toBeGreaterThanOrEqual(Math.floor(cases.length * 0.93))
    })
  },
)
