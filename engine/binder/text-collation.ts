import type { DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { Expression } from '../plan/plan.ts'

/** Null for what is compared as it is. */
export function collationOf(type: DataType): string | null {
  return (type.kind === 'utf8' && type.collation) || null
}

/** The collation of what a function makes of texts. Errors: `type` for two of them. */
export function commonCollation(list: readonly Expression[], span?: SourceSpan): string | null {
  const [first = null, other] = new Set(list.flatMap(({ type }) => collationOf(type) ?? []))
  if (other === undefined) return first
  throw new LakebookError('type', `The collations ${first} and ${other} do not go together`, {
    span,
    hint: 'Write COLLATE behind one of the two.',
  })
}
