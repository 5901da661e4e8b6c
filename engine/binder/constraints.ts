import { LakebookError, type SourceSpan } from '../errors.ts'
import { types } from '../arrow/types.ts'
import { keysOf, type ForeignKey, type TableDefinition, type TableKey } from '../catalog/table-definition.ts'
import type { SqlExpression } from '../sql/ast.ts'
import { nameExpression, queryTemplate, textExpression } from '../sql/template.ts'
import { ACTION, DELETED, KEPT, namedTable, withEntries, type ConstraintCheck } from './change-target.ts'
import type { CatalogEntry, Environment } from './environment.ts'
import { outputName } from './output-name.ts'
import { sameName } from './scope.ts'

const ROWS = '\0rows'
const NEXT = '\0next'

/** A table that is written, as the checks see it. */
export interface CheckedTable {
  readonly name: string
  readonly definition: TableDefinition
  /** `whole`: the rows are all of the table. */
  readonly mode: 'append' | 'replace' | 'whole'
  readonly span: SourceSpan | undefined
}

/**
 * What must hold after a change. NOT NULL, CHECK and foreign keys are asked of the rows that were written; keys of those
 * rows and, where rows were only added, of the table before, else of the whole table as it will be.
 */
export function constraintChecks(
  environment: Environment,
  table: CheckedTable,
  rows: CatalogEntry,
  next: CatalogEntry,
): readonly ConstraintCheck[] {
  const inside = withEntries(environment, { [ROWS]: rows, [NEXT]: next })
  const checker = new Checker(inside, table)
  const { columns, checks, foreignKeys } = table.definition
  return [
    ...columns.filter((column) => column.notNull).map((column) => checker.notNull(column.name)),
    ...checks.map((check) => checker.check(check)),
    ...keysOf(table.definition).flatMap((key) => checker.key(key)),
    ...foreignKeys.map((key) => checker.foreignKey(key)),
    ...(table.mode === 'replace' ? checker.referrers() : []),
  ]
}

class Checker {
  readonly #environment: Environment
  readonly #table: CheckedTable

  constructor(environment: Environment, table: CheckedTable) {
    this.#environment = environment
    this.#table = table
  }

