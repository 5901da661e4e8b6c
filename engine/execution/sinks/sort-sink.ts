import { emitCompare } from '../../codegen/compare.ts'
import { emitKeyPrefix } from '../../codegen/normalized-key.ts'
import { compileExpression } from '../../codegen/expression.ts'
import type { FunctionBuilder, FunctionRef, Local } from '../../codegen/assembler.ts'
import { declareValue, type Value } from '../../codegen/value.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import type { Column, Expression, SortKey } from '../../plan/plan.ts'
import type { PipelineCompiler, SinkCode } from '../pipeline-compiler.ts'
import { emitLoadField, layoutRow, type RowField, type RowLayout } from '../row-layout.ts'
import {
  emitAppend,
  emitAppendBorrowed,
  emitReserve,
  prepareRowStore,
  type RowStoreLocals,
} from '../row-store.ts'
import { emitKeyWords } from './key-words.ts'
import { SORT_ENTRY, type SortedField } from './sort-entry.ts'

/**
 * Rows to be sorted: the columns that are wanted later, then a hidden column for each key that is not one of them,
 * then space for columns that are filled in once the rows are in order.
 */
export interface SortShape {
  readonly layout: RowLayout
  readonly keys: readonly SortedField[]
  readonly hidden: readonly { readonly column: Column; readonly expression: Expression }[]
  readonly reserved: readonly Column[]
  /**
   * The last key, which no two rows share: the number of the row in the input, where it is a column. Null: rows that come
   * first are first among equals.
   */
  readonly arrival: (SortedField & { readonly number: Column }) | null
}

export function sortShape(
  columns: readonly Column[],
  keys: readonly SortKey[],
  extra: {
    readonly computed?: SortShape['hidden']
    readonly reserved?: readonly Column[]
    /** The column that numbers the rows of the input. */
    readonly arrival?: Column | null
  } = {},
): SortShape {
  const { computed = [], reserved = [], arrival = null } = extra
  const hidden = [...computed]
  const known = new Set([...columns, ...computed.map(({ column }) => column)].map(({ id }) => id))
  const columnOfKey = ({ expression }: SortKey): number => {
    if (expression.kind === 'column' && known.has(expression.id)) return expression.id
    const column = newColumn(`key ${hidden.length + 1}`, expression.type, expression.nullable)
    hidden.push({ column, expression })
    return column.id
  }
  const keyIds = keys.map(columnOfKey)
  const lastId = arrival && columnOfKey({ expression: columnReference(arrival), ...ASCENDING })
  const layout = layoutRow([...columns, ...hidden.map(({ column }) => column), ...reserved], 0)
  const fieldOf = (id: number): RowField => layout.fields.find((field) => field.column.id === id)!
  return {
    layout,
    hidden,
    reserved,
    keys: keys.map(({ descending, nullsFirst }, index) => ({
      field: fieldOf(keyIds[index]!),
      descending,
      nullsFirst,
    })),
    arrival: arrival && { field: fieldOf(lastId!), ...ASCENDING, number: arrival },
  }
}

const ASCENDING = { descending: false, nullsFirst: false } as const

/** The rows without what is filled in later. */
export function sortedLayout({ layout, reserved }: SortShape): RowLayout {
  const later = new Set(reserved)
  return { ...layout, fields: layout.fields.filter(({ column }) => !later.has(column)) }
}

export const SORT_EVENT = { rowStoreFull: 1, entriesFull: 2 } as const

/** Block fields after the row store's: u32 next entry, u32 end of entries, u32 sequence, then u64 boundary. */
export const SORT_STATE = { entryNext: 0, entryEnd: 4, sequence: 8, boundary: 16, bytes: 24 } as const

/**
 * What comes in. `input`: keys are computed, and all is copied. `sorted`: rows of another sort, which have their keys.
 * `borrowed`: such rows whose texts stay where they are.
 */
export type SortIntake = 'input' | 'sorted' | 'borrowed'

/**
 * Code that keeps rows and writes a sort entry for each. Rows whose prefix is above the boundary cannot be among the
 * first ones wanted and are left out.
 */
export class SortSink implements SinkCode {
  readonly #shape: SortShape
  readonly #operator: number
  readonly #intake: SortIntake
  #rows: RowStoreLocals | null = null
  #entryNext: Local | null = null
  #entryEnd: Local | null = null
  #sequence: Local | null = null
  #boundary: Local | null = null
  #state = 0
  #exact = false
  #hasWords = false

  constructor(shape: SortShape, operator: number, intake: SortIntake) {
    this.#shape = shape
    this.#operator = operator
    this.#intake = intake
  }

  /** Block offset of the row store's slots. */
  get slots(): number {
    return this.#rows?.slots ?? 0
  }

  /** Equal prefixes mean equal keys: no comparator is needed. Known after compilation. */
  get exact(): boolean {
    return this.#exact
  }

  /** Block offset of `SORT_STATE`. */
  get state(): number {
    return this.#state
  }

