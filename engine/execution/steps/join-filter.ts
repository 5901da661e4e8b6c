import type { Local } from '../../codegen/assembler.ts'
import { emitLookup } from '../operators/row-keys.ts'
import type { KeySet } from '../operators/join-filter.ts'
import type { ColumnId } from '../../plan/plan.ts'
import type { PipelineCompiler, Step } from '../pipeline-compiler.ts'

/** Lets rows pass whose value may be among the keys of a hash table; NULL is not. */
export class JoinFilterStep implements Step {
  readonly stateless = true
  readonly #column: ColumnId
  readonly #set: KeySet
  /** Address of the set's address: the code is the same wherever the set lies. */
  readonly #cell: number
  readonly #operator: number

  constructor(column: ColumnId, set: KeySet, cell: number, operator: number) {
    this.#column = column
    this.#set = set
    this.#cell = cell
    this.#operator = operator
  }

  emitAgain(_: PipelineCompiler, next: () => void): void {
    next()
  }

  emit(compiler: PipelineCompiler, next: () => void): void {
    const { f } = compiler
    const value = compiler.column(this.#column)
    const test = (): void => {
      if (this.#set.kind === 'keys') this.#emitByKey(compiler, next)
      else this.#emitByHash(compiler, next)
    }
    if (value.valid === null) {
      test()
      return
    }
    f.get(value.valid)
    f.if(() => compiler.branch(test))
  }

  #emitByKey(compiler: PipelineCompiler, next: () => void): void {
    const set = this.#set as KeySet & { kind: 'keys' }
    const { f } = compiler
    const { physical, locals } = compiler.column(this.#column)
    f.get(locals[0]!)
    if (physical !== 'i64') f.op(physical.startsWith('u') ? 'i64.extend_i32_u' : 'i64.extend_i32_s')
    f.i64(set.base)
    f.op('i64.sub')
    const place = f.keep('i64')
    f.get(place)
    f.i64(BigInt(set.length))
    f.op('i64.lt_u')
    f.if(() =>
      compiler.branch(() => {
        f.get(place)
        f.op('i32.wrap_i64')
        this.#emitIfSet(compiler, f.keep('i32'), next)
      }),
    )
  }

  #emitByHash(compiler: PipelineCompiler, next: () => void): void {
    const set = this.#set as KeySet & { kind: 'hashes' }
    const { f } = compiler
    const { hash } = emitLookup(compiler, [compiler.column(this.#column)])
    f.get(hash)
    f.i32(set.mask)
    f.op('i32.and')
    this.#emitIfSet(compiler, f.keep('i32'), next)
  }

  #emitIfSet(compiler: PipelineCompiler, place: Local, next: () => void): void {
    const { f } = compiler
    f.i32(this.#cell)
    f.memory('i32.load')
    f.get(place)
    f.i32(3)
    f.op('i32.shr_u')
    f.op('i32.add')
    f.memory('i32.load8_u')
    f.get(place)
    f.i32(7)
    f.op('i32.and')
    f.op('i32.shr_u')
    f.i32(1)
    f.op('i32.and')
    f.if(() =>
      compiler.branch(() => {
        compiler.count(this.#operator)
        next()
      }),
    )
  }
}
