import { expose } from 'comlink'
import { browserPlatform } from '../engine/browser-platform.ts'
import { answer } from './answer.ts'
import { EngineCoordinator } from './coordinator.ts'
import { RemotePool } from './pool-channel.ts'
import type { CoordinatorRemote } from './remote.ts'

function spawnCompute(): Worker {
  return new Worker(new URL('./compute.worker.ts', import.meta.url), {
    type: 'module',
    name: 'Lakebook compute',
  })
}

const coordinator = new EngineCoordinator(browserPlatform(spawnCompute))

const remote: CoordinatorRemote = {
  open: (settings, pool) =>
    answer(async () => ({
      status: await coordinator.open(settings, pool === null ? null : new RemotePool(pool)),
      memory: coordinator.sharedMemory,
    })),
  reopen: (settings) =>
    answer(async () => ({ status: await coordinator.reopen(settings), memory: coordinator.sharedMemory })),
  registerFile: (name, sources) => answer(() => coordinator.registerFile(name, sources)),
  dropTable: (name) => answer(() => coordinator.dropTable(name)),
  tables: () => answer(() => coordinator.tables()),
  run: (request, onProgress) => answer(() => coordinator.run(request, onProgress)),
  cancel: (runId) => {
    coordinator.cancel(runId)
  },
  page: (request) => answer(() => coordinator.page(request)),
  exportResult: (request, onChunk) => answer(() => coordinator.exportResult(request, onChunk)),
  release: (id) => answer(() => coordinator.release(id)),
  complete: (language, text, offset) => answer(() => coordinator.complete(language, text, offset)),
  check: (language, text) => answer(() => coordinator.check(language, text)),
  reference: () => answer(() => coordinator.reference()),
  generateReadings: (preset, runId) => answer(() => coordinator.generateReadings(preset, runId)),
  onMemory: (listener) => answer(() => coordinator.onMemory(listener)),
  close: () => answer(() => coordinator.close()),
}

expose(remote)
