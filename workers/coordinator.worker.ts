import { expose, transfer } from 'comlink'
import { browserPlatform } from '../engine/browser-platform.ts'
import type { QueryProgress } from '../engine/lakebook.ts'
import { answer, type Answer } from './answer.ts'
import { EngineCoordinator } from './coordinator.ts'
import type { News } from './news.ts'
import { RemotePool } from './pool-channel.ts'
import type { CoordinatorRemote } from './remote.ts'

function spawnCompute(): Worker {
  return new Worker(new URL('./compute.worker.ts', import.meta.url), {
    type: 'module',
    name: 'Lakebook compute',
  })
}

const coordinator = new EngineCoordinator(browserPlatform(spawnCompute))

function tell(news: News): void {
  postMessage(news)
}

function tellProgress({ runId }: { readonly runId: number }): (progress: QueryProgress) => void {
  return (progress) => {
    tell({ news: 'progress', runId, progress })
  }
}

/** Bytes that move to the page instead of being copied. They were copied out of the heap just now. */
function moved<Value>(given: Answer<Value>, bytesOf: (value: Value) => Uint8Array): Answer<Value> {
  return given.ok ? transfer(given, [bytesOf(given.value).buffer as ArrayBuffer]) : given
}

const remote: CoordinatorRemote = {
  open: (settings, pool) =>
    answer(async () => ({
      status: await coordinator.open(settings, pool === null ? null : new RemotePool(pool)),
      runCells: coordinator.runCells,
    })),
  reopen: (settings) =>
    answer(async () => ({ status: await coordinator.reopen(settings), runCells: coordinator.runCells })),
  registerFile: (request) => answer(() => coordinator.registerFile(request, tellProgress(request))),
  toRegister: () => answer(() => coordinator.toRegister()),
  registerAgain: (request) => answer(() => coordinator.registerAgain(request, tellProgress(request))),
  dropTable: (name) => answer(() => coordinator.dropTable(name)),
  tables: () => answer(() => coordinator.tables()),
  run: (request) => answer(() => coordinator.run(request, tellProgress(request))),
  runWhole: async (request) =>
    moved(await answer(() => coordinator.runWhole(request, tellProgress(request))), ({ table }) => table),
  cancel: (runId) => {
    coordinator.cancel(runId)
  },
  arrange: (request) => answer(() => coordinator.arrange(request, tellProgress(request))),
  page: async (request) => moved(await answer(() => coordinator.page(request)), (bytes) => bytes),
  exportResult: (request, onChunk) => answer(() => coordinator.exportResult(request, onChunk)),
  spills: () => answer(() => coordinator.spills()),
  readSpill: async (id, at, bytes) =>
    moved(await answer(() => coordinator.readSpill(id, at, bytes)), (piece) => piece),
  release: (id) => answer(() => coordinator.release(id)),
  complete: (language, text, offset) => answer(() => coordinator.complete(language, text, offset)),
  check: (language, text) => answer(() => coordinator.check(language, text)),
  estimate: (language, text) => answer(() => coordinator.estimate(language, text)),
  access: (language, text) => answer(() => coordinator.access(language, text)),
  storage: () => answer(() => coordinator.storage()),
  sweep: () => answer(() => coordinator.sweep()),
  reference: () => answer(() => coordinator.reference()),
  generateReadings: (preset, runId) => answer(() => coordinator.generateReadings(preset, runId)),
  close: () => answer(() => coordinator.close()),
}

void coordinator.onMemory((sample) => {
  tell({ news: 'memory', sample })
})
expose(remote)
