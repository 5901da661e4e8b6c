import { readFile } from 'node:fs/promises'
import { ColumnCache } from '../catalog/column-cache.ts'
import type { ParquetReader } from '../formats/parquet/chunk-loader.ts'
import { readDecoderModule } from '../formats/parquet/decoder-module.node.ts'
import { DecoderSlot } from '../formats/parquet/decoder-slot.ts'
import { PageOwner } from '../memory/page-owner.ts'
import { Heap } from '../memory/heap.ts'
import { TrackedPool } from '../memory/tracked-pool.ts'

export interface ParquetEngine {
  readonly heap: Heap
  readonly pool: TrackedPool
  readonly reader: ParquetReader
}

let decoderModule: Promise<WebAssembly.Module> | undefined
let kernelsModule: Promise<WebAssembly.Module> | undefined

/** A heap with what reading Parquet needs, for tests. */
export async function openParquetEngine(
  options: {
    readonly budgetBytes?: number
    readonly decoderShareBytes?: number
    readonly morselBytes?: number
  } = {},
): Promise<ParquetEngine> {
  decoderModule ??= readDecoderModule()
  kernelsModule ??= readFile(new URL('../kernels/generated/kernels.wasm', import.meta.url)).then((bytes) =>
    WebAssembly.compile(bytes),
  )
  const heap = Heap.create(options.budgetBytes ?? 256 * 2 ** 20, { shared: false })
  const pool = TrackedPool.open(heap, 'greedy')
  const reader: ParquetReader = {
    cache: new ColumnCache(heap, pool),
    decoders: new DecoderSlot(await decoderModule, options.decoderShareBytes ?? 64 * 2 ** 20),
    kernels: conversionKernels(await kernelsModule, heap),
    dictionaryPages: new PageOwner(heap, pool.register({ name: 'dictionaries', canSpill: false })),
    morselBytes: options.morselBytes ?? heap.usableBytes / 8,
    spill: null,
  }
  return { heap, pool, reader }
}

/** The kernels alone, without the host functions that only other kernels call. */
export function conversionKernels(module: WebAssembly.Module, heap: Heap): ParquetReader['kernels'] {
  const imports: WebAssembly.Imports = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = (imports[from] ??= {})
    group[name] = kind === 'memory' ? heap.memory : () => 0
  }
  return new WebAssembly.Instance(module, imports).exports as unknown as ParquetReader['kernels']
}
