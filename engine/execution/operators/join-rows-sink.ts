import type { Local } from '../../codegen/assembler.ts'
import { compileExpression } from '../../codegen/expression.ts'
import type { Value } from '../../codegen/value.ts'
import type { PipelineCompiler, SinkCode } from '../pipeline-compiler.ts'
import { emitAppend, emitReserve, prepareRowStore, type RowStoreLocals } from '../row-store.ts'
import { JOIN_FLAGS, JOIN_HEADER, type JoinKey, type JoinSide } from './join-shape.ts'
import { emitLookup } from './row-keys.ts'

/** `computed`: keys are expressions over the input. `stored`: the input was stored before, keys are columns. */
export type KeySource = 'computed' | 'stored'

/** Emits the keys of the current row. */
export function emitKeys(
  compiler: PipelineCompiler,
  keys: readonly JoinKey[],
  from: KeySource,
): readonly Value[] {
  return keys.map(({ column, expression }) =>
    from === 'stored' ? compiler.column(column.id) : compileExpression(compiler, expression),
  )
}

/** 1 when no key is NULL that must not be; null when that is always so. */
export function emitKeysValid(
  compiler: PipelineCompiler,
  keys: readonly JoinKey[],
  values: readonly Value[],
): Local | null {
  const { f } = compiler
  const valids = values.flatMap(({ valid }, index) =>
    valid === null || keys[index]!.nullSafe ? [] : [valid],
  )
  if (valids.length === 0) return null
  valids.forEach((valid, index) => {
    f.get(valid)
    if (index > 0) f.op('i32.and')
  })
  return f.keep('i32')
}

/** Code that stores the rows of one side of a join. Calls the runtime (event 0) when there is no room. */
export class JoinRowsSink implements SinkCode {
  readonly #side: JoinSide
  readonly #from: KeySource
  #store: RowStoreLocals | null = null
  #dropped: { readonly offset: number; readonly local: Local } | null = null

  constructor(side: JoinSide, from: KeySource) {
    this.#side = side
    this.#from = from
  }

  get storeSlots(): number {
    return this.#store?.slots ?? 0
  }

  /** Block offset of the u32 count of rows that were dropped for a NULL key. */
  get dropped(): number {
    return this.#dropped?.offset ?? 0
  }

  prepare(compiler: PipelineCompiler): void {
    this.#store = prepareRowStore(compiler)
    const offset = compiler.state(8)
    this.#dropped = { offset, local: compiler.stateLocal(offset, 'i32') }
  }

  emit(compiler: PipelineCompiler): void {
    const { f } = compiler
    const keys = emitKeys(compiler, this.#side.keys, this.#from)
    const valid = emitKeysValid(compiler, this.#side.keys, keys)
    if (valid === null || !this.#side.dropsNullKeys) {
      this.#emitStore(compiler, keys, valid)
      return
    }
    f.get(valid)
    f.if(
      () => compiler.branch(() => this.#emitStore(compiler, keys, null)),
      () => {
        const { local } = this.#dropped!
        f.get(local)
        f.i32(1)
        f.op('i32.add')
        f.set(local)
      },
    )
  }

  #emitStore(compiler: PipelineCompiler, keys: readonly Value[], valid: Local | null): void {
    const { f } = compiler
    const store = this.#store!
    const { layout, stored } = this.#side
    const values = stored.map((column) => {
      const key = this.#side.keys.findIndex((candidate) => candidate.column === column)
      return key < 0 ? compiler.column(column.id) : keys[key]!
    })
    const { hash } = emitLookup(compiler, keys)
    emitReserve(compiler, store, layout, values, 0)
    const row = emitAppend(compiler, store, layout, values)
    f.get(row)
    f.get(hash)
    f.memory('i32.store', JOIN_HEADER.hash)
    f.get(row)
    if (valid === null) {
      f.i32(0)
    } else {
      f.get(valid)
      f.op('i32.eqz')
      f.i32(Math.log2(JOIN_FLAGS.loose))
      f.op('i32.shl')
    }
    f.memory('i32.store', JOIN_HEADER.flags)
  }
}
