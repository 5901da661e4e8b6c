import { proxy, transfer, wrap, type Remote } from 'comlink'
import { LakebookError } from '../engine/errors.ts'
import type { MemorySnapshot, QueryProgress } from '../engine/lakebook.ts'
import type { MemoryPool } from '../engine/memory/memory-pool.ts'
import { cancelRun } from '../engine/memory/run-cells.ts'
import { unwrap, type Answer } from './answer.ts'
import { isNews } from './news.ts'
import { PoolServer } from './pool-channel.ts'
import type { Coordinator, EngineSettings, EngineStatus } from './protocol.ts'
import type { CoordinatorRemote, OpenedEngine } from './remote.ts'

/** The protocol, and what only whoever owns the worker may do. */
export interface EngineClient extends Coordinator {
  /** `pool` is asked on this thread, and decides in place of the policy that the settings name. */
  open(settings: EngineSettings, pool?: MemoryPool): Promise<EngineStatus>
  /** Closes the engine and ends its worker. */
  close(): Promise<void>
}

/** Starts a coordinator worker. Its engine is opened by `open`. */
export function connectEngine(): EngineClient {
  const worker = new Worker(new URL('./coordinator.worker.ts', import.meta.url), {
    type: 'module',
    name: 'Lakebook coordinator',
  })
  const remote: Remote<CoordinatorRemote> = wrap<CoordinatorRemote>(worker)
  const broken = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      event.preventDefault()
      reject(workerDied(event.message))
    })
  })
  broken.catch(() => undefined)
  const ask = async <Value>(given: Promise<Answer<Value>>): Promise<Value> =>
    unwrap(await Promise.race([given, broken]))
  const progressListeners = new Map<number, (progress: QueryProgress) => void>()
  const memoryListeners: ((sample: MemorySnapshot) => void)[] = []
  worker.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    if (!isNews(data)) return
    if (data.news === 'progress') progressListeners.get(data.runId)?.(data.progress)
    else for (const listener of memoryListeners) listener(data.sample)
  })
  const running = async <Result>(
    { runId }: { readonly runId: number },
    onProgress: (progress: QueryProgress) => void,
    given: Promise<Answer<Result>>,
  ): Promise<Result> => {
    progressListeners.set(runId, onProgress)
    try {
      return await ask(given)
    } finally {
      progressListeners.delete(runId)
    }
  }
  let runCells: Int32Array | null = null
  let poolServer: PoolServer | null = null
  const opened = (engine: OpenedEngine): EngineStatus => {
    runCells = engine.runCells
    return engine.status
  }
  return {
    async open(settings, pool) {
      if (pool === undefined) return opened(await ask(remote.open(settings, null)))
      poolServer = new PoolServer(pool)
      const { channel } = poolServer
      return opened(await ask(remote.open(settings, transfer(channel, [channel.port]))))
    },
    reopen: async (settings) => opened(await ask(remote.reopen(settings))),
    registerFile: (request, onProgress) => running(request, onProgress, remote.registerFile(request)),
    toRegister: () => ask(remote.toRegister()),
    registerAgain: (request, onProgress) => running(request, onProgress, remote.registerAgain(request)),
    dropTable: (name) => ask(remote.dropTable(name)),
    tables: () => ask(remote.tables()),
    run: (request, onProgress) => running(request, onProgress, remote.run(request)),
    runWhole: (request, onProgress) => running(request, onProgress, remote.runWhole(request)),
    cancel(runId) {
      if (runCells !== null) cancelRun(runCells, runId)
      void remote.cancel(runId)
    },
    arrange: (request, onProgress) => running(request, onProgress, remote.arrange(request)),
    page: (request) => ask(remote.page(request)),
    async exportResult(request, onChunk) {
      let received = 0
      let arrived: () => void = () => undefined
      const take = (chunk: Uint8Array): void => {
        received += chunk.length
        onChunk(chunk)
        arrived()
      }
      const bytes = await ask(remote.exportResult(request, proxy(take)))
      // Chunks come through a port of their own, and may arrive after the answer.
      while (received < bytes) {
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      }
      return bytes
    },
    spills: () => ask(remote.spills()),
    readSpill: (id, at, bytes) => ask(remote.readSpill(id, at, bytes)),
    release: (id) => ask(remote.release(id)),
    complete: (language, text, offset) => ask(remote.complete(language, text, offset)),
    check: (language, text) => ask(remote.check(language, text)),
    estimate: (language, text) => ask(remote.estimate(language, text)),
    access: (language, text) => ask(remote.access(language, text)),
    storage: () => ask(remote.storage()),
    sweep: () => ask(remote.sweep()),
    reference: () => ask(remote.reference()),
    generateReadings: (preset, runId) => ask(remote.generateReadings(preset, runId)),
    onMemory(listener) {
      memoryListeners.push(listener)
      return Promise.resolve()
    },
    async close() {
      try {
        await ask(remote.close())
      } finally {
        worker.terminate()
        poolServer?.close()
      }
    },
  }
}

function workerDied(message: string): LakebookError {
  return new LakebookError('internal', `The engine's worker stopped: ${message}`, {
    hint: 'Reload the page. The notebook is saved; files have to be added again.',
  })
}
