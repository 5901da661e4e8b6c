import { transfer } from 'comlink'
import { LakebookError } from '../engine/errors.ts'
import type { FileSource, KeptSpill, MemorySnapshot, QueryProgress, TableInfo } from '../engine/lakebook.ts'
import type { MemoryPool } from '../engine/memory/memory-pool.ts'
import { runCellsOf } from '../engine/memory/run-cells.ts'
import type { Platform } from '../engine/platform.ts'
import { Session } from '../engine/session.ts'
import { accessOf } from '../engine/session-access.ts'
import { arrangeResult } from '../engine/session-arrange.ts'
import { completionsAt } from '../engine/session-completion.ts'
import { exportRows } from '../engine/session-export.ts'
import { keptSpills, readSpill } from '../engine/session-spills.ts'
import { reference } from '../engine/session-reference.ts'
import type { SpillSessionUse } from '../engine/storage/spill-file.ts'
import type { StoredResult } from '../engine/stored-result.ts'
import { toWire } from './answer.ts'
import type {
  AddRequest,
  ArrangeRequest,
  CellAccess,
  CgmPreset,
  Completion,
  Coordinator,
  EngineSettings,
  EngineStatus,
  ExportRequest,
  QueryEstimate,
  Reference,
  ResultHandle,
  ResultPageRequest,
  RunRequest,
  StorageUse,
  WholeResult,
  WireError,
} from './protocol.ts'

/** What a new heap is filled with again: everything whose data is not in the heap. */
type Registered =
  | { readonly kind: 'files'; readonly sources: readonly FileSource[] }
  | { readonly kind: 'readings'; readonly preset: CgmPreset }

interface OpenResult {
  readonly result: StoredResult
  /** Ends when nobody writes the result to a file any more. */
  exported: Promise<unknown>
}

/** The engine's side of the page's protocol: one session, its results, and what to register again in a new one. */
export class EngineCoordinator implements Coordinator {
  readonly #platform: Platform
  readonly #registered = new Map<string, Registered>()
  readonly #results = new Map<number, OpenResult>()
  readonly #runs = new Map<number, AbortController>()
  readonly #memoryListeners: ((sample: MemorySnapshot) => void)[] = []
  #session: Session | null = null
  #settings: EngineSettings | null = null
  #nextResult = 1
  #memoryGuess: Promise<boolean> | null = null

  constructor(platform: Platform) {
    this.#platform = platform
  }

  /** Null when the heap is not shared. */
  get runCells(): Int32Array | null {
    const heap = this.#session?.resources.runtime.heap
    return heap?.shared === true ? runCellsOf(heap.memory) : null
  }

