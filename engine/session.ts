import { Catalog } from './catalog/catalog.ts'
import { AnswerNeeded, PlanQuestions } from './binder/plan-questions.ts'
import { FilesNotOpen } from './catalog/file-request.ts'
import { HeldTables } from './catalog/held-tables.ts'
import { LakebookError, refusedDepth } from './errors.ts'
import type { CatalogReader } from './binder/environment.ts'
import { bindStatement, type Statement } from './binder/statement.ts'
import { DriverTurns } from './execution/driver-turns.ts'
import type { CgmPresetName } from './formats/generated/cgm-presets.ts'
import type {
  AddOptions,
  CellLanguage,
  FileSource,
  MemorySnapshot,
  QueryParameters,
  TableInfo,
} from './lakebook.ts'
import { derivedPlan } from './derived-plan.ts'
import { OpenedFiles } from './opened-files.ts'
import { optimize } from './optimizer/optimize.ts'
import type { Column, LogicalPlan } from './plan/plan.ts'
import { PlanCache } from './plan-cache.ts'
import type { Platform } from './platform.ts'
import type { OpenOutput } from './storage/file-output.ts'
import { bindPolarsCell, type BoundPolarsCell } from './polars/bind.ts'
import type { FrameBuilder } from './polars/builder.ts'
import { readOnce } from './read-once.ts'
import { Resources, type ResourceOptions } from './resources.ts'
import { Attempts } from './session-attempts.ts'
import { READS_ANY } from './access-order.ts'
import { accessOf } from './session-access.ts'
import { FileArrivals } from './session-arrivals.ts'
import { catalogReader } from './session-catalog.ts'
import { SessionNames } from './session-names.ts'
import { TextOrder, type OrderedTurn } from './session-order.ts'
import type { Settings } from './settings.ts'
import { estimateOf, type QueryEstimate } from './session-estimate.ts'
import type { SqlStatement } from './sql/ast.ts'
import { loadSqlParser, parseSql } from './sql/parser.ts'
import {
  changedTable,
  isOutOfMemory,
  plansOfStatement,
  runPatiently,
  type Run,
  type SessionRunOptions,
} from './session-run.ts'
import type { StatementHost } from './statement-run.ts'
import type { StoredResult } from './stored-result.ts'

/** Said of a run that begins when texts and files before it have ended. */
const WAITING = { stage: 'Waiting for what was asked before', fraction: 0, rows: 0, elapsedMs: 0 }

/** Runs that nobody gave a number have one from here on. */
const FIRST_OWN_RUN = 2 ** 29

/**
 * An open engine on its driver thread: text → AST → plan → pipelines → batches.
 *
 * Runs go on side by side and take turns on the thread (`DriverTurns`); they share one heap, one pool and one spill file.
 * What each of them sees:
 *
 * - The tables as they are when a statement is bound, until it is done (`HeldTables`). A change of the catalog (CREATE,
 *   INSERT, DROP, a file that is added or removed) waits for no reader: it is made in one go once all its rows are there,
 *   and what a table held before stays for those who still read it, and goes with the last of them.
 *   Texts that change rows come one after the other, in the order in which they were handed in, and whatever may see what
 *   a text before it changes begins when that has ended (`TextOrder`). A transaction is the session's, so that what other
 *   runs change in it goes with it.
 * - The settings as they are when a statement begins. What SET says about memory counts for all at once.
 * - Files that were being added when a run was asked for have arrived when it begins, if its text may read them.
 *
 * A statement that runs out of memory beside others is run again alone (`Attempts`), so that it does not fail where it
 * would have succeeded by itself.
 */
export class Session implements StatementHost {
  readonly resources: Resources
  readonly catalog = new Catalog()
  readonly #files: OpenedFiles
  readonly openOutput: OpenOutput | null
  readonly plans = new PlanCache()
  readonly names: SessionNames
  settings: Settings
  readonly initialSettings: Settings
  readonly #turns = new DriverTurns()
  readonly #attempts = new Attempts()
  /** Whatever has not ended. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #arrivals: FileArrivals
  readonly #order = new TextOrder()
  #nextRun = FIRST_OWN_RUN
  #closed = false

  private constructor(platform: Platform, resources: Resources) {
    this.openOutput = platform.openOutput
    this.resources = resources
    this.names = new SessionNames(resources.pages)
    this.#files = new OpenedFiles(this.catalog, resources)
    this.#arrivals = new FileArrivals(this.catalog, resources, platform.openPath, this.#order)
    this.initialSettings = initialSettings(resources)
    this.settings = this.initialSettings
  }

  static async open(platform: Platform, options: ResourceOptions): Promise<Session> {
    const [resources] = await Promise.all([Resources.open(platform, options), loadSqlParser()])
    return new Session(platform, resources)
  }

  /**
   * Registers one table of one or several files of the same schema, in place of one of that name. Text files are read
   * once: what of them cannot be read becomes a table beside it, `NAME_rejects`. Nothing is registered when it is
   * cancelled.
   */
  registerFile(name: string, sources: readonly FileSource[], options: AddOptions = {}): Promise<TableInfo> {
    return this.#tracked(() => this.#arrivals.add(name, sources, options))
  }

