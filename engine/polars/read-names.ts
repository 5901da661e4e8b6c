import type { Statement, Syntax } from './ast.ts'
import { partsOf } from './syntax-parts.ts'

/** Methods whose first argument names what they read: a file, or the tables of a SQL text. */
const READERS = /^(read|scan)_|^(sql|execute)$/

/** Whether a cell reads something by a name that is computed, or by a pattern: its words do not tell what that is. */
export function readsByUnclearName(statements: readonly Statement[]): boolean {
  const plain = new Set<string>()
  for (const { target, value } of statements) {
    if (readsUnclear(value, plain)) return true
    if (target === null) continue
    if (isPlain(value, plain)) plain.add(target.name)
    else plain.delete(target.name)
  }
  return false
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
