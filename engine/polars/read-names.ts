import type { Statement, Syntax } from './ast.ts'
import { assignedNames, isStatement, partsOf, statementParts } from './syntax-parts.ts'

/** Methods whose first argument names what they read: a file, or the tables of a SQL text. */
const READERS = /^(read|scan)_|^(sql|execute)$/

/** Whether a cell reads something by a name that is computed, or by a pattern: its words do not tell what that is. */
export function readsByUnclearName(statements: readonly Statement[]): boolean {
  const plain = new Set<string>()
  for (const statement of statements) {
    if (statement.kind !== 'value') {
      for (const name of assignedNames([statement])) plain.delete(name)
      if (statementParts(statement).some((part) => partUnclear(part, plain))) return true
      continue
    }
    const { target, value } = statement
    if (readsUnclear(value, plain)) return true
    if (target === null) continue
    if (isPlain(value, plain)) plain.add(target.name)
    else plain.delete(target.name)
  }
  return false
}

/** Inside blocks only what is written out is clear. */
function partUnclear(part: Statement | Syntax, plain: ReadonlySet<string>): boolean {
  if (!isStatement(part)) return readsUnclear(part, plain)
  return statementParts(part).some((one) => partUnclear(one, plain))
}

function readsUnclear(syntax: Syntax, plain: ReadonlySet<string>): boolean {
  if (isReader(syntax)) return true
  const inside = (part: Syntax): boolean => readsUnclear(part, plain)
  if (syntax.kind !== 'call' || !isReader(syntax.callee)) return partsOf(syntax).some(inside)
  const named = syntax.args.length > 0 ? syntax.args.slice(0, 1) : syntax.keywords.map(({ value }) => value)
  if (!named.every((argument) => isPlain(argument, plain))) return true
  return [...partsOf(syntax.callee), ...partsOf(syntax).slice(1)].some(inside)
}

function isReader(syntax: Syntax): boolean {
  return syntax.kind === 'attribute' && READERS.test(syntax.name)
}

function isPlain(syntax: Syntax, plain: ReadonlySet<string>): boolean {
  switch (syntax.kind) {
    case 'string':
      return !hasPattern(syntax.value)
    case 'integer':
    case 'boolean':
    case 'none':
      return true
    case 'name':
      return plain.has(syntax.name)
    case 'list':
    case 'tuple':
      return syntax.items.every((item) => isPlain(item, plain))
    default:
      return false
  }
}

/** A file's name with one, or a SQL text with such a name in it. */
function hasPattern(text: string): boolean {
  return /\s/.test(text) ? /'[^']*[*?[][^']*'/.test(text) : /[*?[]/.test(text)
}