  /** `pool` decides in place of the policy that the settings name. */
  async open(settings: EngineSettings, pool: MemoryPool | null = null): Promise<EngineStatus> {
    if (this.#session !== null) throw new LakebookError('invalid_argument', 'The engine is open already')
    const threads = this.#platform.canShare ? settings.threads : 1
    this.#settings = { ...settings, threads }
    const memoryPool = pool ?? settings.memoryPool
    this.#session = await Session.open(this.#platform, { ...this.#settings, memoryPool })
    return this.#status()
  }

  async reopen(settings: EngineSettings): Promise<EngineStatus> {
    for (const run of this.#runs.values()) run.abort()
    for (const id of [...this.#results.keys()]) await this.release(id)
    const before = this.#settings
    await this.#session?.close()
    this.#session = null
    try {
      await this.open(settings)
    } catch (error) {
      // The page goes on with the budget that worked.
      if (before !== null) await this.open(before)
      throw error
    }
    return this.#status()
  }

  registerFile(
    { runId, name, sources }: AddRequest,
    onProgress: (progress: QueryProgress) => void,
  ): Promise<TableInfo> {
    return this.#cancellable(runId, async (signal) => {
      const info = await this.#open().registerFile(name, sources, { signal, onProgress })
      this.#registered.set(name, { kind: 'files', sources })
      return info
    })
  }

  toRegister(): Promise<readonly string[]> {
    const there = new Set(
      this.#open()
        .tables()
        .map(({ name }) => name),
    )
    return Promise.resolve([...this.#registered.keys()].filter((name) => !there.has(name)))
  }

  async registerAgain(
    { runId, name }: { readonly runId: number; readonly name: string },
    onProgress: (progress: QueryProgress) => void,
  ): Promise<TableInfo> {
    const entry = this.#registered.get(name)
    if (entry === undefined) throw new LakebookError('invalid_argument', `${name} was not registered before`)
    try {
      return entry.kind === 'files'
        ? await this.registerFile({ runId, name, sources: entry.sources }, onProgress)
        : await this.generateReadings(entry.preset, runId)
    } catch (error) {
      this.#registered.delete(name)
      throw error
    }
  }

  async dropTable(name: string): Promise<void> {
    await this.#open().dropTable(name)
    this.#registered.delete(name)
  }

  tables(): Promise<readonly TableInfo[]> {
    return Promise.resolve(this.#open().tables())
  }

  run(request: RunRequest, onProgress: (progress: QueryProgress) => void): Promise<ResultHandle> {
    return this.#cancellable(request.runId, async (signal) => {
      const result = await this.#run(request, onProgress, signal)
      const id = this.#keep(result)
      const { schema, rowCount, profile, message, file } = result
      return { id, schema, rowCount, profile, message, file: file ?? undefined }
    })
  }

  runWhole(request: RunRequest, onProgress: (progress: QueryProgress) => void): Promise<WholeResult> {
    return this.#cancellable(request.runId, async (signal) => {
      const result = await this.#run(request, onProgress, signal)
      try {
        const table = await this.#open().read(() => result.page(0, result.rowCount))
        return { table, profile: result.profile, file: result.file ?? undefined }
      } finally {
        result.close()
      }
    })
  }

  #run(
    { runId, language, text, params }: RunRequest,
    onProgress: (progress: QueryProgress) => void,
    signal: AbortSignal,
  ): Promise<StoredResult> {
    const onMemory = (sample: MemorySnapshot): void => {
      this.#sample(sample)
    }
    return this.#open().run(language, text, { run: runId, params, signal, onProgress, onMemory })
  }

  /** Until it ends, `action` can be cancelled by its number. */
  async #cancellable<Result>(
    runId: number,
    action: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const controller = new AbortController()
    this.#runs.set(runId, controller)
    try {
      return await action(controller.signal)
    } finally {
      this.#runs.delete(runId)
      if (this.#session !== null) this.#sample(this.#session.memory())
    }
  }

  cancel(runId: number): void {
    this.#runs.get(runId)?.abort()
  }

  arrange(
    { id, runId, where, sort }: ArrangeRequest,
    onProgress: (progress: QueryProgress) => void,
  ): Promise<Pick<ResultHandle, 'id' | 'rowCount'>> {
    return this.#cancellable(runId, async (signal) => {
      const { result } = this.#result(id)
      const options = { run: runId, signal, onProgress }
      const arranged = await arrangeResult(this.#open(), result, { where, sort }, options)
      return { id: this.#keep(arranged), rowCount: arranged.rowCount }
    })
  }

  page({ id, offset, limit }: ResultPageRequest): Promise<Uint8Array> {
    const { result } = this.#result(id)
    return this.#open().read(() => result.page(offset, limit))
  }

