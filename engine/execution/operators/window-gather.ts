import { LakebookError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { PipelineCompiler } from '../pipeline-compiler.ts'
import type { QueryContext } from '../query-context.ts'
import { SORT_ENTRY, type SortShape } from '../sinks/sort-sink.ts'
import { SortSinkRuntime, type SortedEntries } from '../sinks/sort-sink-runtime.ts'
import { RowSource } from '../sources/row-source.ts'
import { PipelineInstance } from '../thread-runtime.ts'

const ENTRY = { stride: SORT_ENTRY.bytes, pointerOffset: SORT_ENTRY.row } as const

/** Rows in order that were copied out of a merge, because what that hands out is gone with the next step. */
export class GatheredRows {
  readonly #copy: Gatherer
  #filling: SortSinkRuntime
  #spare: SortSinkRuntime

  constructor(context: QueryContext, owner: PageOwner, shape: SortShape) {
    const open = (): SortSinkRuntime =>
      new SortSinkRuntime(context.runtime, owner, shape, {
        operator: 0,
        limit: null,
        spill: null,
        intake: 'sorted',
      })
    this.#copy = gatherer(context, shape)
    this.#filling = open()
    this.#spare = open()
  }

  get entries(): SortedEntries {
    return this.#filling.entries
  }

  /** Bytes of the pages that the rows lie in. */
  get heldBytes(): number {
    return this.#filling.store.heldBytes
  }

  /** Copies rows behind those that are there. @throws `out_of_memory` */
  add(entries: SortedEntries): void {
    copyInto(this.#copy, entries, this.#filling)
  }

  /** Lets the rows before `index` go. @throws `out_of_memory` */
  keepFrom(index: number): void {
    const { pointer, count } = this.#filling.entries
    if (index < count) {
      const kept = { pointer: pointer + index * SORT_ENTRY.bytes, count: count - index }
      copyInto(this.#copy, kept, this.#spare)
    }
    this.#filling.clear()
    ;[this.#filling, this.#spare] = [this.#spare, this.#filling]
  }

  close(): void {
    this.#filling.close()
    this.#spare.close()
    this.#copy.close()
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
    const source = new RowSource(shape.layout, ENTRY)
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
      runtime.heap.u32[(instance.block + source.base) >>> 2] = entries.pointer
      instance.run(0, entries.count)
      into.detach()
    },
    close() {
      compiled?.instance.close()
      compiled = null
    },
  }
}

function copyInto(copy: Gatherer, entries: SortedEntries, into: SortSinkRuntime): void {
  try {
    copy.copy(entries, into)
  } catch (error) {
    if (!(error instanceof LakebookError) || error.code !== 'out_of_memory') throw error
    throw new LakebookError('out_of_memory', `Rows of a window do not fit the heap. ${error.message}`, {
      hint: 'Raise the heap budget, or leave wide columns out of the query.',
      cause: error,
    })
  }
}
