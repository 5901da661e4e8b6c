import { Catalog } from './catalog/catalog.ts'
import { AnswerNeeded, PlanQuestions } from './binder/plan-questions.ts'
import { FilesNotOpen } from './catalog/file-request.ts'
import type { TableProvider } from './catalog/table-provider.ts'
import { LakebookError } from './errors.ts'
import { bindStatement, type Statement } from './binder/statement.ts'
import { eventLoopTurn } from './execution/event-loop-turn.ts'
import { ProfileBuilder } from './execution/profile-builder.ts'
import { cancelled } from './execution/query-context.ts'
import { CgmReadings } from './formats/generated/cgm-readings.ts'
import type { CgmPresetName } from './formats/generated/cgm-presets.ts'
import { openSource } from './formats/open-source.ts'
import { RecordsTable } from './formats/records/records-table.ts'
import { RejectsTable } from './formats/records/rejects-table.ts'
import type {
  CellLanguage,
  FileSource,
  MemorySnapshot,
  QueryParameters,
  QueryProgress,
  TableInfo,
} from './lakebook.ts'
import { derivedPlan } from './derived-plan.ts'
import { openFiles, OpenedFiles } from './opened-files.ts'
import { optimize } from './optimizer/optimize.ts'
import { columnReference } from './plan/column-ids.ts'
import type { Column, LogicalPlan } from './plan/plan.ts'
import { PlanCache } from './plan-cache.ts'
import type { Platform } from './platform.ts'
import type { OpenOutput } from './storage/file-output.ts'
import { bindPolarsCell, type BoundPolarsCell } from './polars/bind.ts'
import type { FrameBuilder } from './polars/builder.ts'
import { Resources, type ResourceOptions } from './resources.ts'
import { catalogReader } from './session-catalog.ts'
import { SessionNames } from './session-names.ts'
import type { Settings } from './settings.ts'
import { estimateOf, type QueryEstimate } from './session-estimate.ts'
import type { SqlStatement } from './sql/ast.ts'
import { loadSqlParser, parseSql } from './sql/parser.ts'
import type { StatementHost } from './statement-run.ts'
import { runStatement } from './statement-runner.ts'
import type { StoredResult } from './stored-result.ts'

export interface SessionRunOptions {
  /** Its number, for whoever cancels it through the shared heap: `Heap.beginRun`. */
  readonly run?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly params?: QueryParameters | undefined
  readonly onProgress?: ((progress: QueryProgress) => void) | undefined
  readonly onMemory?: ((sample: MemorySnapshot) => void) | undefined
}

/**
 * An open engine on its driver thread: text → AST → plan → pipelines → batches. Runs take turns; each sees the catalog
 * as the one before left it.
 */
export class Session implements StatementHost {
  readonly resources: Resources
  readonly catalog = new Catalog()
  readonly #files: OpenedFiles
  readonly openOutput: OpenOutput | null
  readonly #platform: Platform
  readonly plans = new PlanCache()
  readonly names: SessionNames
  settings: Settings
  readonly initialSettings: Settings
  #turn: Promise<unknown> = Promise.resolve()
  #closed = false

  private constructor(platform: Platform, resources: Resources) {
    this.#platform = platform
    this.openOutput = platform.openOutput
    this.resources = resources
    this.names = new SessionNames(resources.pages)
    this.#files = new OpenedFiles(this.catalog, resources)
    this.initialSettings = initialSettings(resources)
    this.settings = this.initialSettings
  }

  static async open(platform: Platform, options: ResourceOptions): Promise<Session> {
    const [resources] = await Promise.all([Resources.open(platform, options), loadSqlParser()])
    return new Session(platform, resources)
  }

