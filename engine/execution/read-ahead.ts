import type { Local } from '../codegen/assembler.ts'
import type { PipelineCompiler, SourceCode, Step } from './pipeline-compiler.ts'

/** Rows that are let pass, and looked up, before the first of them goes on. */
const BLOCK_ROWS = 256
const POINTER_BYTES = 4

/**
 * A pipeline in blocks of rows, for a step that looks each row up in a table larger than the processor's caches.
 *
 * Row by row, every row waits for memory: what comes between two lookups, such as a LIKE, keeps the processor from
 * starting the second before the first is done. So a block's rows are first taken through the steps before the lookup,
 * which remembers the numbers of those that pass and reads where their lookups begin; then what lies there is read, in
 * a loop that does nothing else, and many reads are on their way at once. Only then do the rows go on, one after the
 * other, and find what they look up in the cache. (Menon, Mowry, Pavlo: Relaxed Operator Fusion, VLDB 2017.)
 *
 * Steps before the lookup meet a row twice: what they let pass is known the second time, columns are computed again. A
 * row that is left in its middle (`ResumePoints`) begins a block of its own when the pipeline goes on.
 */
export class ReadAhead {
  /** The number of the row that is on its way. */
  readonly row: Local
  /** Of the step that looks up. */
  readonly #at: number
  readonly #compiler: PipelineCompiler
  readonly #source: SourceCode
  readonly #steps: readonly Step[]
  /** Block offsets: numbers of rows, and addresses of what they will look at, u32 each. */
  readonly #numbers: number
  readonly #addresses: number
  /** What was read, so that no compiler takes the reading out. */
  readonly #read: number
  /** Rows before it were counted by the steps before the lookup. */
  readonly #counted: Local

  private constructor(compiler: PipelineCompiler, source: SourceCode, steps: readonly Step[], at: number) {
    this.#compiler = compiler
    this.#source = source
    this.#steps = steps
    this.#at = at
    this.#numbers = compiler.state(BLOCK_ROWS * POINTER_BYTES)
    this.#addresses = compiler.state(BLOCK_ROWS * POINTER_BYTES)
    this.#read = compiler.state(POINTER_BYTES)
    this.#counted = compiler.stateLocal(compiler.state(POINTER_BYTES), 'i32')
    this.row = compiler.f.local('i32')
  }

  /** Null where no step asks for it, or one before it takes no row twice. Only where steps are prepared. */
  static of(compiler: PipelineCompiler, source: SourceCode, steps: readonly Step[]): ReadAhead | null {
    const at = steps.findIndex(({ pushAhead }) => pushAhead !== undefined)
    if (at < 0 || source.repeatable !== true) return null
    if (steps.slice(0, at).some((step) => step.emitAgain === undefined)) return null
    return new ReadAhead(compiler, source, steps, at)
  }

  /** Emits the beginning of a run at row `begin`. */
  emitBegin(begin: Local): void {
    const { f, resume } = this.#compiler
    resume.pushFirstTime()
    f.if(() => {
      f.get(begin)
      f.set(this.#counted)
    })
  }

  /** Emits a block of rows from `index` on, which moves behind them. `emitRest` emits the steps from one on. */
  emitBlock(index: Local, end: Local, emitRest: (at: number) => void): void {
    const { f } = this.#compiler
    const found = f.local('i32')
    f.i32(0)
    f.set(found)
    this.#emitLetPass(index, end, found)
    this.#emitRead(found)
    this.#emitEach(found, () => {
      this.#emitAgain(0, emitRest)
    })
  }

  #emitLetPass(index: Local, end: Local, found: Local): void {
    const compiler = this.#compiler
    const { f } = compiler
    f.loop((more) => {
      compiler.countWhere(
        () => {
          f.get(index)
          f.get(this.#counted)
          f.op('i32.ge_u')
        },
        () => {
          compiler.branch(() => {
            this.#source.emit(compiler, index, () => {
              this.#emitBefore(0, () => {
                this.#pushPlace(found)
                f.get(index)
                f.memory('i32.store', this.#numbers)
                this.#steps[this.#at]!.pushAhead!(compiler)
                const address = f.keep('i32')
                this.#pushPlace(found)
                f.get(address)
                f.memory('i32.store', this.#addresses)
                increment(compiler, found)
              })
            })
          })
        },
      )
      increment(compiler, index)
      f.get(index)
      f.get(end)
      f.op('i32.lt_u')
      f.get(found)
      f.i32(BLOCK_ROWS)
      f.op('i32.lt_u')
      f.op('i32.and')
      f.brIf(more)
    })
    f.get(index)
    f.get(this.#counted)
    f.get(index)
    f.get(this.#counted)
    f.op('i32.gt_u')
    f.op('select')
    f.set(this.#counted)
  }

  #emitBefore(at: number, next: () => void): void {
    if (at === this.#at) {
      next()
      return
    }
    this.#steps[at]!.emit(this.#compiler, () => {
      this.#emitBefore(at + 1, next)
    })
  }

  #emitAgain(at: number, emitRest: (at: number) => void): void {
    if (at === this.#at) {
      emitRest(at)
      return
    }
    this.#steps[at]!.emitAgain!(this.#compiler, () => {
      this.#emitAgain(at + 1, emitRest)
    })
  }

  #emitRead(found: Local): void {
    const { f, thread } = this.#compiler
    const read = f.local('i32')
    f.i32(0)
    f.set(read)
    this.#emitLoop(found, (at) => {
      this.#pushPlace(at)
      f.memory('i32.load', this.#addresses)
      f.memory('i32.load')
      f.get(read)
      f.op('i32.xor')
      f.set(read)
    })
    f.get(thread)
    f.get(read)
    f.memory('i32.store', this.#read)
  }

  #emitEach(found: Local, rest: () => void): void {
    const compiler = this.#compiler
    const { f } = compiler
    this.#emitLoop(found, (at) => {
      this.#pushPlace(at)
      f.memory('i32.load', this.#numbers)
      f.set(this.row)
      compiler.branch(() => {
        this.#source.emit(compiler, this.row, rest)
      })
    })
  }

  #emitLoop(count: Local, body: (at: Local) => void): void {
    const compiler = this.#compiler
    const { f } = compiler
    const at = f.local('i32')
    f.i32(0)
    f.set(at)
    f.block((done) => {
      f.loop((next) => {
        f.get(at)
        f.get(count)
        f.op('i32.ge_u')
        f.brIf(done)
        body(at)
        increment(compiler, at)
        f.br(next)
      })
    })
  }

  /** Pushes where, from an array's offset in the block on, the element at an index is. */
  #pushPlace(at: Local): void {
    const { f, thread } = this.#compiler
    f.get(thread)
    f.get(at)
    f.i32(2)
    f.op('i32.shl')
    f.op('i32.add')
  }
}

function increment({ f }: PipelineCompiler, local: Local): void {
  f.get(local)
  f.i32(1)
  f.op('i32.add')
  f.set(local)
}
