import { internalError } from '../../errors.ts'
import type { PageOwner } from '../../memory/page-owner.ts'
import { ConstantArea } from '../constant-area.ts'
import { compileModule } from '../module-cache.ts'
import { PipelineCompiler, type PipelineProgram, type SinkCode } from '../pipeline-compiler.ts'
import type { RowPage } from '../row-store.ts'
import { RowPageSource } from '../sources/row-page-source.ts'
import { PipelineInstance, type ThreadRuntime } from '../thread-runtime.ts'
import { spilledLayout, type AggregateShape } from './aggregate-shape.ts'

/** What merges: an aggregate's sink, with code in the mode `merge`. */
export interface MergeTarget {
  attach(instance: PipelineInstance, code: SinkCode): void
  onEvent(kind: number, argument: number): number
  detach(): void
}

interface Prepared {
  readonly program: PipelineProgram
  readonly module: WebAssembly.Module
  readonly source: RowPageSource
  readonly code: SinkCode
  readonly instance: PipelineInstance
  target: MergeTarget | null
}

/** Feeds states that other threads gathered into an aggregate, synchronously. */
export class PartMerge {
  readonly #runtime: ThreadRuntime
  readonly #owner: PageOwner
  readonly #shape: AggregateShape
  #prepared: Prepared | null = null

  constructor(runtime: ThreadRuntime, owner: PageOwner, shape: AggregateShape) {
    this.#runtime = runtime
    this.#owner = owner
    this.#shape = shape
  }

  /** Compiles, and takes memory for, what `run` needs. */
  prepare(code: SinkCode): void {
    if (this.#prepared !== null) return
    const { heap } = this.#runtime
    const source = new RowPageSource(spilledLayout(this.#shape))
    const constants = new ConstantArea(this.#owner)
    const program = new PipelineCompiler({ shared: heap.shared, constants }).compile(source, [], code)
    const module = compileModule(program.bytes)
    const instance = new PipelineInstance(this.#runtime, program, module, this.#owner, (kind, argument) => {
      const target = this.#prepared?.target
      if (!target) throw internalError('states are merged into nothing')
      return target.onEvent(kind, argument >>> 0)
    })
    this.#prepared = { program, module, source, code, instance, target: null }
  }

  /** Feeds the rows of these pages. */
  run(target: MergeTarget, pages: readonly RowPage[]): void {
    const prepared = this.#prepared
    if (prepared === null) throw internalError('the merge of states was not prepared')
    const { instance, source, code } = prepared
    prepared.target = target
    target.attach(instance, code)
    try {
      for (const { pointer, rows } of pages) {
        this.#runtime.heap.u32[(instance.block + source.base) >>> 2] = pointer
        instance.run(0, rows)
        instance.resetScratch()
      }
    } finally {
      target.detach()
      prepared.target = null
    }
  }

  close(): void {
    this.#prepared?.instance.close()
    this.#prepared = null
  }
}
