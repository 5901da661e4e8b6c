import { keysOf } from '../catalog/table-definition.ts'
import type { DataType } from '../arrow/types.ts'
import { LakebookError } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { Assignment, Query, SqlConflict, SqlExpression, SqlInsert } from '../sql/ast.ts'
import { replaceExpressions } from '../sql/rewrite.ts'
import { nameExpression, queryTemplate } from '../sql/template.ts'
import {
  assigned,
  columnPlace,
  defaultOf,
  derivedTable,
  findTarget,
  generatedColumn,
  item,
  namedTable,
  numberedRows,
  PLACE,
  ruleOf,
  selectFrom,
  withRows,
  type ChangeTarget,
  type TableChange,
} from './change-target.ts'
import { castTo } from './coerce.ts'
import { castIn } from './postgres-dialect.ts'
import { sameKeys } from './constraints.ts'
import type { Environment } from './environment.ts'
import { plainContext } from './expression-context.ts'
import { bindExpression } from './expression.ts'
import { makeChange } from './make-change.ts'
import { mergedRows } from './merge.ts'
import { bindValues } from './values.ts'
import { sameName, tableScope } from './scope.ts'

/** INSERT: rows in the table's columns, or with ON CONFLICT … UPDATE the table with them merged in. */
export function bindInsert(environment: Environment, statement: SqlInsert): TableChange {
  const target = findTarget(environment, statement.name, statement.alias)
  const plan = newRows(environment, target, statement)
  const { conflict, returning } = statement
  const form = { verb: 'Inserted', mode: 'append', returning } as const
  if (!conflict) return makeChange(environment, target, plan, form)
  const keys = conflictKeys(target, conflict)
  if (conflict.update) return upsert(environment, target, plan, conflict, keys, statement)
  const inside = withRows(environment, NEW, plan)
  return { ...makeChange(inside, target, withoutConflicts(target, keys), form) }
}

const NEW = '\0new'

/** The rows in the table's columns, with defaults where the statement says nothing. */
function newRows(environment: Environment, target: ChangeTarget, statement: SqlInsert): LogicalPlan {
  const { fields } = target
  const free = fields.flatMap((_, place) => (ruleOf(target, place).generated ? [] : [place]))
  const listed = statement.columns.map((column) => {
    const place = columnPlace(fields, column)
    if (ruleOf(target, place).generated) throw generatedColumn(column)
    return place
  })
  let places = listed.length > 0 ? listed : free
  let source: LogicalPlan = { kind: 'values', columns: [], rows: [[]] }
  if (statement.query) {
    const query = { ...statement.query, with: [...statement.with.with, ...statement.query.with] }
    source = bindSource(environment, query, target, statement.byName ? null : places)
    if (statement.byName)
      places = outputColumns(source).map(({ name }) => columnPlace(fields, { name, span: target.span }))
  } else places = []
  const given = outputColumns(source)
  if (given.length !== places.length) {
    throw new LakebookError(
      'type',
      `"${target.entry.name}" takes ${places.length} values here, not ${given.length}`,
      { span: target.span },
    )
  }
  const context = plainContext(environment, { columns: [], parent: null }, 'DEFAULT')
  const items = fields.map((field, place) => {
    const at = places.indexOf(place)
    const value = at < 0 ? bindExpression(context, defaultOf(target, place)) : columnReference(given[at]!)
    const expression = castIn(environment, value, field.type)
    return { output: newColumn(field.name, field.type, expression.nullable), expression }
  })
  const rows: LogicalPlan = { kind: 'project', input: source, items }
  if (target.definition.columns.every((rule) => rule.generated === null)) return rows
  const columns = outputColumns(rows)
  const scope = { columns: tableScope(target.alias, columns), parent: null }
  const generated = columns.map((column, place) => {
    const rule = ruleOf(target, place)
    if (!rule.generated) return { output: column, expression: columnReference(column) }
    const bound = bindExpression(plainContext(environment, scope, 'a generated column'), rule.generated)
    const expression = castTo(bound, column.type)
    return { output: newColumn(column.name, column.type, expression.nullable), expression }
  })
  return { kind: 'project', input: rows, items: generated }
}

/** VALUES take the types of the columns that they go into, value by value; DEFAULT is the column's own. */
function bindSource(
  environment: Environment,
  query: Query,
  target: ChangeTarget,
  places: readonly number[] | null,
): LogicalPlan {
  const { body } = query
  const isPlain = body.kind === 'values' && query.with.length === 0 && places !== null
  if (!isPlain || body.rows.some((row) => row.length !== places.length))
    return environment.bindQuery(environment, query, null)
  const wanted: readonly DataType[] = places.map((place) => target.fields[place]!.type)
  const rows = body.rows.map((row) =>
    row.map((value, index) => (isDefault(value) ? defaultOf(target, places[index]!) : value)),
  )
  return bindValues(environment, { ...body, rows }, null, wanted)
}

function isDefault(value: SqlExpression): boolean {
  return value.kind === 'identifier' && value.parts.length === 1 && sameName(value.parts[0]!.name, 'default')
}

type Keys = readonly (readonly string[])[]

