import { LakebookError } from './errors.ts'
import { fetchDecoderModule } from './formats/parquet/decoder-module.ts'
import { kernelsUrl } from './kernels/load.ts'
import type { Platform } from './platform.ts'
import { opfsSpillStorage } from './storage/opfs-spill-storage.ts'

/** A browser's worker: files of the site by fetch, spills to the origin-private file system. */
export function browserPlatform(): Platform {
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
  }
}
