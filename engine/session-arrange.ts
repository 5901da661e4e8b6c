import { LakebookError } from './errors.ts'
import { columnReference } from './plan/column-ids.ts'
import { outputColumns } from './plan/output.ts'
import type { LogicalPlan } from './plan/plan.ts'
import type { Session } from './session.ts'
import type { SessionRunOptions } from './session-run.ts'
import type { StoredResult } from './stored-result.ts'

/** Which rows of a result are wanted, and in which order. */
export interface Arrangement {
  /** A condition in SQL over the result's columns; all rows where it is blank. */
  readonly where: string
  /** By a column of the result, NULLs last; null: as they come. */
  readonly sort: { readonly column: number; readonly descending: boolean } | null
}

/** What conditions may call the result whose columns they name. */
const NAME = 'result'

/**
 * The rows of a result that are wanted, as a result of its own. The caller closes it.
 *
 * @throws what is wrong with the condition, without a place: its text is not that of a cell
 */
export function arrangeResult(
  session: Session,
  result: StoredResult,
  { where, sort }: Arrangement,
  options: SessionRunOptions,
): Promise<StoredResult> {
  return session.derive(
    result,
    (input) => {
      const kept = where.trim() === '' ? input : filtered(session, input, where)
      return sort === null ? kept : sorted(kept, sort)
    },
    options,
  )
}

function filtered(session: Session, input: LogicalPlan, where: string): LogicalPlan {
  // lines of their own: a comment at its end does not reach the bracket
  const text = `SELECT * FROM ${NAME} WHERE (\n${where}\n)`
  try {
    return session.planOver(text, input, NAME)
  } catch (error) {
    if (!(error instanceof LakebookError)) throw error
    const { code, span, hint } = error
    const isAtEnd = code === 'syntax' && span !== undefined && span.start >= text.length - 1
    const said = error.message.replace(/^Line \d+, column \d+: e/, 'E')
    const message = isAtEnd ? said.replace(/ but found .*/, ' but found the end') : said
    throw new LakebookError(code, message, { ...(hint === undefined ? {} : { hint }), cause: error })
  }
}

function sorted(input: LogicalPlan, { column, descending }: NonNullable<Arrangement['sort']>): LogicalPlan {
  const by = outputColumns(input)[column]
  if (by === undefined) throw new LakebookError('invalid_argument', `The result has no column ${column}`)
  const key = { expression: columnReference(by), descending, nullsFirst: false }
  return { kind: 'sort', input, keys: [key], limit: null }
}
