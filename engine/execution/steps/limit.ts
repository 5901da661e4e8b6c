import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/** Skips `offset` rows, passes `limit` (at least 1), then ends its pipeline. `counter` is the address of an i64. */
export class LimitStep implements Step {
  readonly #limit: number | null
  readonly #offset: number
  readonly #counter: number
  readonly #operator: number

  constructor(limit: number | null, offset: number, counter: number, operator: number) {
    this.#limit = limit
    this.#offset = offset
    this.#counter = counter
    this.#operator = operator
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const seen = f.local('i64')
    f.i32(this.#counter)
    f.i32(this.#counter)
    f.memory('i64.load')
    compiler.resume.pushFirstTime()
    f.op('i64.extend_i32_u')
    f.op('i64.add')
    f.tee(seen)
    f.memory('i64.store')
    f.get(seen)
    f.i64(BigInt(this.#offset))
    f.op('i64.gt_u')
    if (this.#limit !== null) {
      // An earlier part of the stream may have reached the limit.
      f.get(seen)
      f.i64(BigInt(this.#offset) + BigInt(this.#limit))
      f.op('i64.le_u')
      f.op('i32.and')
    }
    f.if(() => {
      compiler.branch(() => {
        compiler.count(this.#operator)
        next()
      })
    })
    if (this.#limit === null) return
    f.get(seen)
    f.i64(BigInt(this.#offset) + BigInt(this.#limit))
    f.op('i64.ge_u')
    f.if(() => {
      compiler.stop()
    })
  }
}
