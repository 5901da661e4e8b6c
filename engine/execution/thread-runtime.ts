import { internalError, LakebookError } from '../errors.ts'
import { THREAD_BLOCK } from '../codegen/code-context.ts'
import type { Heap } from '../memory/heap.ts'
import type { PageOwner } from '../memory/page-owner.ts'
import type { TrackedPool } from '../memory/tracked-pool.ts'
import type { SpillSpace } from '../spill/spill-space.ts'
import type { ModuleCache } from './module-cache.ts'
import { RUN_END, type PipelineProgram } from './pipeline-compiler.ts'
import type { ComputeTeam } from './team/compute-team.ts'

/** A static kernel, called from TypeScript. Pointers come back signed: `>>> 0` them. */
export type Kernel = (...args: (number | bigint)[]) => number | bigint | undefined

/** What one thread needs to run pipelines: the shared heap and pool, and kernels instantiated over that heap. */
export interface ThreadRuntime {
  readonly heap: Heap
  readonly pool: TrackedPool
  readonly kernels: Readonly<Record<string, Kernel>>
  /** Functions that kernels call by index (comparators). */
  readonly comparators: ComparatorTable
  readonly modules: ModuleCache
  /** Address of an i32 whose bit 0 stops what runs: of a run's cell, or `NEVER_CANCELLED_ADDRESS`. */
  readonly cancelFlag: number
  /** This thread's part of the disk; null where there is none: then nothing can spill. */
  readonly spill: SpillSpace | null
  /** Tells the kernels' host where the scratch area of a pipeline block can grow. */
  readonly scratch: ScratchAreas
  /** On the driver of a shared heap: the other threads. */
  readonly team?: ComputeTeam
}

/** A function `(rowA, rowB) → i32` of a compiled query. */
export type Comparator = WebAssembly.ExportValue

/** The kernels' function table, through which they call comparators. */
export class ComparatorTable {
  readonly #table: WebAssembly.Table
  readonly #free: number[] = []

  constructor(table: WebAssembly.Table) {
    this.#table = table
  }

  /** Puts a comparator into the table; the index that kernels know it by. */
  add(comparator: Comparator): number {
    const index = this.#free.pop() ?? this.#table.grow(1)
    this.#table.set(index, comparator)
    return index
  }

  remove(index: number): void {
    this.#table.set(index, null)
    this.#free.push(index)
  }
}

/** Bytes of a pipeline's block with its first scratch area behind it. */
const BLOCK_BYTES = 65536
/** Bytes of a further scratch area. */
const SCRATCH_BYTES = 256 * 1024

interface ScratchArea {
  readonly owner: PageOwner
  readonly first: number
  readonly firstEnd: number
  readonly further: { readonly pointer: number; readonly bytes: number }[]
}

/**
 * The scratch areas of the pipelines that live on one thread, by the address of their block. A full area gets a
 * further page run, so that what is in it stays where it is; `reset` keeps the first area only.
 */
export class ScratchAreas {
  readonly #areas = new Map<number, ScratchArea>()

  open(block: number, owner: PageOwner, first: number, firstEnd: number): void {
    this.#areas.set(block, { owner, first, firstEnd, further: [] })
    point(owner.heap, block, first, firstEnd)
  }

  /** For the host import `scratch_grow`: makes room for `bytes` and points the block there. */
  grow(block: number, bytes: number): void {
    const area = this.#areas.get(block >>> 0)
    if (area === undefined) throw internalError('a kernel asked for scratch space outside a pipeline')
    const size = Math.max(SCRATCH_BYTES, bytes + 8)
    const pointer = area.owner.allocate(size)
    area.further.push({ pointer, bytes: size })
    point(area.owner.heap, block >>> 0, pointer, pointer + size)
  }

  /** Bytes beyond the first area. */
  furtherBytes(block: number): number {
    return this.#areas.get(block)?.further.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0
  }

  reset(block: number): void {
    const area = this.#areas.get(block)
    if (area === undefined) return
    for (const { pointer, bytes } of area.further) area.owner.free(pointer, bytes)
    area.further.length = 0
    point(area.owner.heap, block, area.first, area.firstEnd)
  }

  close(block: number): void {
    this.reset(block)
    this.#areas.delete(block)
  }
}

function point(heap: Heap, block: number, next: number, end: number): void {
  heap.u32[(block + THREAD_BLOCK.scratchNext) >>> 2] = next
  heap.u32[(block + THREAD_BLOCK.scratchEnd) >>> 2] = end
  heap.u32[(block + THREAD_BLOCK.scratchBegin) >>> 2] = next
}