  /** Registers the generated readings of the demo as `readings`, and makes as many of them as the cache will hold. */
  generateReadings(preset: CgmPresetName, signal = new AbortController().signal): Promise<TableInfo> {
    return this.#tracked(async () => {
      const entry = await this.#arrivals.addReadings(preset)
      const release = this.catalog.leases.hold(entry.provider)
      try {
        await readOnce(entry.provider, signal)
      } finally {
        release()
      }
      return this.catalog.info(entry)
    })
  }

  dropTable(name: string): Promise<void> {
    return this.#tracked(() => this.#arrivals.drop(name))
  }

  tables(): readonly TableInfo[] {
    return this.catalog.list().map((entry) => this.catalog.info(entry))
  }

  memory(): MemorySnapshot {
    return this.resources.runtime.pool.snapshot()
  }

  /** Runs every statement of a cell; the last one's result. The caller closes it. */
  run(language: CellLanguage, text: string, options: SessionRunOptions = {}): Promise<StoredResult> {
    const turn = this.#order.take(() => accessOf(this, language, text))
    return this.#query(
      options,
      async (run) =>
        language === 'sql'
          ? this.#runSql(text, run)
          : this.#runPolars(
              await this.#bound((catalog) => bindPolarsCell(text, catalog), plansOfCell, run),
              run,
            ),
      turn,
    )
  }

  /** Runs a frame that was built in TypeScript. The caller closes the result. */
  runFrame(frame: FrameBuilder, options: SessionRunOptions = {}): Promise<StoredResult> {
    return this.#query(
      options,
      async (run) => {
        const result = await this.#bound((catalog) => frame.plan(catalog), planItself, run)
        return this.#runPolars({ assignments: [], result }, run)
      },
      this.#order.take(() => READS_ANY),
    )
  }

  /** A result of the same session, made from the rows of another, which may be closed meanwhile. The caller closes it. */
  derive(
    result: StoredResult,
    plan: (input: LogicalPlan, columns: readonly Column[]) => LogicalPlan,
    options: SessionRunOptions = {},
  ): Promise<StoredResult> {
    if (this.#closed) return Promise.reject(engineClosed())
    const tables = new HeldTables(this.catalog.leases)
    const derived = derivedPlan(result, plan)
    tables.hold(derived)
    return this.#query(options, (run) => this.#runOne({ kind: 'query', plan: derived }, run), null, tables)
  }

  #query(
    options: SessionRunOptions,
    action: (run: Run) => Promise<StoredResult>,
    turn: OrderedTurn | null,
    tables = new HeldTables(this.catalog.leases),
  ): Promise<StoredResult> {
    const number = options.run ?? this.#nextRun++
    const signal = options.signal ?? new AbortController().signal
    return this.#tracked(async () => {
      try {
        if (turn?.waits === true) options.onProgress?.(WAITING)
        await turn?.start(signal)
        this.resources.cache.disk?.startRun()
        return await action({ number, options, signal, tables })
      } catch (cause) {
        throw refusedDepth(cause)
      } finally {
        turn?.end()
        tables.release()
        this.resources.trimSpill()
      }
    })
  }

  /**
   * Reads rows of a result, `action` being done in one go. When memory is short, it is done again while no statement is at
   * work.
   */
  read<Result>(action: () => Result, signal = new AbortController().signal): Promise<Result> {
    return this.#tracked(async () => {
      try {
        return action()
      } catch (error) {
        if (!isOutOfMemory(error) || this.#attempts.count === 0) throw error
      }
      const attempt = await this.#attempts.enter(true, signal)
      try {
        return action()
      } finally {
        attempt.leave()
      }
    })
  }

  /** The plan of a query in SQL that calls the rows of `input` by `name`. Nothing runs, and no file is opened. */
  planOver(text: string, input: LogicalPlan, name: string): LogicalPlan {
    const { integerDivision, sqlDialect } = this.settings
    const known = catalogReader(this.catalog, this.#files, this.resources, this.names, this.settings)
    const catalog: CatalogReader = {
      ...known,
      table: (wanted) =>
        wanted.toLowerCase() === name ? { kind: 'frame', name, plan: input } : known.table(wanted),
    }
    const [first] = parseSql(text, sqlDialect)
    const bound = first && bindStatement(first.statement, catalog, { integerDivision, dialect: sqlDialect })
    if (bound?.kind !== 'query') throw new LakebookError('invalid_argument', 'This is not a query')
    return bound.plan
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

  /** `close` waits for it. */
  #tracked<Result>(action: () => Promise<Result>): Promise<Result> {
    const result = this.#closed ? Promise.reject(engineClosed()) : action()
    const ended: Promise<unknown> = result.catch(() => undefined)
    this.#underWay.add(ended)
    void ended.then(() => this.#underWay.delete(ended))
    return result
  }

  /** Waits for what is under way. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
    this.#files.close()
    this.catalog.clear()
    await this.resources.close()
  }

  async #runSql(text: string, run: Run): Promise<StoredResult> {
    const { params } = run.options
    const known = this.plans.find(text, this.catalog.list())
    if (known !== null && params === undefined) {
      run.tables.hold(known.plan)
      return this.#runOne(known, run)
    }
    let { settings } = this
    let statements = parseSql(text, settings.sqlDialect)
    if (statements.length === 0) {
      throw new LakebookError('syntax', 'There is no statement here', {
        hint: 'Write a query, e.g. SELECT * FROM a table of the list.',
      })
    }
    let result: StoredResult | null = null
    for (let place = 0; place < statements.length; place += 1) {
      if (this.settings.sqlDialect !== settings.sqlDialect) {
        statements = parseSql(text, this.settings.sqlDialect)
      }
      settings = this.settings
      const { statement } = statements[place]!
      result?.close()
      result = null
      run.tables.release()
      const key = statements.length === 1 && params === undefined ? text : null
      const bind = (catalog: ReturnType<typeof catalogReader>): Statement => {
        // A text that others' settings give another meaning is not remembered.
        const remembered = this.settings === settings ? key : null
        const bound = this.#bind(statement, catalog, remembered, run.options)
        const changed = changedTable(bound)
        const entry = changed === null ? null : this.catalog.find(changed, false)
        if (entry?.kind === 'table') run.tables.holdItself(entry.provider)
        return bound
      }
      result = await this.#runOne(await this.#bound(bind, plansOfStatement, run), run)
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
    if (text !== null && isQuery && !depends.onTime) this.plans.keep(text, bound, this.catalog.list())
    return bound
  }

  async #runPolars(cell: BoundPolarsCell, run: Run): Promise<StoredResult> {
    const { assignments, result } = cell
    for (const { name, plan } of assignments) this.catalog.replace({ kind: 'frame', name, plan })
    if (result === null) {
      throw new LakebookError('invalid_argument', 'The cell has no frame to show', {
        hint: 'End it with the name of a frame, or with an expression that gives one.',
      })
    }
    return this.#runOne({ kind: 'query', plan: result }, run)
  }

  #runOne(statement: Statement, run: Run): Promise<StoredResult> {
    return runPatiently(this, { attempts: this.#attempts, turns: this.#turns }, statement, run)
  }

  /**
   * Binds, and opens the files that this asks for on the way. What is to be read (`plansOf`) is held as it is at that
   * moment.
   */
  async #bound<Result>(
    bind: (catalog: ReturnType<typeof catalogReader>) => Result,
    plansOf: (bound: Result) => readonly LogicalPlan[],
    run: Run,
  ): Promise<Result> {
    const questions = new PlanQuestions()
    for (;;) {
      questions.restart()
      try {
        const bound = bind({
          ...catalogReader(this.catalog, this.#files, this.resources, this.names, this.settings),
          ask: (plan) => questions.ask(plan),
        })
        for (const plan of plansOf(bound)) run.tables.hold(plan)
        return bound
      } catch (error) {
        if (error instanceof FilesNotOpen) await this.#files.open(error.request, run.signal)
        else if (error instanceof AnswerNeeded) questions.answer(await this.#answer(error.plan, run))
        else throw error
      }
    }
  }

  async #answer(plan: LogicalPlan, run: Run): Promise<string | null> {
    run.tables.hold(plan)
    const result = await this.#runOne({ kind: 'query', plan }, run)
    try {
      const text: unknown = result.toArrow(0, 1).getChildAt(0)?.get(0)
      return typeof text === 'string' ? text : null
    } finally {
      result.close()
    }
  }
}

function engineClosed(): LakebookError {
  return new LakebookError('invalid_argument', 'The engine was closed')
}

const planItself = (plan: LogicalPlan | null): readonly LogicalPlan[] => (plan === null ? [] : [plan])

function plansOfCell({ result }: BoundPolarsCell): readonly LogicalPlan[] {
  return planItself(result)
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
    threads,
    targetPartitions: null,
    spillCompression: 'none',
    diskCache: true,
    keepSpills: false,
    integerDivision: false,
    nullOrder: 'nulls_last',
    sqlDialect: 'duckdb',
    disabledRules: new Set(),
  }
}
