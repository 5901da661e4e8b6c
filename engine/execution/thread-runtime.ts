import { internalError, LakebookError } from '../errors.ts'
import { THREAD_BLOCK } from '../codegen/code-context.ts'
import type { Heap } from '../memory/heap.ts'
import { PageOwner } from '../memory/page-owner.ts'
import type { TrackedPool } from '../memory/tracked-pool.ts'
import type { PipelineProgram } from './pipeline-compiler.ts'

/** A static kernel, called from TypeScript. Pointers come back signed: `>>> 0` them. */
export type Kernel = (...args: (number | bigint)[]) => number | bigint | undefined

/** What one thread needs to run pipelines: the shared heap and pool, and kernels instantiated over that heap. */
export interface ThreadRuntime {
  readonly heap: Heap
  readonly pool: TrackedPool
  readonly kernels: Readonly<Record<string, Kernel>>
  /** Functions that kernels call by index (comparators). */
  readonly table: WebAssembly.Table
  /** Tells the kernels' host where the scratch area of a pipeline block can grow. */
  readonly scratch: ScratchAreas
}

/** Bytes of the first scratch area of each pipeline instance. */
const SCRATCH_BYTES = 65536

/**
 * The scratch areas of the pipelines that live on one thread, by the address of their block. A full area gets a
 * further page run, so that what is in it stays where it is; `reset` keeps the first run only.
 */
export class ScratchAreas {
  readonly #areas = new Map<number, { readonly owner: PageOwner; first: number; further: { pointer: number; bytes: number }[] }>()

  open(block: number, owner: PageOwner): void {
    const first = owner.allocate(SCRATCH_BYTES)
    this.#areas.set(block, { owner, first, further: [] })
    this.#point(owner.heap, block, first, SCRATCH_BYTES)
  }

  /** For the host import `scratch_grow`: makes room for `bytes` and points the block there. */
  grow(block: number, bytes: number): void {
    const area = this.#areas.get(block >>> 0)
    if (area === undefined) throw internalError('a kernel asked for scratch space outside a pipeline')
    const size = Math.max(SCRATCH_BYTES * 4, bytes + 8)
    const pointer = area.owner.allocate(size)
    area.further.push({ pointer, bytes: size })
    this.#point(area.owner.heap, block >>> 0, pointer, size)
  }

  reset(block: number): void {
    const area = this.#areas.get(block)
    if (area === undefined) return
    for (const { pointer, bytes } of area.further) area.owner.free(pointer, bytes)
    area.further.length = 0
    this.#point(area.owner.heap, block, area.first, SCRATCH_BYTES)
  }

  close(block: number): void {
    this.reset(block)
    const area = this.#areas.get(block)
    if (area === undefined) return
    area.owner.free(area.first, SCRATCH_BYTES)
    this.#areas.delete(block)
  }

  #point(heap: Heap, block: number, pointer: number, bytes: number): void {
    heap.u32[(block + THREAD_BLOCK.scratchNext) >>> 2] = pointer
    heap.u32[(block + THREAD_BLOCK.scratchEnd) >>> 2] = pointer + bytes
  }
}

/** Answers `host.event(kind, argument)`: makes room in the sink. Throws to end the query. */
export type EventHandler = (kind: number, argument: number) => number

/** A pipeline program on one thread: its own block and scratch area over the shared heap. */
export class PipelineInstance {
  readonly block: number
  readonly exports: Readonly<Record<string, Kernel>>
  readonly #runtime: ThreadRuntime
  readonly #program: PipelineProgram
  readonly #owner: PageOwner

  constructor(
    runtime: ThreadRuntime,
    program: PipelineProgram,
    module: WebAssembly.Module,
    owner: PageOwner,
    onEvent: EventHandler,
  ) {
    this.#runtime = runtime
    this.#program = program
    this.#owner = owner
    this.block = owner.allocate(program.blockBytes)
    runtime.heap.u8.fill(0, this.block, this.block + program.blockBytes)
    runtime.scratch.open(this.block, owner)
    const instance = new WebAssembly.Instance(module, {
      env: { memory: runtime.heap.memory },
      kernels: runtime.kernels,
      host: {
        raise: (site: number) => {
          throw this.#error(site)
        },
        event: onEvent,
      },
    })
    this.exports = instance.exports as Record<string, Kernel>
  }

  /** Takes rows of the bound chunk into the sink. True when no more are wanted. */
  run(begin: number, end: number): boolean {
    const run = this.exports['run']
    if (run === undefined) throw internalError('a pipeline has no run function')
    const result = run(this.block, begin, end)
    return result !== 0
  }

  /** Empties the scratch area: nothing that the last run computed is needed any more. */
  resetScratch(): void {
    this.#runtime.scratch.reset(this.block)
  }

  /** Rows that passed each operator, by operator id. */
  rowCounts(): Map<number, number> {
    const { heap } = this.#runtime
    return new Map(
      this.#program.counters.map(({ operator, offset }) => [operator, Number(heap.i64[(this.block + offset) >>> 3])]),
    )
  }

  close(): void {
    this.#runtime.scratch.close(this.block)
    this.#owner.free(this.block, this.#program.blockBytes)
  }

  #error(site: number): LakebookError {
    const found = this.#program.errorSites[site]
    if (found === undefined) return internalError(`unknown error site ${site}`)
    return new LakebookError(found.code, found.message, { span: found.span, hint: found.hint })
  }
}
