import { LakebookError } from './errors.ts'
import type { ComputePort } from './execution/team/compute-port.ts'
import type { FromMember } from './execution/team/team-messages.ts'
import { fetchDecoderModule } from './formats/parquet/decoder-module.ts'
import { kernelsUrl } from './kernels/load.ts'
import type { Platform } from './platform.ts'
import { blobOutput } from './storage/file-output.ts'
import { opfsSpillStorage } from './storage/opfs-spill-storage.ts'
import { newLifeLock, onLifeEnd } from './worker-life.ts'

/**
 * A browser's worker: files of the site by fetch, spills to the origin-private file system. `spawnCompute` starts a
 * compute worker: bundlers find workers where they are named.
 */
export function browserPlatform(spawnCompute: () => Worker): Platform {
  return {
    canShare: globalThis.crossOriginIsolated,
    async kernels(shared) {
      const url = kernelsUrl(shared)
      const response = await fetch(url)
      if (!response.ok) {
        throw new LakebookError(
          'not_readable',
          `The engine's kernels could not be loaded (${response.status})`,
          {
            hint: `The file ${url.pathname} belongs beside the page's other files.`,
          },
        )
      }
      return WebAssembly.compileStreaming(response)
    },
    parquetDecoder: fetchDecoderModule,
    spillStorage: opfsSpillStorage,
    openPath: null,
    openOutput: () => Promise.resolve(blobOutput()),
    compute: { spawn: () => workerPort(spawnCompute()), startsQuickly: true },
  }
}

function workerPort(worker: Worker): ComputePort {
  const life = newLifeLock()
  const watch = new AbortController()
  worker.postMessage(life)
  return {
    post: (message) => {
      worker.postMessage(message)
    },
    onMessage: (listener) => {
      worker.addEventListener('message', (event: MessageEvent<FromMember>) => {
        listener(event.data)
      })
    },
    onEnd: (listener) => {
      const watchLife = (): void => {
        onLifeEnd(life, watch.signal, () => {
          listener('it was ended from outside')
        })
      }
      // with its first answer it holds the lock
      worker.addEventListener('message', watchLife, { once: true })
      worker.addEventListener('error', (event) => {
        event.preventDefault()
        listener(event.message)
      })
      worker.addEventListener('messageerror', () => {
        listener('a message could not be read')
      })
    },
    keepAlive: () => undefined,
    terminate: () => {
      watch.abort()
      worker.terminate()
    },
  }
}
