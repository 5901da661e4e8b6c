import { readFile } from 'node:fs/promises'
import { availableParallelism, totalmem } from 'node:os'
import { PathSource } from './formats/path-source.node.ts'
import { readDecoderModule } from './formats/parquet/decoder-module.node.ts'
import { kernelsUrl } from './kernels/load.ts'
import type { Lakebook, LakebookOptions } from './lakebook.ts'
import { LocalLakebook } from './local-lakebook.ts'
import { defaultBudgetBytes } from './open-options.ts'
import { nodeCompute } from './node-compute.ts'
import type { Platform } from './platform.ts'
import { Session } from './session.ts'
import { nodeSpillStorage } from './storage/node-spill-storage.ts'

export type * from './lakebook.ts'
export { LakebookError } from './errors.ts'

const platform: Platform = {
  canShare: true,
  async kernels(shared) {
    return WebAssembly.compile(await readFile(kernelsUrl(shared)))
  },
  parquetDecoder: readDecoderModule,
  spillStorage: nodeSpillStorage(),
  openPath: (path) => PathSource.open(path),
  compute: nodeCompute,
}

/**
 * Opens an engine in this process. Spills go to the temporary folder.
 *
 * @throws `budget_too_small`, `invalid_argument`, `out_of_memory`
 */
export async function openLakebook(options: LakebookOptions = {}): Promise<Lakebook> {
  const session = await Session.open(platform, {
    heapBudgetBytes: options.heapBudgetBytes ?? defaultBudgetBytes(totalmem()),
    memoryPool: options.memoryPool ?? 'fair',
    threads: options.threads ?? availableParallelism(),
  })
  return new LocalLakebook(session)
}
