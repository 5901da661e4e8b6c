import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import type { Column } from '../plan/plan.ts'

/** Edits (insert, delete, replace, swap of neighbours) that turn one name into another. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let best = Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (beforeLast[j - 2] ?? 0) + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}

/** The candidate that looks most like the name; undefined when none is close. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase()
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 0.5
  for (const candidate of candidates) {
    const lower = candidate.toLowerCase()
    const isPart =
      wanted.length > 2 && (lower.includes(wanted) || (lower.length > 2 && wanted.includes(lower)))
    const distance = Math.min(editDistance(wanted, lower), isPart ? 1.5 : Infinity)
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

export function unknownColumn(
  name: string,
  columns: readonly Column[],
  span: SourceSpan | undefined,
): LakebookError {
  const names = columns.map((column) => column.name)
  const near = nearestName(name, names)
  const listed = names
    .slice(0, 20)
    .map((column) => `"${column}"`)
    .join(', ')
  const hint =
    near === undefined
      ? `The frame has ${listed}${names.length > 20 ? ', …' : ''}.`
      : `Did you mean "${near}"?`
  return new LakebookError('unknown_column', `There is no column "${name}"`, { span, hint })
}

/** The error for a method that is not known, with the nearest that is. */
export function unknownMethod(
  what: string,
  name: string,
  known: Iterable<string>,
  span: SourceSpan | undefined,
): LakebookError {
  const near = nearestName(name, known)
  return unsupported(
    what,
    span,
    near === undefined ? undefined : `The nearest that is supported: \`${near}\`.`,
  )
}
