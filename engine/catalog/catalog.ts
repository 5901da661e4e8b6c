import type { Schema } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import { ParquetTable } from '../formats/parquet/parquet-table.ts'
import type { CellLanguage, FileFingerprint, TableInfo } from '../lakebook.ts'
import { outputColumns } from '../plan/output.ts'
import { visitPlan } from '../plan/plan-tree.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { SqlManner } from '../sql/ast.ts'
import type { CatalogSnapshot, HeldRows } from './catalog-transaction.ts'
import { FilesNotOpen } from './file-request.ts'
import type { FileTable } from './file-table.ts'
import { globPattern, isGlob, literalPattern } from './glob.ts'
import { nearestName } from './nearest-name.ts'
import type { TableDefinition } from './table-definition.ts'
import { TableLeases } from './table-leases.ts'
import type { TableProvider } from './table-provider.ts'

/** What a name stands for. */
export type CatalogEntry =
  | {
      readonly kind: 'file'
      readonly name: string
      readonly provider: FileTable
      readonly files: readonly FileFingerprint[]
    }
  | {
      readonly kind: 'table'
      readonly name: string
      readonly provider: ClosableTable
      /** Of a session table. */
      readonly definition?: TableDefinition | undefined
    }
  | {
      readonly kind: 'view'
      readonly name: string
      readonly text: string
      readonly manner: SqlManner
      readonly language: CellLanguage
      /** Names for the query's columns; empty keeps those it has. */
      readonly columns: readonly string[]
    }
  | { readonly kind: 'frame'; readonly name: string; readonly plan: LogicalPlan }

/** What a file's name ends with, and its table's name does not. */
const FILE_ENDING = /\.(parquet|csv|tsv|txt|json|jsonl|ndjson|arrow|arrows|feather|ipc)(\.gz)?$/i

/** A table that holds memory of the heap until it is closed. */
export interface ClosableTable extends TableProvider {
  /** What the person should know about its rows. */
  readonly notices?: readonly string[]
  /** The table whose bad records these are: it goes with that. */
  readonly rejectsOf?: TableProvider
  /** Keeps its rows as they are, for a transaction that may want them back. */
  hold?(): HeldRows
  close(): void
}

/**
 * The session's names. An unquoted name finds the one written just so, else one that differs in case only; a quoted
 * name finds only the one written just so.
 */
export class Catalog {
  private readonly entries = new Map<string, CatalogEntry>()
  /** Tables made for globs, so that asking twice is one table with one cache. */
  private readonly combined = new Map<string, ParquetTable>()
  private snapshot: CatalogSnapshot | null = null
  /** Frames keep the tables that they read, whatever their names stand for by now. */
  private readonly framesTables = new Map<CatalogEntry, readonly (() => void)[]>()
  /** Who reads what. */
  readonly leases = new TableLeases()
  /** Counts changes of the files that there are. */
  filesVersion = 0

  /** Adds an entry, in place of one whose name is the same but for case. Returns what it replaced, for closing. */
  put(entry: CatalogEntry): CatalogEntry | null {
    const replaced = this.remove(entry.name)
    this.entries.set(entry.name, entry)
    if (entry.kind === 'file') this.filesVersion++
    if (entry.kind === 'frame') this.framesTables.set(entry, this.holdTables(entry.plan))
    return replaced
  }

  /** Adds an entry; what it replaces goes with its last reader. */
  replace(entry: CatalogEntry): void {
    const replaced = this.put(entry)
    if (replaced !== null) this.discard(replaced)
  }

  /** Takes a name away and returns what it stood for, for closing; null when there is no such name. */
  remove(name: string): CatalogEntry | null {
    const entry = this.find(name, false)
    if (entry === null) return null
    this.entries.delete(entry.name)
    if (entry.kind === 'file') {
      this.forgetCombined()
      this.filesVersion++
      for (const [key, other] of this.entries) {
        if (other.kind === 'table' && other.provider.rejectsOf === entry.provider) this.entries.delete(key)
      }
    }
    return entry
  }

  find(name: string, quoted: boolean): CatalogEntry | null {
    const exact = this.entries.get(name)
    if (exact !== undefined || quoted) return exact ?? null
    const folded = name.toLowerCase()
    for (const [key, entry] of this.entries) {
      if (key.toLowerCase() === folded) return entry
    }
    return null
  }

