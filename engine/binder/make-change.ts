import { LakebookError } from '../errors.ts'
import type { Query, SelectItem, SqlExpression } from '../sql/ast.ts'
import { nameExpression, textExpression } from '../sql/template.ts'
import {
  ACTION,
  caseOf,
  DELETED,
  derivedTable,
  INSERTED,
  item,
  KEPT,
  namedTable,
  selectFrom,
  UPDATED,
  wholeNumber,
  withEntries,
  type ChangeTarget,
  type TableChange,
} from './change-target.ts'
import { constraintChecks } from './constraints.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { queryTemplate } from '../sql/template.ts'

const ROWS = '\0rows'

interface ChangeForm {
  readonly verb: string
  readonly mode: TableChange['mode']
  readonly returning: readonly SelectItem[] | null
  /** RETURNING may ask for `merge_action`. */
  readonly isMerge?: boolean
}

/** A change whose rows a query gives. */
export function makeChange(
  environment: Environment,
  target: ChangeTarget,
  rows: Query | TableChange['plan'],
  { verb, mode, returning, isMerge = false }: ChangeForm,
): TableChange {
  const plan = 'body' in rows ? environment.bindQuery(environment, rows, null) : rows
  const over = (entry: CatalogEntry, query: Query): TableChange['plan'] => {
    const inside = withEntries(environment, { [ROWS]: entry })
    return inside.bindQuery(inside, query, null)
  }
  const fields = target.fields.map(({ name }) => item(nameExpression(name), name))
  const all = namedTable(ROWS, null)
  const { name } = target.entry
  if (returning) checkReturning(returning)
  return {
    kind: 'change',
    table: name,
    verb,
    mode,
    plan,
    kept: (entry) => over(entry, selectFrom(all, fields, compared('<>', DELETED))),
    checks: (entry, next) =>
      constraintChecks(
        environment,
        { name, definition: target.definition, mode, span: target.span },
        entry,
        next,
      ),
    count: (entry) =>
      over(
        entry,
        queryTemplate('SELECT count(*) FROM "$all" WHERE "$changed"', {
          tables: { all },
          expressions: { changed: compared('<>', KEPT) },
        }),
      ),
    returning:
      returning &&
      ((entry) => {
        const actions = isMerge ? [item(mergeAction(), MERGE_ACTION)] : []
        const changed = mode === 'append' ? null : compared('<>', KEPT)
        const source = derivedTable(selectFrom(all, [...actions, ...fields], changed), target.alias)
        return over(entry, selectFrom(source, isMerge ? returning.map(withoutAction) : returning))
      }),
  }
}

const MERGE_ACTION = 'merge_action'

function compared(op: '<>' | '=', action: number): SqlExpression {
  return { kind: 'binary', op, left: nameExpression(ACTION), right: wholeNumber(action) }
}

function mergeAction(): SqlExpression {
  return caseOf(
    [
      { when: compared('=', INSERTED), then: textExpression('INSERT') },
      { when: compared('=', UPDATED), then: textExpression('UPDATE') },
    ],
    textExpression('DELETE'),
  )
}

/** `*` stands for the table's own columns. */
function withoutAction(each: SelectItem): SelectItem {
  if (each.kind !== 'star') return each
  return { ...each, exclude: [...each.exclude, { name: MERGE_ACTION, span: undefined }] }
}

function checkReturning(returning: readonly SelectItem[]): void {
  if (returning.length === 0) throw new LakebookError('syntax', 'RETURNING needs at least one column')
}