  /**
   * Registers one table of one or several files of the same schema, in place of one of that name. Text files are read
   * once: what of them cannot be read becomes a table beside it, `NAME_rejects`.
   */
  async registerFile(name: string, sources: readonly FileSource[], signal?: AbortSignal): Promise<TableInfo> {
    const opened = await Promise.all(
      sources.map((source) => openSource(source, name, this.#platform.openPath, signal)),
    )
    return this.inTurn(async () => {
      const provider = await openFiles(opened, this.resources, signal)
      const files = await provider.fingerprints()
      const entry = { kind: 'file', name, provider, files } as const
      this.#replace(entry)
      if (provider instanceof RecordsTable && provider.rejectCount > 0) {
        this.#replace({ kind: 'table', name: `${name}_rejects`, provider: new RejectsTable(provider) })
      }
      return this.catalog.info(entry)
    })
  }

  /** Registers the generated readings of the demo as `readings`, and makes as many of them as the cache will hold. */
  generateReadings(preset: CgmPresetName, signal?: AbortSignal): Promise<TableInfo> {
    return this.inTurn(async () => {
      const { cache, pages, reader } = this.resources
      const provider = new CgmReadings(preset, cache, pages, reader.morselBytes)
      const entry = { kind: 'table', name: 'readings', provider } as const
      this.#replace(entry)
      await readOnce(provider, signal ?? new AbortController().signal)
      return this.catalog.info(entry)
    })
  }

  dropTable(name: string): Promise<void> {
    return this.inTurn(() => {
      const entry = this.catalog.table(name, false)
      this.catalog.remove(entry.name)
      this.catalog.discard(entry)
    })
  }

  tables(): readonly TableInfo[] {
    return this.catalog.list().map((entry) => this.catalog.info(entry))
  }

  memory(): MemorySnapshot {
    return this.resources.runtime.pool.snapshot()
  }

  /** Runs every statement of a cell; the last one's result. The caller closes it. */
  run(language: CellLanguage, text: string, options: SessionRunOptions = {}): Promise<StoredResult> {
    return this.#query(options, async () =>
      language === 'sql'
        ? this.#runSql(text, options)
        : this.#runPolars(await this.#bound((catalog) => bindPolarsCell(text, catalog), options), options),
    )
  }

  /** Runs a frame that was built in TypeScript. The caller closes the result. */
  runFrame(frame: FrameBuilder, options: SessionRunOptions = {}): Promise<StoredResult> {
    return this.#query(options, async () => {
      const result = await this.#bound((catalog) => frame.plan(catalog), options)
      return this.#runPolars({ assignments: [], result }, options)
    })
  }

  #query(options: SessionRunOptions, action: () => Promise<StoredResult>): Promise<StoredResult> {
    return this.inTurn(async () => {
      const { heap, pool } = this.resources.runtime
      heap.beginRun(options.run ?? 0)
      pool.startPeriod()
      this.resources.cache.disk?.startRun()
      try {
        return await action()
      } finally {
        heap.beginRun(0)
        this.resources.trimSpill()
      }
    })
  }

  /** A result of the same session, made from the rows of another. The caller closes it. */
  derive(
    result: StoredResult,
    plan: (input: LogicalPlan, columns: readonly Column[]) => LogicalPlan,
    options: SessionRunOptions = {},
  ): Promise<StoredResult> {
    return this.inTurn(() => this.deriveNow(result, plan, options))
  }

  /** As `derive`, for whoever has the turn. */
  deriveNow(
    result: StoredResult,
    plan: (input: LogicalPlan, columns: readonly Column[]) => LogicalPlan,
    options: SessionRunOptions = {},
  ): Promise<StoredResult> {
    return this.#runOne(() => ({ kind: 'query', plan: derivedPlan(result, plan) }), options)
  }

  /** The same rows in another order: NULLs last. */
  sortResult(
    result: StoredResult,
    by: { readonly column: number; readonly descending: boolean },
    options: SessionRunOptions = {},
  ): Promise<StoredResult> {
    const sorted = (input: LogicalPlan, columns: readonly Column[]): LogicalPlan => {
      const column = columns[by.column]
      if (column === undefined)
        throw new LakebookError('invalid_argument', `The result has no column ${by.column}`)
      const key = { expression: columnReference(column), descending: by.descending, nullsFirst: false }
      return { kind: 'sort', input, keys: [key], limit: null }
    }
    return this.derive(result, sorted, options)
  }

  /** Parses and binds without running. @throws what running would throw before its first row */
  check(language: CellLanguage, text: string): void {
    this.#planUnrun(language, text)
  }

  /** What the query of a cell would hold; null where there is none, or where that shows only when it runs. */
  estimate(language: CellLanguage, text: string): QueryEstimate | null {
    const plan = this.#planUnrun(language, text)
    if (plan === null) return null
    const { heap } = this.resources.runtime
    const { plan: best } = optimize(plan, { disabled: this.settings.disabledRules })
    return estimateOf(
      best,
      Math.min(heap.usableBytes, this.settings.memoryLimitBytes),
      this.settings.memoryPool,
    )
  }

  /** The plan of the last query of a cell, as bound; null where there is none. */
  #planUnrun(language: CellLanguage, text: string): LogicalPlan | null {
    const questions = new PlanQuestions()
    const catalog = {
      ...catalogReader(this.catalog, this.#files, this.resources, this.names, this.settings),
      ask: (plan: LogicalPlan) => questions.ask(plan),
    }
    try {
      if (language === 'polars') return bindPolarsCell(text, catalog).result
      let plan: LogicalPlan | null = null
      const { integerDivision, sqlDialect } = this.settings
      for (const { statement } of parseSql(text, sqlDialect)) {
        const bound = bindStatement(statement, catalog, { integerDivision, dialect: sqlDialect })
        plan = 'plan' in bound ? bound.plan : null
        // What stands behind may name what this one makes, and is bound when it runs.
        if (changesCatalog(bound)) break
      }
      return plan
    } catch (error) {
      // no file is opened and no query run to check a text
      if (!(error instanceof FilesNotOpen || error instanceof AnswerNeeded)) throw error
      return null
    }
  }

  /** Runs `action` after everything that was asked for before. */
  inTurn<Result>(action: () => Result | Promise<Result>): Promise<Result> {
    const result = this.#turn.then(() => {
      if (this.#closed) throw new LakebookError('invalid_argument', 'The engine was closed')
      return action()
    })
    this.#turn = result.catch(() => undefined)
    return result
  }

  async close(): Promise<void> {
    await this.inTurn(async () => {
      this.#closed = true
      this.#files.close()
      this.catalog.close()
      await this.resources.close()
    })
  }

  async #runSql(text: string, options: SessionRunOptions): Promise<StoredResult> {
    const known = this.plans.find(text, this.catalog.list())
    if (known !== null && options.params === undefined) return this.#runOne(() => known, options)
    let dialect = this.settings.sqlDialect
    let statements = parseSql(text, dialect)
    if (statements.length === 0) {
      throw new LakebookError('syntax', 'There is no statement here', {
        hint: 'Write a query, e.g. SELECT * FROM a table of the list.',
      })
    }
    let result: StoredResult | null = null
    for (let place = 0; place < statements.length; place += 1) {
      if (this.settings.sqlDialect !== dialect) {
        dialect = this.settings.sqlDialect
        statements = parseSql(text, dialect)
      }
      const { statement } = statements[place]!
      result?.close()
      result = null
      const key = statements.length === 1 && options.params === undefined ? text : null
      const bound = await this.#bound((catalog) => this.#bind(statement, catalog, key, options), options)
      result = await this.#runOne(() => bound, options)
    }
    return result!
  }

  /** `text`: what a query is remembered by; null when it is not. */
  #bind(
    statement: SqlStatement,
    catalog: ReturnType<typeof catalogReader>,
    text: string | null,
    { params = null }: { readonly params?: QueryParameters | null | undefined },
  ): Statement {
    const depends = { onTime: false }
    const bound = bindStatement(statement, catalog, {
      integerDivision: this.settings.integerDivision,
      nullOrder: this.settings.nullOrder,
      dialect: this.settings.sqlDialect,
      parameters: params,
      onNow: () => {
        depends.onTime = true
      },
    })
    const isQuery = statement.kind === 'query' && bound.kind === 'query'
    if (text !== null && isQuery && !depends.onTime) this.plans.keep(text, bound)
    return bound
  }

  async #runPolars(cell: BoundPolarsCell, options: SessionRunOptions): Promise<StoredResult> {
    const { assignments, result } = cell
    for (const { name, plan } of assignments) this.#replace({ kind: 'frame', name, plan })
    if (result === null) {
      throw new LakebookError('invalid_argument', 'The cell has no frame to show', {
        hint: 'End it with the name of a frame, or with an expression that gives one.',
      })
    }
    return this.#runOne(() => ({ kind: 'query', plan: result }), options)
  }

  #runOne(bind: () => Statement, options: SessionRunOptions): Promise<StoredResult> {
    const { pool } = this.resources.runtime
    const { onProgress, onMemory, signal } = options
    const profile = new ProfileBuilder(pool, { onProgress, onMemory })
    return runStatement(this, bind, profile, signal ?? new AbortController().signal)
  }

  /** Binds, and opens the files that this asks for on the way. */
  async #bound<Result>(
    bind: (catalog: ReturnType<typeof catalogReader>) => Result,
    options: SessionRunOptions,
  ): Promise<Result> {
    const questions = new PlanQuestions()
    for (;;) {
      questions.restart()
      try {
        return bind({
          ...catalogReader(this.catalog, this.#files, this.resources, this.names, this.settings),
          ask: (plan) => questions.ask(plan),
        })
      } catch (error) {
        if (error instanceof FilesNotOpen)
          await this.#files.open(error.request, options.signal ?? new AbortController().signal)
        else if (error instanceof AnswerNeeded) questions.answer(await this.#answer(error.plan, options))
        else throw error
      }
    }
  }

  async #answer(plan: LogicalPlan, options: SessionRunOptions): Promise<string | null> {
    const result = await this.#runOne(() => ({ kind: 'query', plan }), options)
    try {
      const text: unknown = result.toArrow(0, 1).getChildAt(0)?.get(0)
      return typeof text === 'string' ? text : null
    } finally {
      result.close()
    }
  }

  #replace(entry: Parameters<Catalog['put']>[0]): void {
    const replaced = this.catalog.put(entry)
    if (replaced !== null) this.catalog.discard(replaced)
  }
}