  /**
   * What `FROM 'part-*.parquet'` means: a table by its name (with or without the file's ending), a registered file by its
   * own name, or all registered files that the pattern matches, in the order of their names, as one table.
   * Errors: `unknown_table`; `schema_mismatch` when the files differ. @throws FilesNotOpen for several files that are not
   * all Parquet
   */
  file(pattern: string, span?: SourceSpan): CatalogEntry {
    const single =
      this.find(pattern, false) ??
      this.find(pattern.replace(FILE_ENDING, ''), false) ??
      this.fileNamed(pattern)
    if (single !== null) return single
    if (!isGlob(pattern)) throw this.unknownFile(pattern, span)
    const known = this.combined.get(pattern)
    if (known !== undefined) return { kind: 'file', name: pattern, provider: known, files: [] }
    const matches = this.filesMatching(globPattern(pattern))
    const [first] = matches
    if (first === undefined) throw this.unknownFile(pattern, span)
    if (matches.length === 1) return first
    const tables = matches.flatMap(({ provider }) => (provider instanceof ParquetTable ? [provider] : []))
    if (tables.length < matches.length) {
      throw new FilesNotOpen({ reader: null, view: 'rows', patterns: [pattern], options: [], types: [] })
    }
    const provider = ParquetTable.of(tables)
    this.combined.set(pattern, provider)
    return { kind: 'file', name: pattern, provider, files: matches.flatMap((entry) => entry.files) }
  }

  /** The registered files that a name or pattern means, in the order of their names. Errors: `unknown_table`. */
  files(pattern: string, span?: SourceSpan): readonly (CatalogEntry & { kind: 'file' })[] {
    const exact = this.find(pattern, false) ?? this.find(pattern.replace(FILE_ENDING, ''), false)
    if (exact?.kind === 'file') return [exact]
    const matches = this.filesMatching(isGlob(pattern) ? globPattern(pattern) : literalPattern(pattern))
    if (matches.length === 0) throw this.unknownFile(pattern, span)
    return matches
  }

  get isInTransaction(): boolean {
    return this.snapshot !== null
  }

  /** BEGIN. @throws `invalid_argument` inside a transaction */
  begin(): void {
    if (this.snapshot !== null) {
      throw new LakebookError('invalid_argument', 'There is a transaction already', {
        hint: 'End it with COMMIT or ROLLBACK.',
      })
    }
    const held = this.list().flatMap((entry) =>
      entry.kind === 'table' ? [entry.provider.hold?.() ?? []].flat() : [],
    )
    this.snapshot = { entries: new Map(this.entries), held, discarded: [] }
  }

  commit(): void {
    const { held, discarded } = this.endTransaction('COMMIT')
    for (const rows of held) rows.release()
    for (const entry of discarded) this.close(entry)
  }

  /** Every name stands for what it stood for at BEGIN, and every table has the rows of then. */
  rollback(): void {
    const { entries, held } = this.endTransaction('ROLLBACK')
    const before = new Set([...entries.values()].map(providerOf))
    for (const entry of this.entries.values()) if (!before.has(providerOf(entry))) this.close(entry)
    this.entries.clear()
    for (const [name, entry] of entries) this.entries.set(name, entry)
    for (const rows of held) rows.restore()
    this.forgetCombined()
    this.filesVersion++
  }

  /** Closes an entry that was removed or replaced, once no transaction can bring it back and nobody reads it. */
  discard(entry: CatalogEntry): void {
    if (this.snapshot === null) this.close(entry)
    else if ([...this.snapshot.entries.values()].some((other) => providerOf(other) === providerOf(entry)))
      this.snapshot.discarded.push(entry)
    else this.close(entry)
  }

  private endTransaction(word: string): CatalogSnapshot {
    const { snapshot } = this
    if (snapshot === null) {
      throw new LakebookError('invalid_argument', `${word} without a transaction`, {
        hint: 'Start one with BEGIN.',
      })
    }
    this.snapshot = null
    return snapshot
  }

  /** As `find`, but `unknown_table` with the nearest name when there is none. */
  table(name: string, quoted: boolean, span?: SourceSpan): CatalogEntry {
    const entry = this.find(name, quoted)
    if (entry !== null) return entry
    const nearest = nearestName(name, this.names())
    throw new LakebookError('unknown_table', `There is no table ${name}`, { span, hint: this.hint(nearest) })
  }