  exportResult({ id, format, runId }: ExportRequest, onChunk: (chunk: Uint8Array) => void): Promise<number> {
    return this.#cancellable(runId, async (signal) => {
      let bytes = 0
      const send = (chunk: Uint8Array): void => {
        bytes += chunk.length
        onChunk(transferred(chunk))
      }
      const open = this.#result(id)
      const written = exportRows(this.#open(), open.result, format, send, signal)
      open.exported = Promise.all([open.exported, written]).catch(() => undefined)
      await written
      return bytes
    })
  }

  async release(id: number): Promise<void> {
    const open = this.#results.get(id)
    if (open === undefined) return
    this.#results.delete(id)
    await open.exported
    open.result.close()
  }

  spills(): Promise<readonly KeptSpill[]> {
    return Promise.resolve(keptSpills(this.#open()))
  }

  readSpill(id: number, at: number, bytes: number): Promise<Uint8Array> {
    return readSpill(this.#open(), id, at, bytes)
  }

  complete(language: RunRequest['language'], text: string, offset: number): Promise<readonly Completion[]> {
    return Promise.resolve(completionsAt(this.#open(), language, text, offset))
  }

  check(language: RunRequest['language'], text: string): Promise<readonly WireError[]> {
    try {
      this.#open().check(language, text)
      return Promise.resolve([])
    } catch (error) {
      return Promise.resolve([toWire(error)])
    }
  }

  estimate(language: RunRequest['language'], text: string): Promise<QueryEstimate | null> {
    return Promise.resolve(this.#open().estimate(language, text))
  }

  access(language: RunRequest['language'], text: string): Promise<CellAccess> {
    return Promise.resolve(accessOf(this.#open(), language, text))
  }

  async storage(): Promise<StorageUse> {
    const storage = this.#platform.spillStorage
    const sessions = (await storage.isAvailable()) ? await storage.sessions() : []
    const own = this.#session?.resources.spillSessionId ?? null
    const bytesOf = (wanted: (session: SpillSessionUse) => boolean): number =>
      sessions.filter(wanted).reduce((sum, { bytes }) => sum + bytes, 0)
    const ownColumnBytes = this.#session?.memory().diskCacheBytes ?? 0
    return {
      ownColumnBytes,
      ownSpillBytes: Math.max(0, bytesOf(({ id }) => id === own) - ownColumnBytes),
      otherTabsSpillBytes: bytesOf(({ id, alive }) => alive && id !== own),
      staleSpillBytes: bytesOf(({ alive }) => !alive),
      looksLikeMemory: own !== null && (await this.#looksLikeMemory(own)),
    }
  }

  /** Measured once: it does not change. */
  #looksLikeMemory(sessionId: string): Promise<boolean> {
    this.#memoryGuess ??= this.#platform.spillStorage.looksLikeMemory(sessionId).catch(() => false)
    return this.#memoryGuess
  }

  async sweep(): Promise<number> {
    const storage = this.#platform.spillStorage
    return (await storage.isAvailable()) ? storage.sweepStaleSpills() : 0
  }

  reference(): Promise<Reference> {
    return Promise.resolve(reference())
  }

  generateReadings(preset: CgmPreset, runId: number): Promise<TableInfo> {
    return this.#cancellable(runId, async (signal) => {
      const info = await this.#open().generateReadings(preset, signal)
      this.#registered.set(info.name, { kind: 'readings', preset })
      return info
    })
  }

  onMemory(listener: (sample: MemorySnapshot) => void): Promise<void> {
    this.#memoryListeners.push(listener)
    return Promise.resolve()
  }

  async close(): Promise<void> {
    for (const run of this.#runs.values()) run.abort()
    for (const id of [...this.#results.keys()]) await this.release(id)
    await this.#session?.close()
    this.#session = null
  }

  #open(): Session {
    if (this.#session !== null) return this.#session
    throw new LakebookError('invalid_argument', 'The engine is not open')
  }

  #keep(result: StoredResult): number {
    const id = this.#nextResult++
    this.#results.set(id, { result, exported: Promise.resolve() })
    return id
  }

  #result(id: number): OpenResult {
    const open = this.#results.get(id)
    if (open !== undefined) return open
    throw new LakebookError('invalid_argument', 'This result is gone', { hint: 'Run the cell again.' })
  }

  #sample(sample: MemorySnapshot): void {
    for (const listener of this.#memoryListeners) listener(sample)
  }

  #status(): EngineStatus {
    const { resources } = this.#open()
    return {
      settings: this.#settings!,
      isolated: this.#platform.canShare,
      decoderBytes: resources.decoderBytes,
      canSpill: resources.runtime.spill !== null,
      sweptBytes: resources.sweptBytes,
    }
  }
}

/** Bytes that move to the page instead of being copied. They were copied out of the heap just now. */
function transferred(bytes: Uint8Array): Uint8Array {
  return transfer(bytes, [bytes.buffer as ArrayBuffer])
}
