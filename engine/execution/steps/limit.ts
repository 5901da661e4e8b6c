import type { Local } from '../../codegen/assembler.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/** Skips `offset` rows, passes `limit` (at least 1), then ends the pipeline. Its pipeline runs on one thread, in order. */
export class LimitStep implements Step {
  readonly #limit: number | null
  readonly #offset: number
  readonly #operator: number
  #seen: Local | null = null

  constructor(limit: number | null, offset: number, operator: number) {
    this.#limit = limit
    this.#offset = offset
    this.#operator = operator
  }

  prepare(compiler: PipelineCompiler): void {
    this.#seen = compiler.stateLocal(compiler.state(8), 'i64')
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const seen = this.#seen!
    f.get(seen)
    f.i64(1n)
    f.op('i64.add')
    f.tee(seen)
    f.i64(BigInt(this.#offset))
    f.op('i64.gt_u')
    f.if(() => {
      compiler.branch(() => {
        compiler.count(this.#operator)
        next()
      })
    })
    if (this.#limit !== null) {
      f.get(seen)
      f.i64(BigInt(this.#offset) + BigInt(this.#limit))
      f.op('i64.ge_u')
      f.if(() => {
        compiler.stop()
      })
    }
  }
}
