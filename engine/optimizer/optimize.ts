import type { QueryProfile } from '../lakebook.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import { rules } from './rules.ts'

export interface Optimized {
  readonly plan: LogicalPlan
  /** Every rule that ran, in order, with its time and whether it changed the plan. */
  readonly rules: QueryProfile['rules']
}

/** Rewrites a plan by every rule that is not disabled. */
export function optimize(plan: LogicalPlan, options: { readonly disabled: ReadonlySet<string> }): Optimized {
  let current = plan
  const ran: { name: string; elapsedMs: number; changed: boolean }[] = []
  for (const rule of rules) {
    if (options.disabled.has(rule.name)) continue
    const startedMs = performance.now()
    const rewritten = rule.rewrite(current)
    ran.push({ name: rule.name, elapsedMs: performance.now() - startedMs, changed: rewritten !== current })
    current = rewritten
  }
  return { plan: current, rules: ran }
}
