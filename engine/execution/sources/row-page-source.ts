import type { Local } from '../../codegen/assembler.ts'
import type { PipelineCompiler, SourceCode } from '../pipeline-compiler.ts'
import { defineFields, type RowLayout } from '../row-layout.ts'

/** Code that reads materialised rows one after the other as they lie in a page of a row store. */
export class RowPageSource implements SourceCode {
  readonly repeatable = true
  readonly layout: RowLayout
  /** Emits a test of the row and pushes 1 for rows to keep; null keeps all. */
  readonly keep: ((compiler: PipelineCompiler, row: Local) => void) | null
  #base = 0

  constructor(layout: RowLayout, keep: ((compiler: PipelineCompiler, row: Local) => void) | null = null) {
    this.layout = layout
    this.keep = keep
  }

  /** Where in the thread's block the address of row 0 (u32) belongs. */
  get base(): number {
    return this.#base
  }

  prepare(compiler: PipelineCompiler): void {
    this.#base = compiler.state(8)
  }

  emit(compiler: PipelineCompiler, index: Local, next: () => void): void {
    const { f, thread } = compiler
    f.get(thread)
    f.memory('i32.load', this.#base)
    f.get(index)
    f.i32(this.layout.width)
    f.op('i32.mul')
    f.op('i32.add')
    const row = f.keep('i32')
    const body = (): void => {
      defineFields(compiler, row, this.layout)
      next()
    }
    if (this.keep === null) {
      body()
      return
    }
    this.keep(compiler, row)
    f.if(body)
  }
}
