import type { LogicalPlan } from '../plan/plan.ts'

/** One rewriting of plans. It must not change what a plan yields: ids, names, types and rows. */
export interface Rule {
  /** As `SET optimizer.NAME = false` has it. */
  readonly name: string
  rewrite(plan: LogicalPlan): LogicalPlan
}

/** In the order in which they run. */
export const rules: readonly Rule[] = []

export const ruleNames: readonly string[] = rules.map((rule) => rule.name)
