import type { CellAccess } from './access-order.ts'
import type { Catalog, CatalogEntry } from './catalog/catalog.ts'
import type { CellLanguage } from './lakebook.ts'
import { someExpression } from './plan/expression-tree.ts'
import { nodeExpressions, visitPlan } from './plan/plan-tree.ts'
import { parsePolars } from './polars/parse.ts'
import { assignedNames } from './polars/syntax-parts.ts'
import { readsByUnclearName } from './polars/read-names.ts'
import type { Session } from './session.ts'
import type { SessionNames } from './session-names.ts'
import { parseSql } from './sql/parser.ts'
import { statementAccess, type StatementAccess } from './sql/statement-access.ts'
import { wordOf, wordsIn, wordsOfText } from './words.ts'

/** Nothing runs; a text that cannot be read is `alone`. */
export function accessOf(session: Session, language: CellLanguage, text: string): CellAccess {
  let found: Found
  try {
    found = language === 'sql' ? sqlAccess(text, session) : polarsAccess(text)
  } catch {
    found = { words: wordsOfText(text), changes: [], changesRows: true, alone: true, readsAny: true }
  }
  const { changes, changesRows, alone, readsAny } = found
  const words = withWordsBehind(found.words, session.catalog, session.names)
  return {
    reads: [...words],
    readsAny: readsAny || [...words].some((word) => /^(information_schema|duckdb_\w+)$/.test(word)),
    changes: changes.flatMap((name) => wordOf(name) ?? []),
    changesRows,
    takesNumbers: SEQUENCE_CALLS.some((call) => words.has(call)),
    alone: alone || changes.some((name) => wordOf(name) === null),
  }
}

/** Of adding files, or of dropping a table: `names` are those of the table and of its files. */
export function arrivalAccess(names: readonly string[]): CellAccess {
  return {
    reads: [],
    readsAny: false,
    changes: names.flatMap((name) => wordOf(name) ?? []),
    changesRows: false,
    takesNumbers: false,
    alone: names.some((name) => wordOf(name) === null),
  }
}

const SEQUENCE_CALLS = ['nextval', 'currval']

interface Found extends StatementAccess {
  readonly words: Set<string>
}

function sqlAccess(text: string, { settings }: Session): Found {
  const statements = parseSql(text, settings.sqlDialect).map(({ statement }) => statement)
  const all = statements.map(statementAccess)
  return {
    words: wordsIn(statements),
    changes: all.flatMap(({ changes }) => changes),
    changesRows: all.some(({ changesRows }) => changesRows),
    alone: all.some(({ alone }) => alone),
    readsAny: all.some(({ readsAny }) => readsAny),
  }
}

function polarsAccess(text: string): Found {
  const statements = parsePolars(text)
  return {
    words: wordsIn(statements),
    changes: assignedNames(statements),
    changesRows: false,
    alone: false,
    readsAny: readsByUnclearName(statements),
  }
}

/** With the words of what the session's names among them stand for, and so on. */
function withWordsBehind(words: Set<string>, catalog: Catalog, names: SessionNames): Set<string> {
  const entries = new Set(catalog.list())
  const macros = new Map(names.macros)
  for (let before = -1; before < words.size;) {
    before = words.size
    for (const entry of entries) {
      if (!isNamed(entry, words)) continue
      entries.delete(entry)
      addWordsBehind(entry, catalog.list(), words)
    }
    for (const [name, macro] of macros) {
      if (!hasName(words, name)) continue
      macros.delete(name)
      wordsIn(macro, words)
    }
  }
  return words
}

function isNamed(entry: CatalogEntry, words: ReadonlySet<string>): boolean {
  if (hasName(words, entry.name)) return true
  switch (entry.kind) {
    case 'file':
      return entry.provider.fileNames.some((name) => hasName(words, name))
    case 'table':
      // whoever changes a table is checked against those that refer to it
      return (entry.definition?.foreignKeys ?? []).some(({ table }) => hasName(words, table))
    default:
      return false
  }
}

function hasName(words: ReadonlySet<string>, name: string): boolean {
  return [...wordsOfText(name)].every((word) => words.has(word))
}

function addWordsBehind(entry: CatalogEntry, entries: readonly CatalogEntry[], words: Set<string>): void {
  wordsIn(entry.name, words)
  switch (entry.kind) {
    case 'file':
      break
    case 'view':
      wordsIn(entry.text, words)
      break
    case 'table': {
      wordsIn(entry.definition, words)
      // records that could not be read go with the file that they stood in
      const { rejectsOf } = entry.provider
      const base = entries.find((other) => other.kind === 'file' && other.provider === rejectsOf)
      wordsIn(base?.name, words)
      break
    }
    case 'frame':
      visitPlan(entry.plan, (node) => {
        if (node.kind === 'scan') wordsIn(node.table, words)
        for (const call of SEQUENCE_CALLS) {
          const isCalled = nodeExpressions(node).some((expression) =>
            someExpression(expression, (part) => part.kind === 'call' && part.fn === call),
          )
          if (isCalled) words.add(call)
        }
      })
  }
}
