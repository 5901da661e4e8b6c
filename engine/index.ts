import { tableFromIPC } from 'apache-arrow'
import { connectEngine, type EngineClient } from '../workers/client.ts'
import type { EngineSettings } from '../workers/protocol.ts'
import { LakebookError } from './errors.ts'
import type {
  AddOptions,
  CellLanguage,
  FileSource,
  Lakebook,
  LakebookOptions,
  MemorySnapshot,
  QueryResult,
  RunOptions,
  TableInfo,
  KeptSpill,
} from './lakebook.ts'
import { defaultBudgetBytes } from './open-options.ts'

export type * from './lakebook.ts'
export { LakebookError } from './errors.ts'

/**
 * Opens an engine in workers of this page. Spills go to the origin-private file system.
 *
 * @throws `budget_too_small`, `invalid_argument`, `out_of_memory`
 */
export async function openLakebook(options: LakebookOptions = {}): Promise<Lakebook> {
  const { memoryPool = 'fair' } = options
  const own = typeof memoryPool === 'string' ? undefined : memoryPool
  if (own !== undefined && !crossOriginIsolated) {
    throw new LakebookError(
      'invalid_argument',
      'A memory pool of your own needs a page that is cross-origin isolated',
      {
        hint:
          'Serve the page with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: ' +
          "require-corp, or choose 'greedy', 'fair' or 'unbounded'.",
      },
    )
  }
  const client = connectEngine()
  try {
    const settings: EngineSettings = {
      heapBudgetBytes: options.heapBudgetBytes ?? defaultBudgetBytes(deviceBytes()),
      memoryPool: typeof memoryPool === 'string' ? memoryPool : 'fair',
      threads: options.threads ?? (crossOriginIsolated ? navigator.hardwareConcurrency : 1),
    }
    const status = await client.open(settings, own)
    const door = new RemoteLakebook(client, status.settings.heapBudgetBytes)
    await client.onMemory((sample) => {
      door.sample(sample)
    })
    return door
  } catch (error) {
    await client.close().catch(() => undefined)
    throw error
  }
}

/** The public door over a coordinator worker. */
class RemoteLakebook implements Lakebook {
  readonly #client: EngineClient
  readonly #listeners = new Set<(sample: MemorySnapshot) => void>()
  #nextRun = 1
  #last: MemorySnapshot

  constructor(client: EngineClient, budgetBytes: number) {
    this.#client = client
    this.#last = {
      atMs: 0,
      budgetBytes,
      limitBytes: null,
      reservedBytes: 0,
      peakReservedBytes: 0,
      spillFileBytes: 0,
      diskCacheBytes: 0,
      consumers: [],
    }
  }

  sample(sample: MemorySnapshot): void {
    this.#last = sample
    for (const listener of this.#listeners) listener(sample)
  }

  registerFile(
    name: string,
    source: FileSource | readonly FileSource[],
    { signal, onProgress = () => undefined }: AddOptions = {},
  ): Promise<TableInfo> {
    const sources: readonly FileSource[] = Array.isArray(source) ? source : [source]
    return this.#cancellable(signal, (runId) =>
      this.#client.registerFile({ runId, name, sources }, onProgress),
    )
  }

  sql(text: string, options: RunOptions = {}): Promise<QueryResult> {
    return this.#run('sql', text, options)
  }

  polars(text: string, options: RunOptions = {}): Promise<QueryResult> {
    return this.#run('polars', text, options)
  }

  tables(): Promise<readonly TableInfo[]> {
    return this.#client.tables()
  }

  /** As of the last sample that the workers sent. */
  memory(): MemorySnapshot {
    return this.#last
  }

  spills(): Promise<readonly KeptSpill[]> {
    return this.#client.spills()
  }

  readSpill(id: number, at: number, bytes: number): Promise<Uint8Array> {
    return this.#client.readSpill(id, at, bytes)
  }

  onMemory(listener: (sample: MemorySnapshot) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  close(): Promise<void> {
    return this.#client.close()
  }

  async #run(language: CellLanguage, text: string, options: RunOptions): Promise<QueryResult> {
    const { signal, onProgress = () => undefined, params } = options
    const { table, profile, file } = await this.#cancellable(signal, (runId) =>
      this.#client.runWhole({ runId, language, text, params }, onProgress),
    )
    return { table: tableFromIPC(table), profile, ...(file === undefined ? {} : { file }) }
  }

  async #cancellable<Result>(
    signal: AbortSignal | undefined,
    action: (runId: number) => Promise<Result>,
  ): Promise<Result> {
    if (signal?.aborted === true) throw new LakebookError('cancelled', 'The query was cancelled')
    const runId = this.#nextRun++
    const cancel = (): void => {
      this.#client.cancel(runId)
    }
    signal?.addEventListener('abort', cancel)
    try {
      return await action(runId)
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }
}

/** What the browser says about the device's memory, in bytes; it rounds, and some say nothing. */
function deviceBytes(): number {
  const { deviceMemory = 4 } = navigator as Navigator & { readonly deviceMemory?: number }
  return deviceMemory * 2 ** 30
}
