import type { OperatorProfile, QueryProfile } from '../../engine/lakebook.ts'

export interface PlanRow {
  readonly operator: OperatorProfile
  readonly depth: number
  /** Of the time of all operators, 0 to 1. */
  readonly share: number
}

/** The operators as an indented list, the result's own first, each above the ones that feed it. */
export function planRows({ operators }: Pick<QueryProfile, 'operators'>): PlanRow[] {
  const byId = new Map(operators.map((operator) => [operator.id, operator]))
  const fed = new Set(operators.flatMap((operator) => operator.inputs))
  const total = operators.reduce((sum, operator) => sum + operator.elapsedMs, 0) || 1
  const rows: PlanRow[] = []
  const seen = new Set<number>()
  const visit = (operator: OperatorProfile, depth: number) => {
    if (seen.has(operator.id)) return
    seen.add(operator.id)
    rows.push({ operator, depth, share: operator.elapsedMs / total })
    for (const input of operator.inputs) {
      const found = byId.get(input)
      if (found) visit(found, depth + 1)
    }
  }
  for (const operator of operators.toReversed()) if (!fed.has(operator.id)) visit(operator, 0)
  return rows
}