/** The keys that ON CONFLICT is about. */
function conflictKeys(target: ChangeTarget, { columns, update, span }: SqlConflict): Keys {
  const keys = keysOf(target.definition).map((key) => key.columns)
  if (columns.length === 0) {
    if (keys.length === 0) {
      throw new LakebookError(
        'invalid_argument',
        `${target.entry.name} has no key that rows could conflict in`,
        {
          span,
          hint: 'Give it a PRIMARY KEY or a UNIQUE column.',
        },
      )
    }
    if (update && keys.length > 1) {
      throw new LakebookError('invalid_argument', `${target.entry.name} has several keys`, {
        span,
        hint: `Say which one: ON CONFLICT (${keys[0]!.join(', ')}).`,
      })
    }
    return keys
  }
  const names = columns.map((column) => target.fields[columnPlace(target.fields, column)]!.name)
  const found = keys.find((key) => key.length === names.length && key.every((name) => names.includes(name)))
  if (found) return [found]
  throw new LakebookError('invalid_argument', `(${names.join(', ')}) is no key of ${target.entry.name}`, {
    span: columns[0]!.span,
    hint:
      keys.length > 0 ? `Its keys are ${keys.map((key) => `(${key.join(', ')})`).join(', ')}.` : undefined,
  })
}

/** The new rows whose keys are neither in the table nor in a new row before them. */
function withoutConflicts(target: ChangeTarget, keys: Keys): Query {
  return keys.reduce<Query>((rows, key) => {
    const first = firstOfEach(target, rows, key)
    return queryTemplate('SELECT a.* FROM "$first" AS a ANTI JOIN "$table" AS b ON "$same"', {
      tables: { first: derivedTable(first, 'a'), table: namedTable(target.entry.name, null) },
      expressions: { same: sameKeys(key, key) },
    })
  }, allNew(target))
}

function allNew(target: ChangeTarget): Query {
  return selectFrom(
    namedTable(NEW, null),
    target.fields.map(({ name }) => item(nameExpression(name), name)),
  )
}

/** Of the rows that share a key the first one; those without a key all. */
function firstOfEach(target: ChangeTarget, rows: Query, key: readonly string[]): Query {
  return queryTemplate(
    `SELECT "$columns" FROM "$numbered" AS n
     QUALIFY "$missing" OR row_number() OVER (PARTITION BY "$keys" ORDER BY "${PLACE}") = 1 ORDER BY "${PLACE}"`,
    {
      tables: { numbered: derivedTable(numberedRows(derivedTable(rows, 'r'), PLACE), 'n') },
      lists: {
        columns: target.fields.map((field) => nameExpression(field.name)),
        keys: key.map((name) => nameExpression(name)),
      },
      expressions: {
        missing: key
          .map((name): SqlExpression => ({
            kind: 'is',
            test: 'null',
            negated: false,
            operand: nameExpression(name),
          }))
          .reduce((left, right) => ({ kind: 'binary', op: 'or', left, right })),
      },
    },
  )
}

/** As in DuckDB the first of several new rows of one key is the one that counts. */
function upsert(
  environment: Environment,
  target: ChangeTarget,
  plan: LogicalPlan,
  { update }: SqlConflict,
  keys: Keys,
  { columns, returning }: SqlInsert,
): TableChange {
  const key = keys[0]!
  const inside = withRows(environment, NEW, plan)
  const filled =
    columns.length > 0
      ? columns.map((column) => columnPlace(target.fields, column))
      : target.fields.map((_, place) => place)
  const assignments: readonly Assignment[] =
    update!.assignments === 'all'
      ? filled.flatMap((place) => {
          const { name } = target.fields[place]!
          if (key.includes(name) || ruleOf(target, place).generated) return []
          return [{ column: { name, span: undefined }, value: nameExpression('excluded', name) }]
        })
      : update!.assignments
  // told of before the join is bound, where names could be those of either side
  assigned(target, assignments)
  const rows = mergedRows(target, {
    source: derivedTable(firstOfEach(target, allNew(target), key), 'excluded'),
    sourceAlias: 'excluded',
    on: sameKeys(key, key, [target.alias, 'excluded']),
    clauses: [
      {
        when: 'matched',
        condition: update!.where,
        action: { kind: 'update', assignments: qualified(target, assignments) },
      },
      {
        when: 'not_matched',
        condition: null,
        action: {
          kind: 'insert',
          columns: [],
          values: target.fields.flatMap(({ name }, place) =>
            ruleOf(target, place).generated ? [] : [nameExpression('excluded', name)],
          ),
        },
      },
    ],
  })
  return makeChange(inside, target, rows, { verb: 'Inserted', mode: 'replace', returning })
}

/** A bare name in SET of ON CONFLICT is the table's own column. */
function qualified(target: ChangeTarget, assignments: readonly Assignment[]): readonly Assignment[] {
  return assignments.map(({ column, value }) => ({ column, value: value && own(target, value) }))
}

function own(target: ChangeTarget, value: SqlExpression): SqlExpression {
  return replaceExpressions(value, (node) => {
    if (node.kind !== 'identifier' || node.parts.length !== 1) return null
    const [part] = node.parts
    if (!target.fields.some((field) => sameName(field.name, part!.name))) return null
    return { ...node, parts: [{ name: target.alias, span: undefined }, part!] }
  })
}
