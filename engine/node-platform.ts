import { readFile } from 'node:fs/promises'
import { PathSource } from './formats/path-source.node.ts'
import { readDecoderModule } from './formats/parquet/decoder-module.node.ts'
import { kernelsUrl } from './kernels/load.ts'
import { nodeCompute } from './node-compute.ts'
import type { Platform } from './platform.ts'
import { nodeSpillStorage } from './storage/node-spill-storage.ts'

/** Files by path, spills to the temporary folder, compute workers as worker threads. */
export const nodePlatform: Platform = {
  canShare: true,
  async kernels(shared) {
    return WebAssembly.compile(await readFile(kernelsUrl(shared)))
  },
  parquetDecoder: readDecoderModule,
  spillStorage: nodeSpillStorage(),
  openPath: (path) => PathSource.open(path),
  openOutput: null,
  compute: nodeCompute,
}
