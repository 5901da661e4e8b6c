import { LakebookError } from '../errors.ts'

/** Bytes of modules that are kept: some hundred pipelines. What they are compiled to takes several times as much. */
const MOST_BYTES = 4 * 2 ** 20
/** And of a small budget this part. */
const BUDGET_PART = 64

const latin1 = new TextDecoder('latin1')

/** Compiles, synchronously. @throws `unsupported` when a function is longer than the platform takes */
export function compileModule(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
  try {
    return new WebAssembly.Module(bytes)
  } catch (cause) {
    if (!(cause instanceof WebAssembly.CompileError) || !/too (large|big)/.test(cause.message)) throw cause
    throw new LakebookError('unsupported', 'The query computes too much for one WebAssembly function', {
      hint: 'Let it have fewer columns, or compute some of them into a table first.',
      cause,
    })
  }
}

/**
 * Compiled modules by their bytes, least recently used first. A query that runs again mostly compiles to the same bytes,
 * since addresses come out the same; its module has been optimised by then, and a fresh one would begin anew.
 */
export class ModuleCache {
  readonly #modules = new Map<string, WebAssembly.Module>()
  readonly #mostBytes: number
  #bytes = 0

  constructor(budgetBytes: number) {
    this.#mostBytes = Math.min(MOST_BYTES, budgetBytes / BUDGET_PART)
  }

  /** Compiles the module, synchronously, unless it is known. */
  compile(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module {
    const key = latin1.decode(bytes)
    const known = this.#modules.get(key)
    const module = known ?? compileModule(bytes)
    if (known === undefined) this.#bytes += bytes.length
    else this.#modules.delete(key)
    this.#modules.set(key, module)
    for (const [oldest] of this.#modules) {
      if (this.#bytes <= this.#mostBytes) break
      this.#modules.delete(oldest)
      this.#bytes -= oldest.length
    }
    return module
  }
}
