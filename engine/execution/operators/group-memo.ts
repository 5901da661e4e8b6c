import type { Local } from '../../codegen/assembler.ts'
import type { CodedColumn, PipelineCompiler } from '../pipeline-compiler.ts'

/** Combinations of codes that fit the memo, as a power of two: 8 KiB stay in the first-level cache. */
const MEMO_BITS = 11
const MEMO_BYTES = 4 << MEMO_BITS

/** The memo's entry of the current row. */
interface MemoEntry {
  readonly address: Local
}

/**
 * Remembers the group of each combination of codes, so that a row whose keys all come as codes finds its group by one
 * load. It holds for one run of the code, within one chunk, as long as no group moves; then it is begun anew.
 */
export class GroupMemo {
  readonly #compiler: PipelineCompiler
  readonly #offset: number
  /** 0 at the start of each run: the memo is to be emptied before it is used. */
  readonly #isBegun: Local
  /** 1 when the chunk's combinations are few enough. */
  readonly #isUsed: Local

  /** In `prepare`. */
  constructor(compiler: PipelineCompiler) {
    this.#compiler = compiler
    this.#offset = compiler.state(MEMO_BYTES)
    this.#isBegun = compiler.f.local('i32')
    this.#isUsed = compiler.f.local('i32')
  }

  /** Emits: groups may have moved. */
  forget(): void {
    const { f } = this.#compiler
    f.i32(0)
    f.set(this.#isBegun)
  }

  /** Emits the setting of `row` to the group of the current row, 0 when it is not known. */
  recall(row: Local, loadCodes: readonly (() => CodedColumn)[]): MemoEntry {
    const { f, thread } = this.#compiler
    const address = f.local('i32')
    const columns = loadCodes.map((load) => ({ ...load(), bits: f.local('i32') }))
    f.get(this.#isBegun)
    f.op('i32.eqz')
    f.if(() => this.#begin(columns))
    f.i32(0)
    f.set(row)
    f.get(this.#isUsed)
    f.if(() => {
      columns.forEach((column, index) => {
        if (index > 0) {
          f.get(column.bits)
          f.op('i32.shl')
        }
        this.#pushCode(column)
        if (index > 0) f.op('i32.or')
      })
      f.i32((1 << MEMO_BITS) - 1)
      f.op('i32.and')
      f.i32(2)
      f.op('i32.shl')
      f.get(thread)
      f.op('i32.add')
      f.tee(address)
      f.memory('i32.load', this.#offset)
      f.set(row)
    })
    return { address }
  }

  /** Emits the remembering of `row`, which was found after `recall` had not. */
  remember(row: Local, { address }: MemoEntry): void {
    const { f } = this.#compiler
    f.get(this.#isUsed)
    f.if(() => {
      f.get(address)
      f.get(row)
      f.memory('i32.store', this.#offset)
    })
  }

  /** Each column takes as many bits as its codes need, NULL being one more. */
  #begin(columns: readonly (CodedColumn & { readonly bits: Local })[]): void {
    const { f, thread } = this.#compiler
    const sum = f.local('i32')
    f.i32(0)
    f.set(sum)
    for (const { bits, valid, pushEntries } of columns) {
      f.i32(32)
      pushEntries()
      f.i32(valid === null ? 1 : 0)
      f.op('i32.sub')
      f.op('i32.clz')
      f.op('i32.sub')
      f.tee(bits)
      f.get(sum)
      f.op('i32.add')
      f.set(sum)
    }
    f.get(sum)
    f.i32(MEMO_BITS)
    f.op('i32.le_u')
    f.set(this.#isUsed)
    f.i32(1)
    f.set(this.#isBegun)
    f.get(this.#isUsed)
    f.if(() => {
      f.get(thread)
      f.i32(this.#offset)
      f.op('i32.add')
      f.i32(0)
      f.i32(4)
      f.get(sum)
      f.op('i32.shl')
      f.memoryFill()
    })
  }

  #pushCode({ code, valid, pushEntries }: CodedColumn): void {
    const { f } = this.#compiler
    f.get(code)
    if (valid === null) return
    pushEntries()
    f.get(valid)
    f.op('select')
  }
}
