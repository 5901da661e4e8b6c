import type { Local } from '../../codegen/assembler.ts'
import type { Value } from '../../codegen/value.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { pushRow, type PartitionLocals, type WindowRows } from './window-frame.ts'
import type { FrameState } from './window-state.ts'
import { HeapTree } from './window-tree.ts'

/** Rows that stay in the heap, behind sorted entries. The loops over them are never left before their end. */
export class HeapRows implements WindowRows {
  readonly leave = false
  readonly #compiler: PipelineCompiler
  readonly #entries: Local

  constructor(compiler: PipelineCompiler, entries: Local) {
    this.#compiler = compiler
    this.#entries = entries
  }

  push(index: Local): void {
    pushRow(this.#compiler, this.#entries, index)
  }

  pause(): void {
    // goes on
  }

  pushArea(): void {
    this.#compiler.f.get(this.#compiler.thread)
  }

  keep(value: Value): Value {
    return value
  }

  tree(states: readonly FrameState[], locals: PartitionLocals): HeapTree {
    return new HeapTree(this.#compiler, states, locals)
  }
}