function changesCatalog({ kind }: Statement): boolean {
  return [
    'create_table',
    'create_view',
    'drop',
    'alter_table',
    'transaction',
    'create_macro',
    'prepare',
  ].includes(kind)
}

function initialSettings(resources: Resources): Settings {
  const { memoryPool, threads } = resources.options
  return {
    memoryLimitBytes: resources.runtime.pool.limitBytes,
    memoryPool: typeof memoryPool === 'string' ? memoryPool : 'custom',
    targetPartitions: threads,
    spillCompression: 'none',
    diskCache: true,
    keepSpills: false,
    integerDivision: false,
    nullOrder: 'nulls_last',
    sqlDialect: 'duckdb',
    disabledRules: new Set(),
  }
}

/** Reads every column, which leaves what fits in the cache. @throws `cancelled` */
async function readOnce(provider: TableProvider, signal: AbortSignal): Promise<void> {
  const columns = provider.schema.fields.map((_, index) => index)
  const { morsels } = await provider.planScan({ columns, predicates: [] })
  const loader = provider.openLoader(columns)
  try {
    for (const morsel of morsels) {
      ;(await loader.load(morsel, signal)).release()
      await eventLoopTurn()
      if (signal.aborted) throw cancelled()
    }
  } finally {
    loader.close()
  }
}
