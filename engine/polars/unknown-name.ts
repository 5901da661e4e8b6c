import { nearestName } from '../catalog/nearest-name.ts'
import { LakebookError, unsupported, type SourceSpan } from '../errors.ts'
import { refusedHint } from './refused-methods.ts'
import type { Column } from '../plan/plan.ts'

/** The error for a column that a frame does not have, with the nearest that it has. */
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
    near === null ? `The frame has ${listed}${names.length > 20 ? ', …' : ''}.` : `Did you mean "${near}"?`
  return new LakebookError('unknown_column', `There is no column "${name}"`, { span, hint })
}

/** The error for a method that is not known, with what to do instead or the nearest that is known. */
export function unknownMethod(
  what: string,
  name: string,
  known: Iterable<string>,
  span: SourceSpan | undefined,
): LakebookError {
  const refused = refusedHint(name)
  if (refused !== null) return unsupported(what, span, refused)
  const near = nearestName(name, known)
  return unsupported(what, span, near === null ? undefined : `The nearest that is supported: \`${near}\`.`)
}
