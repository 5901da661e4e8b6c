import { sameType } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { QueryProfile } from '../lakebook.ts'
import { outputColumns } from '../plan/output.ts'
import { freeColumns } from '../plan/plan-tree.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { rules, type Rule } from './rules.ts'
import { optimizeShared } from './shared-rows.ts'

export interface Optimized {
  readonly plan: LogicalPlan
  /** Every rule that ran, in order, with its time and whether it changed the plan. */
  readonly rules: QueryProfile['rules']
}

/**
 * Rewrites a plan by every rule that is not disabled. After each the plan is checked: the same output columns, and no
 * column read that nothing makes. Rows that a plan shares are optimised as plans of their own.
 *
 * @throws `unsupported` for a subquery that cannot be turned into a join
 */
export function optimize(plan: LogicalPlan, options: { readonly disabled: ReadonlySet<string> }): Optimized {
  const chosen = rules.filter((rule) => rule.required || !options.disabled.has(rule.name))
  const ran = new Map(chosen.map(({ name }) => [name, { name, elapsedMs: 0, changed: false }]))
  const apply = (rule: Rule, before: LogicalPlan): LogicalPlan => {
    const startedMs = performance.now()
    const after = rule.rewrite(before)
    if (after !== before) verify(rule, before, after)
    const record = ran.get(rule.name)!
    record.elapsedMs += performance.now() - startedMs
    record.changed ||= after !== before
    return after
  }
  const whole = chosen.filter((rule) => rule.whole).reduce((each, rule) => apply(rule, each), plan)
  const rest = chosen.filter((rule) => !rule.whole)
  const optimizeOne = (one: LogicalPlan) => rest.reduce((each, rule) => apply(rule, each), one)
  const narrow = !options.disabled.has('prune_columns')
  return { plan: optimizeShared(whole, optimizeOne, narrow), rules: [...ran.values()] }
}

function verify(rule: Rule, before: LogicalPlan, after: LogicalPlan): void {
  const wanted = outputColumns(before)
  const given = outputColumns(after)
  const isSame =
    wanted.length === given.length &&
    wanted.every((column, index) => {
      const other = given[index]!
      return column.id === other.id && column.name === other.name && sameType(column.type, other.type)
    })
  if (!isSame) throw internalError(`the rule ${rule.name} changed the output columns`)
  const [lost] = freeColumns(after)
  if (lost !== undefined) throw internalError(`the rule ${rule.name} left column #${lost} without a source`)
}
