import type { NameStatement } from './binder/statement.ts'
import { LakebookError, unreachable } from './errors.ts'
import { nearestName } from './catalog/nearest-name.ts'
import { sequenceName } from './binder/session-values.ts'
import type { Identifier, SqlExpression } from './sql/ast.ts'
import { replaceExpressions, withoutSpans } from './sql/rewrite.ts'
import { done, type Run } from './statement-run.ts'
import type { StoredResult } from './stored-result.ts'

/** Statements about macros, types, prepared statements, schemas, sequences and variables. */
export function changeNames(run: Run, statement: NameStatement): Promise<StoredResult> {
  const { names, catalog, plans } = run.host
  plans.forget()
  switch (statement.kind) {
    case 'prepare':
      names.prepared.set(statement.name.name.toLowerCase(), statement.statement)
      return done(run, `Prepared ${statement.name.name}`)
    case 'deallocate':
      if (statement.name === null) names.prepared.clear()
      else remove(names.prepared, statement.name, 'prepared statement')
      return done(run, 'Deallocated')
    case 'create_macro': {
      const { name, parameters, body, orReplace } = statement
      const key = name.name.toLowerCase()
      if (names.macros.has(key) && !orReplace) throw taken('macro', name)
      names.macros.set(key, withoutSpans({ name, parameters, body }))
      return done(run, `Created macro ${name.name}`)
    }
    case 'drop_macro':
      if (statement.ifExists && !names.macros.has(statement.name.name.toLowerCase()))
        return done(run, 'Nothing to drop')
      remove(names.macros, statement.name, 'macro')
      return done(run, `Dropped ${statement.name.name}`)
    case 'create_type': {
      const { name, type, orReplace, ifNotExists } = statement
      const key = name.name.toLowerCase()
      if (names.types.has(key) && ifNotExists) return done(run, `Type ${name.name} exists already`)
      if (names.types.has(key) && !orReplace) throw taken('type', name)
      names.types.set(key, type)
      return done(run, `Created type ${name.name}`)
    }
    case 'drop_type':
      if (statement.ifExists && !names.types.has(statement.name.name.toLowerCase()))
        return done(run, 'Nothing to drop')
      remove(names.types, statement.name, 'type')
      return done(run, `Dropped ${statement.name.name}`)
    case 'create_schema': {
      const { name, ifNotExists } = statement
      const key = name.name.toLowerCase()
      if (names.schemas.has(key) && !ifNotExists) throw taken('schema', name)
      if (!names.schemas.has(key)) names.schemas.set(key, name.name)
      return done(run, `Created schema ${name.name}`)
    }
    case 'drop_schema': {
      const { name, ifExists, cascade } = statement
      const key = name.name.toLowerCase()
      if (ifExists && !names.schemas.has(key)) return done(run, 'Nothing to drop')
      const inside = catalog.list().filter((entry) => entry.name.toLowerCase().startsWith(`${key}.`))
      if (inside.length > 0 && !cascade) {
        throw new LakebookError('invalid_argument', `The schema ${name.name} has ${inside[0]!.name}`, {
          span: name.span,
          hint: `Write DROP SCHEMA ${name.name} CASCADE to drop what is in it too.`,
        })
      }
      remove(names.schemas, name, 'schema')
      for (const entry of inside) {
        catalog.remove(entry.name)
        catalog.discard(entry)
      }
      return done(run, `Dropped ${name.name}`)
    }
    case 'create_sequence': {
      const { name, orReplace, ifNotExists } = statement
      const isThere = names.sequences.find(name.name) !== null
      if (isThere && ifNotExists) return done(run, `Sequence ${name.name} exists already`)
      if (isThere && !orReplace) throw taken('sequence', name)
      names.sequences.put({ ...statement, name: name.name })
      return done(run, `Created sequence ${name.name}`)
    }
    case 'drop_sequence':
      return dropSequence(run, statement)
    case 'set_variable':
      names.variables.set(statement.name.name.toLowerCase(), statement.value)
      return done(run, `Set variable ${statement.name.name}`)
    case 'reset_variable':
      names.variables.delete(statement.name.name.toLowerCase())
      return done(run, `Variable ${statement.name.name} has no value`)
    default:
      return unreachable(statement)
  }
}

/** With CASCADE the tables go too whose defaults take numbers from it. */
function dropSequence(
  run: Run,
  { name, ifExists, cascade }: NameStatement & { readonly kind: 'drop_sequence' },
): Promise<StoredResult> {
  const { names, catalog } = run.host
  if (names.sequences.find(name.name) === null) {
    if (ifExists) return done(run, 'Nothing to drop')
    throw unknown(
      name,
      'sequence',
      names.sequences.list().map((each) => each.name),
    )
  }
  const users = catalog
    .list()
    .filter(
      (entry) =>
        entry.kind === 'table' &&
        (entry.definition?.columns ?? []).some((rule) => takesNumbers(rule.default, name.name)),
    )
  if (users.length > 0 && !cascade) {
    throw new LakebookError('invalid_argument', `${users[0]!.name} takes numbers from ${name.name}`, {
      span: name.span,
      hint: `Drop ${users[0]!.name} first, or write DROP SEQUENCE ${name.name} CASCADE to drop it too.`,
    })
  }
  names.sequences.remove(name.name)
  for (const entry of users) {
    catalog.remove(entry.name)
    catalog.discard(entry)
  }
  return done(run, `Dropped ${[name.name, ...users.map((entry) => entry.name)].join(', ')}`)
}

function takesNumbers(value: SqlExpression | null, sequence: string): boolean {
  let found = false
  replaceExpressions(
    value,
    (node) => {
      if (node.kind !== 'function' || !/^(nextval|currval)$/i.test(node.name)) return null
      const [given] = node.args
      const isIt =
        given?.kind === 'string' && sequenceName(given.value).toLowerCase() === sequence.toLowerCase()
      found ||= isIt
      return null
    },
    true,
  )
  return found
}

function taken(what: string, { name, span }: Identifier): LakebookError {
  return new LakebookError('invalid_argument', `There is a ${what} ${name} already`, {
    span,
    hint:
      what === 'schema'
        ? 'Choose another name.'
        : `Write CREATE OR REPLACE ${what.toUpperCase()}, or choose another name.`,
  })
}

function remove(names: Map<string, unknown>, { name, span }: Identifier, what: string): void {
  if (names.delete(name.toLowerCase())) return
  throw unknown({ name, span }, what, [...names.keys()])
}

function unknown({ name, span }: Identifier, what: string, names: readonly string[]): LakebookError {
  const near = nearestName(name, names)
  return new LakebookError('invalid_argument', `There is no ${what} "${name}"`, {
    span,
    hint: near === null ? undefined : `Did you mean "${near}"?`,
  })
}
