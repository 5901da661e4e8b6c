import { LakebookError } from '../errors.ts'
import { outputColumns } from '../plan/output.ts'
import { selectAll } from '../sql/convert/query.ts'
import type {
  Identifier,
  MergeClause,
  Query,
  SelectItem,
  SqlExpression,
  SqlMerge,
  TableExpression,
} from '../sql/ast.ts'
import { nameExpression, queryTemplate } from '../sql/template.ts'
import {
  ACTION,
  assigned,
  castOf,
  caseOf,
  columnOf,
  columnPlace,
  defaultOf,
  DELETED,
  derivedTable,
  findTarget,
  generatedColumn,
  INSERTED,
  item,
  KEPT,
  numberedRows,
  PLACE,
  ROW,
  ruleOf,
  selectFrom,
  targetTable,
  UPDATED,
  wholeNumber,
  withGenerated,
  type ChangeTarget,
  type TableChange,
} from './change-target.ts'
import type { Environment } from './environment.ts'
import { makeChange } from './make-change.ts'

/** What WHEN … THEN does to a row: its number, and the values of its columns by place. */
interface Branch {
  readonly when: SqlExpression
  readonly action: number
  readonly values: ReadonlyMap<number, SqlExpression>
}

type PlainAction = Exclude<MergeClause['action'], { readonly kind: 'all' }>

/** What a MERGE joins, and what is done with each pair. */
export interface MergeForm {
  readonly source: TableExpression
  readonly sourceAlias: string
  readonly on: SqlExpression
  readonly clauses: readonly (Omit<MergeClause, 'action'> & { readonly action: PlainAction })[]
}

export function bindMerge(environment: Environment, statement: SqlMerge): TableChange {
  const target = findTarget(environment, statement.name, statement.alias)
  const { source, on, clauses } = statement
  const sourceAlias = aliasOf(source)
  if (sourceAlias === null) {
    throw new LakebookError('syntax', 'The source of MERGE needs a name', {
      span: target.span,
      hint: 'Write USING (SELECT …) AS s.',
    })
  }
  const columns = (): readonly string[] =>
    outputColumns(environment.bindQuery(environment, { ...selectAll(source), ...statement.with }, null)).map(
      ({ name }) => name,
    )
  const form = {
    source,
    sourceAlias,
    on: 'kind' in on ? on : sameColumns(target, sourceAlias, on),
    clauses: clauses.map((clause) => ({
      ...clause,
      action: writtenOut(target, sourceAlias, clause.action, columns),
    })),
  }
  const rows = mergedRows(target, form)
  return makeChange(
    environment,
    target,
    { ...rows, ...statement.with },
    { verb: 'Merged', mode: 'replace', returning: statement.returning, isMerge: true },
  )
}

function sameColumns(target: ChangeTarget, source: string, columns: readonly Identifier[]): SqlExpression {
  return columns
    .map(({ name, span }): SqlExpression => ({
      kind: 'binary',
      op: '=',
      left: { ...nameExpression(target.alias, name), span },
      right: { ...nameExpression(source, name), span },
    }))
    .reduce(and)
}

/** UPDATE and INSERT of all columns of the source as those of columns that are named. Errors: `type`, `unknown_column`. */
function writtenOut(
  target: ChangeTarget,
  source: string,
  action: MergeClause['action'],
  columnsOfSource: () => readonly string[],
): PlainAction {
  if (action.kind !== 'all') return action
  const columns = columnsOfSource()
  const free = target.fields.filter((_, place) => !ruleOf(target, place).generated)
  if (action.by === 'position' && columns.length !== free.length) {
    throw new LakebookError(
      'type',
      `"${target.entry.name}" has ${free.length} columns, the source of MERGE ${columns.length}`,
      { span: target.span, hint: 'Write BY NAME, or name the columns.' },
    )
  }
  const pairs = columns.map((name, index) => ({
    column: { name: action.by === 'name' ? name : free[index]!.name, span: target.span },
    value: nameExpression(source, name),
  }))
  return action.verb === 'update'
    ? { kind: 'update', assignments: pairs }
    : { kind: 'insert', columns: pairs.map(({ column }) => column), values: pairs.map(({ value }) => value) }
}

function aliasOf(source: TableExpression): string | null {
  if (!('alias' in source)) return null
  return source.alias?.name.name ?? (source.kind === 'table' ? source.name.at(-1)!.name : null)
}

