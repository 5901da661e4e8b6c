import { sameType } from '../arrow/types.ts'
import { internalError } from '../errors.ts'
import type { QueryProfile } from '../lakebook.ts'
import { outputColumns } from '../plan/output.ts'
import { freeColumns } from '../plan/plan-tree.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { rules, type Rule } from './rules.ts'

export interface Optimized {
  readonly plan: LogicalPlan
  /** Every rule that ran, in order, with its time and whether it changed the plan. */
  readonly rules: QueryProfile['rules']
}

/**
 * Rewrites a plan by every rule that is not disabled. After each the plan is checked: the same output columns, and no
 * column read that nothing makes.
 *
 * @throws `unsupported` for a subquery that cannot be turned into a join
 */
export function optimize(plan: LogicalPlan, options: { readonly disabled: ReadonlySet<string> }): Optimized {
  let current = plan
  const ran: { name: string; elapsedMs: number; changed: boolean }[] = []
  for (const rule of rules) {
    if (!rule.required && options.disabled.has(rule.name)) continue
    const startedMs = performance.now()
    const rewritten = rule.rewrite(current)
    if (rewritten !== current) verify(rule, current, rewritten)
    ran.push({ name: rule.name, elapsedMs: performance.now() - startedMs, changed: rewritten !== current })
    current = rewritten
  }
  return { plan: current, rules: ran }
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
