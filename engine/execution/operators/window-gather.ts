import { LakebookError } from '../../errors.ts'
import { PAGE_BYTES } from '../../memory/control-block.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { PipelineCompiler } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import { sortedLayout, type SortShape } from '../sinks/sort-sink.ts'
import { SortSinkRuntime, type SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { RowSource } from '../sources/row-source.ts'
import { PipelineInstance } from '../thread-runtime.ts'

/** Entries, rows and texts begin pages of their own. */
const SPARE_BYTES = 3 * PAGE_BYTES
const ENTRY = { stride: SORT_ENTRY.bytes, pointerOffset: SORT_ENTRY.row } as const

/** Rows in order that were copied out of a merge, because what that hands out is gone with the next step. */
export class GatheredRows {
  readonly #copy: Gatherer
  readonly #owner: PageOwner
  /** Held for `keepFrom`, which is called when there is nothing left. */
  #spare = 0
  #filling: SortSinkRuntime
  /** Rows at the head that were let go, whose memory is still held. */
  #gone = 0
  #next: SortSinkRuntime

  constructor(context: QueryContext, owner: PageOwner, shape: SortShape) {
    const open = (): SortSinkRuntime =>
      new SortSinkRuntime(context.runtime, owner, shape, {
        operator: 0,
        limit: null,
        spill: null,
        intake: 'sorted',
      })
    this.#copy = gatherer(context, shape)
    this.#owner = owner
    this.#filling = open()
    this.#next = open()
    this.#spare = owner.tryAllocate(SPARE_BYTES)
  }

  get entries(): SortedEntries {
    const { pointer, count } = this.#filling.entries
    return { pointer: pointer + this.#gone * SORT_ENTRY.bytes, count: count - this.#gone }
  }

  /** Bytes of a row, on average. */
  get rowBytes(): number {
    return SORT_ENTRY.bytes + this.heldBytes / this.#filling.count
  }

  /** Bytes of the pages that the rows lie in. */
  get heldBytes(): number {
    return this.#filling.store.heldBytes
  }

  /** Copies rows behind those that are there, as many as there is room for. Returns how many. */
  add(entries: SortedEntries): number {
    const { count } = this.#filling
    this.#tryCopy(entries, this.#filling)
    return this.#filling.count - count
  }

  /** The error for when there is no room for any more. */
  refusal(): LakebookError {
    const cause = this.#owner.reservation.refusal(PAGE_BYTES)
    return new LakebookError('out_of_memory', `Rows of a window do not fit the heap. ${cause.message}`, {
      hint: 'Raise the heap budget, or leave wide columns out of the query.',
      cause,
    })
  }

  /** Lets the rows before `index` go. What is left moves to pages of its own when it is the smaller part. */
  keepFrom(index: number): void {
    this.#gone += index
    const left = this.entries
    if (left.count > this.#gone) return
    this.#freeSpare()
    if (left.count === 0 || this.#tryCopy(left, this.#next)) {
      this.#filling.clear()
      ;[this.#filling, this.#next] = [this.#next, this.#filling]
      this.#gone = 0
    } else this.#next.clear()
    this.#spare = this.#owner.tryAllocate(SPARE_BYTES)
  }

  /** False when there is no memory for all of them. */
  #tryCopy(entries: SortedEntries, into: SortSinkRuntime): boolean {
    try {
      this.#copy.copy(entries, into)
      return true
    } catch (error) {
      if (error instanceof LakebookError && error.code === 'out_of_memory') return false
      throw error
    }
  }

  #freeSpare(): void {
    if (this.#spare !== 0) this.#owner.free(this.#spare, SPARE_BYTES)
    this.#spare = 0
  }

  close(): void {
    this.#filling.close()
    this.#next.close()
    this.#copy.close()
    this.#freeSpare()
  }
}

interface Gatherer {
  copy(entries: SortedEntries, into: SortSinkRuntime): void
  close(): void
}

/** A pipeline that copies rows, with what they point to, from one store into another. */
function gatherer(context: QueryContext, shape: SortShape): Gatherer {
  const { runtime, constants } = context
  const owner = context.consumer('Window copy', false)
  let target: SortSinkRuntime | null = null
  let compiled: {
    instance: PipelineInstance
    source: RowSource
    code: ReturnType<SortSinkRuntime['code']>
  } | null = null
  const compile = (into: SortSinkRuntime): NonNullable<typeof compiled> => {
    const source = new RowSource(sortedLayout(shape), ENTRY)
    const code = into.code()
    const program = new PipelineCompiler({ shared: runtime.heap.shared, constants }).compile(source, [], code)
    const module = runtime.modules.compile(program.bytes)
    const instance = new PipelineInstance(runtime, program, module, owner, (kind, argument) =>
      target!.onEvent(kind, argument),
    )
    return { instance, source, code }
  }
  return {
    copy(entries, into) {
      compiled ??= compile(into)
      const { instance, source, code } = compiled
      target = into
      into.attach(instance, code)
      try {
        runtime.heap.u32[(instance.block + source.base) >>> 2] = entries.pointer
        instance.run(0, entries.count)
      } finally {
        into.detach()
      }
    },
    close() {
      compiled?.instance.close()
      compiled = null
    },
  }
}
