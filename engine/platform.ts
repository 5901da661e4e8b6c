import type { ComputePlatform } from './execution/team/compute-port.ts'
import type { OpenPath } from './formats/open-source.ts'
import type { OpenOutput } from './storage/file-output.ts'
import type { SpillStorage } from './storage/spill-file.ts'

/** What differs between a browser and Node. The entry point chooses; nothing else asks where it runs. */
export interface Platform {
  /** A memory may be shared between threads: a cross-origin isolated page, or Node. */
  readonly canShare: boolean
  /** Static kernels, for a shared or an unshared memory. */
  kernels(shared: boolean): Promise<WebAssembly.Module>
  parquetDecoder(): Promise<WebAssembly.Module>
  readonly spillStorage: SpillStorage
  /** Opens a path of the file system; null in browsers. */
  readonly openPath: OpenPath | null
  /** Where COPY … TO writes; null where it may not. */
  readonly openOutput: OpenOutput | null
  /** Starts compute workers; null where there are none, and all runs on the driver. */
  readonly compute: ComputePlatform | null
}
