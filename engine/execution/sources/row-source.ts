import type { Local } from '../../codegen/assembler.ts'
import { defineFields, type RowLayout } from '../row-layout.ts'
import type { PipelineCompiler, SourceCode } from '../pipeline-compiler.ts'

/**
 * Code that reads materialised rows through an array of pointers (`stride` bytes apart, the u32 pointer at
 * `pointerOffset` of each entry): a sorted run's entries, a hash table's directory. Null pointers are skipped.
 */
export class RowSource implements SourceCode {
  readonly repeatable = true
  readonly layout: RowLayout
  readonly stride: number
  readonly pointerOffset: number
  /** Emits a test of the row and pushes 1 for rows to keep; null keeps all. */
  readonly keep: ((compiler: PipelineCompiler, row: Local) => void) | null
  #base = 0

  constructor(
    layout: RowLayout,
    entries: { readonly stride: number; readonly pointerOffset: number },
    keep: ((compiler: PipelineCompiler, row: Local) => void) | null = null,
  ) {
    this.layout = layout
    this.stride = entries.stride
    this.pointerOffset = entries.pointerOffset
    this.keep = keep
  }

  /** Where in the thread's block the address of entry 0 (u32) belongs. */
  get base(): number {
    return this.#base
  }

  prepare(compiler: PipelineCompiler): void {
    this.#base = compiler.state(8)
  }

  emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    const { f, thread } = compiler
    const row = f.local('i32')
    f.get(thread)
    f.memory('i32.load', this.#base)
    f.get(index)
    f.i32(this.stride)
    f.op('i32.mul')
    f.op('i32.add')
    f.memory('i32.load', this.pointerOffset)
    f.tee(row)
    f.if(() => {
      const body = (): void => {
        defineFields(compiler, row, this.layout)
        next()
      }
      if (this.keep === null) {
        body()
      } else {
        this.keep(compiler, row)
        f.if(body)
      }
    })
  }
}