/** Memory for a pipeline instance that was set aside beforehand. */
export interface Place {
  readonly pointer: number
  readonly bytes: number
}

/** Answers `host.event(kind, argument)`: makes room in the sink. Throws to end the query. */
export type EventHandler = (kind: number, argument: number) => number

/** What a call may spend at first (`ResumePoints`), and at least. */
const FIRST_FUEL = 0x4000
const LEAST_FUEL = 0x100
const MOST_FUEL = 0x1000000
/** A call that leaves a row should take about so long. */
const CALL_MS = 4

/** A pipeline program on one thread: its own block and scratch area over the shared heap. */
export class PipelineInstance {
  readonly block: number
  readonly exports: Readonly<Record<string, Kernel>>
  readonly #runtime: ThreadRuntime
  readonly #program: Omit<PipelineProgram, 'bytes'>
  readonly #owner: PageOwner
  /** Bytes of the block and the first scratch area; 0 when the place belongs to somebody else. */
  readonly #ownedBytes: number
  #fuel = FIRST_FUEL

  constructor(
    runtime: ThreadRuntime,
    program: Omit<PipelineProgram, 'bytes'>,
    module: WebAssembly.Module,
    owner: PageOwner,
    onEvent: EventHandler,
    place: Place | null = null,
  ) {
    this.#runtime = runtime
    this.#program = program
    this.#owner = owner
    const bytes = place?.bytes ?? Math.max(BLOCK_BYTES, program.blockBytes * 2)
    this.#ownedBytes = place === null ? bytes : 0
    this.block = place?.pointer ?? owner.allocate(bytes)
    runtime.heap.u8.fill(0, this.block, this.block + program.blockBytes)
    runtime.heap.u32[(this.block + THREAD_BLOCK.cancelFlag) >>> 2] = runtime.cancelFlag
    runtime.scratch.open(this.block, owner, this.block + program.blockBytes, this.block + bytes)
    const instance = new WebAssembly.Instance(module, {
      env: { memory: runtime.heap.memory },
      kernels: runtime.kernels,
      host: {
        raise: (site: number, text: number, textBytes: number) => {
          throw this.#error(site, runtime.heap.u8.slice(text >>> 0, (text >>> 0) + textBytes))
        },
        event: onEvent,
      },
    })
    this.exports = instance.exports as Record<string, Kernel>
  }

  /**
   * Takes rows of the bound chunk into the sink, as far as one turn goes. The row to go on with: `end`, or one that was
   * left in its middle, with which the next call must begin; null when no more rows are wanted.
   */
  run(begin: number, end: number): number | null {
    const run = this.exports['run']
    if (run === undefined) throw internalError('a pipeline has no run function')
    const { u32 } = this.#runtime.heap
    u32[(this.block + THREAD_BLOCK.fuel) >>> 2] = this.#fuel
    const startedMs = performance.now()
    const how = run(this.block, begin, end)
    if (how === RUN_END.stopped) return null
    if (how === RUN_END.done) return end
    this.#adjustFuel(performance.now() - startedMs)
    return u32[(this.block + THREAD_BLOCK.at) >>> 2]!
  }

  #adjustFuel(elapsedMs: number): void {
    if (elapsedMs > CALL_MS)
      this.#fuel = Math.max(LEAST_FUEL, this.#fuel >>> (elapsedMs > 4 * CALL_MS ? 2 : 1))
    else if (elapsedMs < CALL_MS / 2) this.#fuel = Math.min(MOST_FUEL, this.#fuel * 2)
  }

  /** Bytes that the last run took beyond the block's own scratch area. */
  get furtherScratchBytes(): number {
    return this.#runtime.scratch.furtherBytes(this.block)
  }

  /** Empties the scratch area: nothing that the last run computed is needed any more. */
  resetScratch(): void {
    this.#runtime.scratch.reset(this.block)
  }

  /** Rows that passed each operator, by operator id. */
  rowCounts(): Map<number, number> {
    const { heap } = this.#runtime
    return new Map(
      this.#program.counters.map(({ operator, offset }) => [
        operator,
        Number(heap.i64[(this.block + offset) >>> 3]),
      ]),
    )
  }

  close(): void {
    this.#runtime.scratch.close(this.block)
    if (this.#ownedBytes > 0) this.#owner.free(this.block, this.#ownedBytes)
  }

  #error(site: number, text: Uint8Array<ArrayBuffer>): LakebookError {
    const found = this.#program.errorSites[site]
    if (found === undefined) return internalError(`unknown error site ${site}`)
    const message = found.message.replace('{}', () => new TextDecoder().decode(text))
    return new LakebookError(found.code, message, { span: found.span, hint: found.hint })
  }
}
