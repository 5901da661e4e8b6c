import type { ObjectName, Query, SqlDelete, SqlExpression, SqlUpdate, TableExpression } from '../sql/ast.ts'
import { expressionsOf } from '../sql/rewrite.ts'
import { nameExpression, queryTemplate } from '../sql/template.ts'
import {
  ACTION,
  assigned,
  caseOf,
  columnOf,
  DELETED,
  derivedTable,
  findTarget,
  item,
  KEPT,
  numberedRows,
  ROW,
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

/** UPDATE: the table's rows, in their order, with other values in those that it is about. */
export function bindUpdate(environment: Environment, statement: SqlUpdate): TableChange {
  const target = findTarget(environment, statement.name, statement.alias)
  const values = assigned(target, statement.assignments)
  const isSimple =
    statement.from === null &&
    !hasQuery(statement.where) &&
    statement.assignments.every(({ value }) => !hasQuery(value))
  const rows = isSimple
    ? updatedInPlace(target, values, statement.where)
    : updatedByJoin(target, values, statement.from, statement.where)
  const query = { ...withGenerated(target, rows, [ACTION]), ...statement.with }
  return makeChange(environment, target, query, {
    verb: 'Updated',
    mode: 'replace',
    returning: statement.returning,
  })
}

function hasQuery(sql: SqlExpression | null): boolean {
  const kinds = ['exists', 'in_query', 'scalar_query', 'quantified'] as const
  return kinds.some((kind) => expressionsOf(sql, kind).length > 0)
}

function updatedInPlace(
  target: ChangeTarget,
  values: ReadonlyMap<number, SqlExpression>,
  where: SqlExpression | null,
): Query {
  const hit: SqlExpression = where ?? { kind: 'boolean', value: true }
  return selectFrom(targetTable(target), [
    item(caseOf([{ when: hit, then: wholeNumber(UPDATED) }], wholeNumber(KEPT)), ACTION),
    ...target.fields.map((field, place) => {
      const [own, value] = [columnOf(target, place), values.get(place)]
      return item(value ? caseOf([{ when: hit, then: value }], own) : own, field.name)
    }),
  ])
}

const NUMBERED = '\0numbered'
const HITS = '\0hits'

/** The rows are numbered, those with a match get their values once, and both meet again by the number. */
function updatedByJoin(
  target: ChangeTarget,
  values: ReadonlyMap<number, SqlExpression>,
  from: TableExpression | null,
  where: SqlExpression | null,
): Query {
  const numbered = numberedRows(targetTable(target), ROW)
  const own = readCommon(NUMBERED, target.alias)
  const valueName = (place: number): string => `\0value${place}`
  const places = [...values.keys()]
  const hits = selectFrom(
    from ? { kind: 'join', type: 'cross', left: own, right: from, condition: { kind: 'none' } } : own,
    [
      item(nameExpression(target.alias, ROW), ROW),
      ...places.map((place) => item(values.get(place)!, valueName(place))),
    ],
    where,
  )
  const once: Query =
    hits.body.kind === 'select'
      ? { ...hits, body: { ...hits.body, distinct: [nameExpression(target.alias, ROW)] } }
      : hits
  const hitRow = nameExpression('h', ROW)
  const isHit: SqlExpression = { kind: 'is', test: 'null', negated: true, operand: hitRow }
  const query = selectFrom(
    {
      kind: 'join',
      type: 'left',
      left: own,
      right: readCommon(HITS, 'h'),
      condition: {
        kind: 'on',
        expression: { kind: 'binary', op: '=', left: nameExpression(target.alias, ROW), right: hitRow },
      },
    },
    [
      item(caseOf([{ when: isHit, then: wholeNumber(UPDATED) }], wholeNumber(KEPT)), ACTION),
      ...target.fields.map((field, place) => {
        const own = columnOf(target, place)
        const value = nameExpression('h', valueName(place))
        return item(values.has(place) ? caseOf([{ when: isHit, then: value }], own) : own, field.name)
      }),
    ],
  )
  const sorted: Query = {
    ...query,
    with: [
      { name: { name: NUMBERED, span: undefined }, materialized: true, columns: [], query: numbered },
      { name: { name: HITS, span: undefined }, materialized: null, columns: [], query: once },
    ],
    orderBy: [{ expression: nameExpression(target.alias, ROW), descending: false, nullsFirst: null }],
  }
  return queryTemplate('SELECT * FROM "$rows" AS r', { tables: { rows: derivedTable(sorted, 'r') } })
}

function readCommon(name: string, alias: string): TableExpression {
  return {
    kind: 'table',
    name: [{ name, span: undefined }],
    alias: { name: { name: alias, span: undefined }, columns: [] },
    span: undefined,
  }
}

/** DELETE: the table's rows, of which some are marked. */
export function bindDelete(environment: Environment, statement: SqlDelete): TableChange {
  const target = findTarget(environment, statement.name, statement.alias)
  const { using, where, returning } = statement
  const hit: SqlExpression = using
    ? {
        kind: 'exists',
        negated: false,
        query: selectFrom(using, [item(wholeNumber(1), 'one')], where),
        span: undefined,
      }
    : (where ?? { kind: 'boolean', value: true })
  const rows = selectFrom(targetTable(target), [
    item(caseOf([{ when: hit, then: wholeNumber(DELETED) }], wholeNumber(KEPT)), ACTION),
    ...target.fields.map((field, place) => item(columnOf(target, place), field.name)),
  ])
  return makeChange(
    environment,
    target,
    { ...rows, ...statement.with },
    { verb: 'Deleted', mode: 'replace', returning },
  )
}

/** TRUNCATE: a DELETE of all rows. */
export function bindTruncate(environment: Environment, name: ObjectName): TableChange {
  return bindDelete(environment, {
    kind: 'delete',
    name,
    alias: null,
    with: { with: [], recursive: false },
    using: null,
    where: null,
    returning: null,
  })
}
