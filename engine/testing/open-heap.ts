import { readFile } from 'node:fs/promises'
import { Heap } from '../memory/heap.ts'
import { PageOwner } from '../memory/page-owner.ts'
import { TrackedPool, type BuiltInPolicy } from '../memory/tracked-pool.ts'

export interface OpenHeap<Kernels> {
  readonly heap: Heap
  readonly pool: TrackedPool
  readonly kernels: Kernels
  readonly pagesOf: (name: string, canSpill?: boolean) => PageOwner
}

/** A heap with its pool and the static kernels over it, for tests. `Kernels` are those that the caller wants. */
export async function openHeap<Kernels>(
  options: { readonly budgetBytes?: number; readonly shared?: boolean; readonly policy?: BuiltInPolicy } = {},
): Promise<OpenHeap<Kernels>> {
  const shared = options.shared ?? false
  const heap = Heap.create(options.budgetBytes ?? 64 * 2 ** 20, { shared })
  const pool = TrackedPool.open(heap, options.policy ?? 'greedy')
  const file = shared ? 'kernels.shared.wasm' : 'kernels.wasm'
  const bytes = await readFile(new URL(`../kernels/generated/${file}`, import.meta.url))
  const module = await WebAssembly.compile(bytes)
  return {
    heap,
    pool,
    kernels: kernelsOver(module, heap) as Kernels,
    pagesOf: (name, canSpill = true) => new PageOwner(heap, pool.register({ name, canSpill })),
  }
}

/** Host functions, which other kernels call, do nothing here. */
function kernelsOver(module: WebAssembly.Module, heap: Heap): WebAssembly.Exports {
  const imports: WebAssembly.Imports = {}
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    const group = (imports[from] ??= {})
    if (kind === 'memory') group[name] = heap.memory
    else if (kind === 'table') group[name] = new WebAssembly.Table({ initial: 16, element: 'anyfunc' })
    else group[name] = () => 0
  }
  return new WebAssembly.Instance(module, imports).exports
}