/**
 * The table's rows after a MERGE, with what became of each: a full join of the numbered table with the numbered source.
 * Of several source rows that meet one row the last one counts.
 */
export function mergedRows(target: ChangeTarget, form: MergeForm): Query {
  const { sourceAlias, clauses } = form
  const numbered = numberedRows(targetTable(target), ROW)
  const source = numberedRows(form.source, PLACE)
  const row = nameExpression(target.alias, ROW)
  const place = nameExpression(sourceAlias, PLACE)
  const isNull = (operand: SqlExpression, negated = false): SqlExpression => ({
    kind: 'is',
    test: 'null',
    negated,
    operand,
  })
  const tests = {
    matched: and(isNull(row, true), isNull(place, true)),
    not_matched: isNull(row),
    not_matched_by_source: isNull(place),
  }
  const branches = clauses.map((clause): Branch => {
    const test = tests[clause.when]
    const when = clause.condition ? and(test, clause.condition) : test
    return { when, ...branchOf(target, clause) }
  })
  const items: SelectItem[] = [
    item(row, ROW),
    item(place, PLACE),
    item(
      caseOf(
        branches.map(({ when, action }) => ({ when, then: wholeNumber(action) })),
        wholeNumber(KEPT),
      ),
      ACTION,
    ),
    ...target.fields.map((field, index) => {
      const own = columnOf(target, index)
      const cases = branches.map(({ when, values }) => ({ when, then: values.get(index) ?? own }))
      return item(caseOf(cases, own), field.name)
    }),
  ]
  const joined = selectFrom(
    {
      kind: 'join',
      type: clauses.some((clause) => clause.when === 'not_matched') ? 'full' : 'left',
      left: derivedTable(numbered, target.alias),
      right: derivedTable(source, sourceAlias),
      condition: { kind: 'on', expression: form.on },
    },
    items,
  )
  const rows = queryTemplate(
    `SELECT "${ACTION}", "$columns" FROM "$joined" AS j WHERE "${ROW}" IS NOT NULL OR "${ACTION}" <> ${KEPT}
     QUALIFY "${ROW}" IS NULL
       OR row_number() OVER (PARTITION BY "${ROW}" ORDER BY "${ACTION}" = ${KEPT}, "${PLACE}" DESC) = 1
     ORDER BY "${ROW}" NULLS LAST, "${PLACE}"`,
    {
      tables: { joined: derivedTable(joined, 'j') },
      lists: { columns: target.fields.map((field) => nameExpression(field.name)) },
    },
  )
  const query = queryTemplate('SELECT * FROM "$rows" AS r', { tables: { rows: derivedTable(rows, 'r') } })
  return withGenerated(target, query, [ACTION])
}

function and(left: SqlExpression, right: SqlExpression): SqlExpression {
  return { kind: 'binary', op: 'and', left, right }
}

function branchOf(
  target: ChangeTarget,
  { when, action }: MergeForm['clauses'][number],
): Omit<Branch, 'when'> {
  if (action.kind === 'nothing') return { action: KEPT, values: new Map() }
  const isNew = when === 'not_matched'
  if (isNew !== (action.kind === 'insert')) {
    throw new LakebookError(
      'syntax',
      isNew ? 'WHEN NOT MATCHED can only INSERT' : 'INSERT belongs to WHEN NOT MATCHED',
      { span: target.span },
    )
  }
  switch (action.kind) {
    case 'delete':
      return { action: DELETED, values: new Map() }
    case 'update':
      return { action: UPDATED, values: assigned(target, action.assignments) }
    case 'insert': {
      const free = target.fields.flatMap((_, place) => (ruleOf(target, place).generated ? [] : [place]))
      const places = action.columns.map((column) => {
        const place = columnPlace(target.fields, column)
        if (ruleOf(target, place).generated) throw generatedColumn(column)
        return place
      })
      const filled = places.length > 0 ? places : free
      if (filled.length !== action.values.length) {
        throw new LakebookError(
          'type',
          `INSERT of MERGE has ${filled.length} columns and ${action.values.length} values`,
          {
            span: action.values[0]?.span ?? target.span,
          },
        )
      }
      const values = target.fields.map((field, place): readonly [number, SqlExpression] => {
        const at = filled.indexOf(place)
        return [place, castOf(at < 0 ? defaultOf(target, place) : action.values[at]!, field)]
      })
      return { action: INSERTED, values: new Map(values) }
    }
  }
}