  names(): readonly string[] {
    return [...this.entries.keys()]
  }

  list(): readonly CatalogEntry[] {
    return [...this.entries.values()]
  }

  /** @param viewSchema the columns of a view, when they are known */
  info(entry: CatalogEntry, viewSchema: Schema = { fields: [] }): TableInfo {
    const { name, kind } = entry
    switch (kind) {
      case 'file': {
        const { provider, files } = entry
        const { format, schema, bytes } = provider
        const notices = provider.notices.length > 0 ? { notices: provider.notices } : {}
        return {
          name,
          kind,
          format,
          schema,
          rowCount: provider.statistics.rowCount,
          bytes,
          files,
          ...notices,
        }
      }
      case 'table': {
        const { format, schema, bytes, statistics, notices } = entry.provider
        const { rowCount } = statistics
        const info = { name, kind, format, schema, rowCount, bytes, files: [] }
        return notices === undefined ? info : { ...info, notices }
      }
      case 'view':
        return { name, kind, format: entry.language, schema: viewSchema, rowCount: null, bytes: 0, files: [] }
      case 'frame': {
        const fields = outputColumns(entry.plan).map(({ name: field, type, nullable }) => ({
          name: field,
          type,
          nullable,
        }))
        return { name, kind, format: 'polars', schema: { fields }, rowCount: null, bytes: 0, files: [] }
      }
    }
  }

  /** Takes all names away. */
  clear(): void {
    if (this.snapshot !== null) this.commit()
    for (const entry of this.entries.values()) this.close(entry)
    this.entries.clear()
    this.forgetCombined()
  }

  private fileNamed(fileName: string): CatalogEntry | null {
    return this.filesMatching(literalPattern(fileName))[0] ?? null
  }

  private filesMatching(pattern: RegExp): readonly (CatalogEntry & { kind: 'file' })[] {
    const found: { readonly name: string; readonly entry: CatalogEntry & { kind: 'file' } }[] = []
    for (const entry of this.entries.values()) {
      if (entry.kind !== 'file') continue
      const candidates = [entry.name, `${entry.name}.${entry.provider.format}`]
      if (entry.provider.fileNames.length === 1) candidates.push(...entry.provider.fileNames)
      const name = candidates.find((candidate) => pattern.test(candidate))
      if (name !== undefined) found.push({ name, entry })
    }
    const order = new Intl.Collator('en', { numeric: true })
    return found.sort((a, b) => order.compare(a.name, b.name)).map(({ entry }) => entry)
  }

  private unknownFile(pattern: string, span?: SourceSpan): LakebookError {
    const files = this.list().filter((entry) => entry.kind === 'file')
    const names = files.flatMap((entry) => [entry.name, ...entry.provider.fileNames])
    const what = isGlob(pattern)
      ? `No file that was added matches '${pattern}'`
      : `No file '${pattern}' was added`
    const hint = this.hint(nearestName(pattern, names))
    return new LakebookError('unknown_table', what, { span, hint })
  }

  private hint(nearest: string | null): string {
    if (nearest !== null) return `Did you mean ${nearest}?`
    const names = this.names()
    if (names.length === 0) return 'Add a file first, or create a table.'
    return `There are: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`
  }

  private forgetCombined(): void {
    for (const table of this.combined.values()) this.leases.close(table)
    this.combined.clear()
  }

  private close(entry: CatalogEntry): void {
    if (entry.kind === 'file' || entry.kind === 'table') this.leases.close(entry.provider)
    for (const release of this.framesTables.get(entry) ?? []) release()
    this.framesTables.delete(entry)
  }

  private holdTables(plan: LogicalPlan): readonly (() => void)[] {
    const tables = new Set<TableProvider>()
    visitPlan(plan, (node) => {
      if (node.kind === 'scan') tables.add(node.provider)
    })
    return [...tables].map((table) => this.leases.hold(table))
  }
}

/** Whose memory an entry holds; itself when it holds none. */
function providerOf(entry: CatalogEntry): unknown {
  return entry.kind === 'file' || entry.kind === 'table' ? entry.provider : entry
}
