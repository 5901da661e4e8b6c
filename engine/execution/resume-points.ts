import { THREAD_BLOCK } from '../codegen/code-context.ts'
import { internalError } from '../errors.ts'
import type { Local, WasmType } from '../codegen/assembler.ts'
import type { PipelineCompiler } from './pipeline-compiler.ts'

/** Fuel between two looks at the cancel flag, where a row cannot be left. */
const UNTIL_LOOK = 0x1000

/**
 * Where a pipeline can be left in the middle of a row, so that a turn ends in time whatever the row multiplies to.
 *
 * Steps that make many rows of one have a point each. They spend fuel, which the driver hands out for each call. When it
 * is used up, `run` returns: the block says at which row it was and at which point, and keeps where each step was within
 * the row. The next call begins with the same row. Up to the point it only computes the row's columns again: nothing is
 * counted, numbered or emitted twice. Of what cannot be computed again, such as a random number, a row may not be left.
 */
export class ResumePoints {
  readonly #compiler: PipelineCompiler
  #fuel: Local | null = null
  /** The number of the point that the row was left at, 0 when it was not. */
  #left: Local | null = null
  #points = 0
  #entered = 0

  constructor(compiler: PipelineCompiler) {
    this.#compiler = compiler
  }

  /** Only in a step's `prepare`. */
  add(): ResumePoint {
    this.#fuel ??= this.#compiler.stateLocal(THREAD_BLOCK.fuel, 'i32')
    this.#left ??= this.#compiler.stateLocal(THREAD_BLOCK.left, 'i32')
    return new ResumePoint(this.#compiler, this, ++this.#points)
  }

  /** Emits, at the end: where the row is that was left. */
  emitKeepRow(index: Local): void {
    if (this.#points === 0) return
    const { f, thread } = this.#compiler
    f.get(thread)
    f.get(index)
    f.memory('i32.store', THREAD_BLOCK.at)
  }

  /** Pushes 1, or 0 when the current row has been here before (i32). */
  pushFirstTime(): void {
    const { f } = this.#compiler
    if (this.#left === null || this.#entered === this.#points) {
      f.i32(1)
      return
    }
    f.get(this.#left)
    f.op('i32.eqz')
  }

  /** For `ResumePoint`. */
  enter(number: number): { readonly fuel: Local; readonly left: Local } {
    if (this.#fuel === null || this.#left === null) throw internalError('a pipeline has no such point')
    this.#entered = number
    return { fuel: this.#fuel, left: this.#left }
  }
}

/** The point of one step. */
export class ResumePoint {
  readonly #compiler: PipelineCompiler
  readonly #points: ResumePoints
  readonly #number: number

  /** Made by `ResumePoints.add`. */
  constructor(compiler: PipelineCompiler, points: ResumePoints, number: number) {
    this.#compiler = compiler
    this.#points = points
    this.#number = number
  }

  /** A local that keeps its value when the row is left. Only in `prepare`. */
  local(type: WasmType): Local {
    return this.#compiler.stateLocal(this.#compiler.state(8), type)
  }

  /** Emits code for a row that comes here for the first time. What it sets are locals of the point. */
  emitOnArrival(body: () => void): void {
    const { f } = this.#compiler
    f.get(this.#points.enter(this.#number).left)
    f.op('i32.eqz')
    f.if(body)
  }

  /** Pushes 1 when the row was left further on, so that what is done here was done (i32). */
  pushPassed(): void {
    const { f } = this.#compiler
    f.get(this.#points.enter(this.#number).left)
    f.i32(this.#number)
    f.op('i32.gt_u')
  }

  /** Emits: the step goes on from here if the row was left here. */
  emitGoOn(): void {
    const { f } = this.#compiler
    f.i32(0)
    f.set(this.#points.enter(this.#number).left)
  }

  /** Emits: some fuel is spent; the row is left when there is no more. The point's locals say where to go on. */
  emitSpend(): void {
    const { f } = this.#compiler
    const { fuel, left } = this.#points.enter(this.#number)
    f.get(fuel)
    f.i32(1)
    f.op('i32.sub')
    f.tee(fuel)
    f.op('i32.eqz')
    f.if(() => {
      if (!this.#compiler.isSerial) {
        f.i32(this.#number)
        f.set(left)
        this.#compiler.leave()
        return
      }
      f.i32(UNTIL_LOOK)
      f.set(fuel)
      f.get(this.#compiler.thread)
      f.memory('i32.load', THREAD_BLOCK.cancelFlag)
      f.memory('i32.load')
      f.i32(1)
      f.op('i32.and')
      f.if(() => this.#compiler.stop())
    })
  }
}
