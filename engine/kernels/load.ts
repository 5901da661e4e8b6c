import { LakebookError } from '../errors.ts'
import { createHost } from './host.ts'

/** The kernels' exports by name, over one memory. Pointers come back signed: `>>> 0` them. */
export type KernelExports = Readonly<Record<string, WebAssembly.ExportValue>>

export interface KernelInstance {
  readonly exports: KernelExports
  /** The function table through which kernels call comparators. */
  readonly table: WebAssembly.Table
}

/** Called when a thread's scratch area is full: makes room for `bytes` and points the thread's block there. */
export type ScratchGrow = (thread: number, bytes: number) => void

/**
 * Compiles the kernels once; the module may be sent to other threads.
 *
 * @param bytes what the entry point read: `kernels.shared.wasm` for a shared heap, else `kernels.wasm`
 */
export async function compileKernels(bytes: BufferSource): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(bytes)
  } catch (cause) {
    throw new LakebookError('internal', 'The kernels are not WebAssembly that this platform runs', { cause })
  }
}

/** The kernels over a heap's memory, for one thread. */
export function instantiateKernels(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  scratchGrow: ScratchGrow,
): KernelInstance {
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory },
    host: { ...createHost(memory), scratch_grow: scratchGrow },
  })
  // no two threads, and no two sessions, are to have the same random numbers
  const seed = crypto.getRandomValues(new BigUint64Array(1))[0]!
  ;(exports['random_seed'] as (seed: bigint) => void)(seed)
  return { exports, table: exports['table'] as WebAssembly.Table }
}

/** Where the compiled kernels lie; bundlers follow these expressions and ship the files. */
export function kernelsUrl(shared: boolean): URL {
  return shared
    ? new URL('./generated/kernels.shared.wasm', import.meta.url)
    : new URL('./generated/kernels.wasm', import.meta.url)
}
