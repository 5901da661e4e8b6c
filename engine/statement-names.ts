import type { Statement } from './binder/statement.ts'
import { LakebookError, unreachable } from './errors.ts'
import { nearestName } from './catalog/nearest-name.ts'
import type { Identifier } from './sql/ast.ts'
import { withoutSpans } from './sql/rewrite.ts'
import { done, type Run } from './statement-run.ts'
import type { StoredResult } from './stored-result.ts'

type NameStatement = Statement & {
  readonly kind: 'prepare' | 'deallocate' | 'create_macro' | 'drop_macro' | 'create_schema' | 'drop_schema'
}

/** Statements about macros, prepared statements and schemas. */
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
    default:
      return unreachable(statement)
  }
}

function taken(what: string, { name, span }: Identifier): LakebookError {
  return new LakebookError('invalid_argument', `There is a ${what} ${name} already`, {
    span,
    hint:
      what === 'macro' ? 'Write CREATE OR REPLACE MACRO, or choose another name.' : 'Choose another name.',
  })
}

function remove(names: Map<string, unknown>, { name, span }: Identifier, what: string): void {
  if (names.delete(name.toLowerCase())) return
  const near = nearestName(name, [...names.keys()])
  throw new LakebookError('invalid_argument', `There is no ${what} "${name}"`, {
    span,
    hint: near === null ? undefined : `Did you mean "${near}"?`,
  })
}