  notNull(column: string): ConstraintCheck {
    const value = nameExpression(column)
    return this.#asked(
      'SELECT \'NULL\' FROM "$rows" WHERE "$written" AND "$value" IS NULL LIMIT 1',
      { value },
      () => this.#broken(`NULL in ${this.#table.name}.${column}, which is NOT NULL`),
    )
  }

  check(value: SqlExpression): ConstraintCheck {
    return this.#asked(
      'SELECT \'no\' FROM "$rows" WHERE "$written" AND NOT ("$value") LIMIT 1',
      { value },
      () => this.#broken(`A row of ${this.#table.name} that breaks CHECK ${outputName(value)}`),
    )
  }

  key({ columns, primary }: TableKey): readonly ConstraintCheck[] {
    const words = primary ? 'PRIMARY KEY' : 'UNIQUE'
    const error = (found: string): LakebookError =>
      this.#broken(`Two rows of ${this.#table.name} with ${found}, which is ${words}`)
    const keys = columns.map((column) => keyExpression(column))
    const parts = { text: keyText(columns), present: allPresent(keys) }
    const whole = this.#table.mode === 'append' ? ROWS : NEXT
    const twice = this.#asked(
      'SELECT "$text" FROM (SELECT "$keys" FROM "$whole" AS w WHERE "$present" GROUP BY ALL HAVING count(*) > 1 LIMIT 1) AS d',
      parts,
      error,
      { whole },
      { keys },
    )
    if (this.#table.mode !== 'append') return [twice]
    return [
      twice,
      this.#asked(
        'SELECT "$text" FROM "$rows" AS a SEMI JOIN "$before" AS b ON "$same" LIMIT 1',
        { text: keyText(columns, 'a'), same: sameBytes(columns, columns) },
        error,
        { before: this.#table.name },
      ),
    ]
  }

  foreignKey({ columns, table, referenced }: ForeignKey): ConstraintCheck {
    const parent = sameName(table, this.#table.name) && this.#table.mode === 'replace' ? NEXT : table
    return this.#asked(
      'SELECT "$text" FROM "$rows" AS a ANTI JOIN "$parent" AS b ON "$same" WHERE "$written" AND "$present" LIMIT 1',
      {
        text: keyText(columns, 'a'),
        same: sameBytes(columns, referenced),
        present: allPresent(columns.map((column) => nameExpression('a', column))),
      },
      (found) => this.#broken(`A row of ${this.#table.name} with ${found}, which is not in ${table}`),
      { parent },
    )
  }

  /** Rows of other tables that refer to what is no longer here. */
  referrers(): readonly ConstraintCheck[] {
    const { catalog } = this.#environment
    return catalog.names().flatMap((name) => {
      const entry = catalog.table(name)
      if (entry?.kind !== 'table' || !entry.definition || sameName(name, this.#table.name)) return []
      return entry.definition.foreignKeys
        .filter((key) => sameName(key.table, this.#table.name))
        .map(({ columns, referenced }) =>
          this.#asked(
            'SELECT "$text" FROM "$child" AS a ANTI JOIN "$next" AS b ON "$same" WHERE "$present" LIMIT 1',
            {
              text: keyText(columns, 'a'),
              same: sameBytes(columns, referenced),
              present: allPresent(columns.map((column) => nameExpression('a', column))),
            },
            (found) =>
              this.#broken(
                `${name} has a row with ${found}, which would no longer be in ${this.#table.name}`,
              ),
            { child: name },
          ),
        )
    })
  }

  #asked(
    text: string,
    expressions: Readonly<Record<string, SqlExpression>>,
    error: (found: string) => LakebookError,
    tables: Readonly<Record<string, string>> = {},
    lists: Readonly<Record<string, readonly SqlExpression[]>> = {},
  ): ConstraintCheck {
    const names = { rows: ROWS, next: NEXT, ...tables }
    const query = queryTemplate(text, {
      expressions: { written: this.#written(), ...expressions },
      lists,
      tables: Object.fromEntries(Object.entries(names).map(([key, name]) => [key, namedTable(name, null)])),
    })
    return { plan: this.#environment.bindQuery(this.#environment, query, null), error }
  }

  /** Of the rows of a change: those that it wrote. */
  #written(): SqlExpression {
    if (this.#table.mode !== 'replace') return { kind: 'boolean', value: true }
    return {
      kind: 'in_list',
      negated: true,
      operand: nameExpression(ACTION),
      list: [KEPT, DELETED].map((action) => ({ kind: 'number', text: String(action) })),
    }
  }

  #broken(what: string): LakebookError {
    return new LakebookError('invalid_argument', what, {
      span: this.#table.span,
      hint: 'Nothing was changed.',
    })
  }
}

/** `a: 1, b: x`. */
function keyText(columns: readonly string[], table?: string): SqlExpression {
  const parts = columns.flatMap((column, index): readonly SqlExpression[] => [
    textExpression(`${index === 0 ? '' : ', '}${column}: `),
    {
      kind: 'cast',
      operand: table === undefined ? nameExpression(column) : nameExpression(table, column),
      type: types.utf8,
      try: false,
    },
  ])
  return parts.reduce((left, right) => ({ kind: 'binary', op: '||', left, right }))
}

function allPresent(keys: readonly SqlExpression[]): SqlExpression {
  return keys
    .map((operand): SqlExpression => ({ kind: 'is', test: 'null', negated: true, operand }))
    .reduce((left, right) => ({ kind: 'binary', op: 'and', left, right }))
}

/** The column of a key, which keys compare by its bytes whatever its collation. */
function keyExpression(...name: readonly string[]): SqlExpression {
  return { kind: 'collate', operand: nameExpression(...name), collation: null }
}

function sameBytes(columns: readonly string[], referenced: readonly string[]): SqlExpression {
  return sameKeys(columns, referenced, ['a', 'b'], keyExpression)
}

/** The columns of `a` are equal to those of `b`. */
export function sameKeys(
  columns: readonly string[],
  referenced: readonly string[],
  [left, right]: readonly [string, string] = ['a', 'b'],
  value: (table: string, column: string) => SqlExpression = nameExpression,
): SqlExpression {
  return columns
    .map((column, index): SqlExpression => ({
      kind: 'binary',
      op: '=',
      left: value(left, column),
      right: value(right, referenced[index]!),
    }))
    .reduce((before, after) => ({ kind: 'binary', op: 'and', left: before, right: after }))
}