  prepare(compiler: PipelineCompiler): void {
    this.#rows = prepareRowStore(compiler)
    this.#state = compiler.state(SORT_STATE.bytes)
    this.#entryNext = compiler.stateLocal(this.#state + SORT_STATE.entryNext, 'i32')
    this.#entryEnd = compiler.stateLocal(this.#state + SORT_STATE.entryEnd, 'i32')
    this.#sequence = compiler.stateLocal(this.#state + SORT_STATE.sequence, 'i32')
    this.#boundary = compiler.stateLocal(this.#state + SORT_STATE.boundary, 'i64')
    emitComparator(compiler, this.#keys)
  }

  emit(compiler: PipelineCompiler): void {
    const { f } = compiler
    if (this.#intake === 'input') {
      for (const { column, expression } of this.#shape.hidden) {
        compiler.define(column.id, () => compileExpression(compiler, expression))
      }
    }
    for (const column of this.#shape.reserved) {
      // Locals that nothing sets: zero, and NULL where the column can be.
      compiler.define(column.id, () => declareValue(f, column.type, column.nullable))
    }
    const { layout } = this.#shape
    const { rest } = emitKeyPrefix(
      compiler,
      this.#keys.map(({ field, descending, nullsFirst }) => ({
        value: asDeclared(f, compiler.column(field.column.id), field.column.nullable),
        descending,
        nullsFirst,
      })),
    )
    this.#exact = rest === null
    const prefix = f.keep('i64')
    if (rest !== null && this.#intake === 'input' && !this.#hasWords) {
      this.#hasWords = true
      emitKeyWords(compiler, this.#keys, rest)
    }
    f.get(prefix)
    f.get(this.#boundary!)
    f.op('i64.le_u')
    f.if(() => {
      compiler.branch(() => {
        this.#keep(compiler, layout, prefix)
      })
    })
    if (this.#intake === 'input') compiler.count(this.#operator)
  }

  #emitRow(compiler: PipelineCompiler, layout: RowLayout, values: readonly Value[]): Local {
    if (this.#intake !== 'borrowed') {
      emitReserve(compiler, this.#rows!, layout, values, SORT_EVENT.rowStoreFull)
      return emitAppend(compiler, this.#rows!, layout, values)
    }
    const rowAlone = { ...layout, fields: [], hasArena: false }
    emitReserve(compiler, this.#rows!, rowAlone, [], SORT_EVENT.rowStoreFull)
    return emitAppendBorrowed(compiler, this.#rows!, layout, values)
  }

  get #keys(): readonly SortedField[] {
    const { keys, arrival } = this.#shape
    return arrival === null ? keys : [...keys, arrival]
  }

  #keep(compiler: PipelineCompiler, layout: RowLayout, prefix: Local): void {
    const { f } = compiler
    const entryNext = this.#entryNext!
    const sequence = this.#sequence!
    const values: Value[] = layout.fields.map(({ column }) => compiler.column(column.id))
    f.get(entryNext)
    f.get(this.#entryEnd!)
    f.op('i32.eq')
    f.if(() => {
      compiler.event(SORT_EVENT.entriesFull, 0)
      f.op('drop')
    })
    const row = this.#emitRow(compiler, layout, values)
    f.get(entryNext)
    f.get(prefix)
    f.memory('i64.store', SORT_ENTRY.prefix)
    f.get(entryNext)
    f.get(row)
    f.memory('i32.store', SORT_ENTRY.row)
    f.get(entryNext)
    f.get(sequence)
    f.memory('i32.store', SORT_ENTRY.sequence)
    f.get(sequence)
    f.i32(1)
    f.op('i32.add')
    f.set(sequence)
    f.get(entryNext)
    f.i32(SORT_ENTRY.bytes)
    f.op('i32.add')
    f.set(entryNext)
  }
}

/**
 * The value with a validity exactly where the sort's column has one. Inputs of a union may differ in what can be NULL,
 * and all of them must lay out the same bits in their prefixes.
 */
function asDeclared(f: FunctionBuilder, value: Value, nullable: boolean): Value {
  if (!nullable) return { ...value, valid: null }
  if (value.valid !== null) return value
  f.i32(1)
  return { ...value, valid: f.keep('i32') }
}

/** Adds `compare(rowA, rowB) → i32`, which compares two rows by these keys. */
export function emitComparator(compiler: PipelineCompiler, keys: readonly SortedField[]): FunctionRef {
  return compiler.function('compare', { params: ['i32', 'i32'], results: ['i32'] }, (f, [a, b]) => {
    keys.forEach(({ field, descending, nullsFirst }, index) => {
      const last = index === keys.length - 1
      emitCompare(compiler, emitLoadField(f, a!, field), emitLoadField(f, b!, field), {
        descending,
        nullsFirst,
      })
      if (last) return
      const order = f.keep('i32')
      f.get(order)
      f.if(() => {
        f.get(order)
        f.op('return')
      })
    })
    if (keys.length === 0) f.i32(0)
  })
}
