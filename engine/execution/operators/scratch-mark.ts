import type { Local } from '../../codegen/assembler.ts'
import { THREAD_BLOCK } from '../../codegen/code-context.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'

/** A place in the scratch area of the code's block, to which it can be emptied again. */
export class ScratchMark {
  readonly #compiler: PipelineCompiler
  readonly #next: Local
  readonly #end: Local

  constructor(compiler: PipelineCompiler) {
    this.#compiler = compiler
    this.#next = compiler.f.local('i32')
    this.#end = compiler.f.local('i32')
  }

  /** Emits: this is the place. */
  set(): void {
    const { f } = this.#compiler
    this.#push('scratchNext')
    f.set(this.#next)
    this.#push('scratchEnd')
    f.set(this.#end)
  }

  /** Emits: what was taken since goes. An area that was begun since is emptied; one that got full meanwhile stays so. */
  restore(): void {
    const { f, thread } = this.#compiler
    f.get(thread)
    f.get(this.#next)
    this.#push('scratchBegin')
    f.get(this.#end)
    this.#push('scratchEnd')
    f.op('i32.eq')
    f.op('select')
    f.memory('i32.store', THREAD_BLOCK.scratchNext)
  }

  #push(field: 'scratchNext' | 'scratchBegin' | 'scratchEnd'): void {
    const { f, thread } = this.#compiler
    f.get(thread)
    f.memory('i32.load', THREAD_BLOCK[field])
  }
}
