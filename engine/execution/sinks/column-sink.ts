import { physicalType, physicalWidth } from '../../arrow/types.ts'
import type { Local } from '../../codegen/assembler.ts'
import { pushValid, storeValue } from '../../codegen/value.ts'
import type { Column } from '../../plan/plan.ts'
import type { PipelineCompiler, SinkCode } from '../pipeline-compiler.ts'

/** Bytes that staging may take: what a batch of wide rows is cut down to. */
const STAGING_BYTES = 512 * 1024
const MOST_ROWS = 8192

export interface StagingColumn {
  readonly column: Column
  /** Bytes from the start of the staging area. */
  readonly values: number
  /** Validity bytes; -1 for a column that is never NULL. */
  readonly valid: number
}

/** Where `rows` values of each column wait, one vector after the other, until they are sealed into an Arrow batch. */
export interface StagingLayout {
  readonly rows: number
  readonly bytes: number
  readonly columns: readonly StagingColumn[]
}

export function layoutStaging(columns: readonly Column[], stagingBytes: number): StagingLayout {
  const rowBytes = columns.reduce(
    (sum, c) => sum + physicalWidth(physicalType(c.type)) + (c.nullable ? 1 : 0),
    0,
  )
  // Each column is rounded up to 8 bytes.
  const fitting = Math.floor((stagingBytes - 8 * columns.length) / Math.max(1, rowBytes))
  const rows = Math.max(1, Math.min(MOST_ROWS, fitting))
  let at = 0
  const laidOut = columns.map((column) => {
    const values = at
    at += rows * physicalWidth(physicalType(column.type))
    const valid = column.nullable ? at : -1
    if (column.nullable) at += rows
    at = (at + 7) & ~7
    return { column, values, valid }
  })
  return { rows, bytes: Math.max(8, at), columns: laidOut }
}

/**
 * Code that gathers rows in a staging area, column by column. When it is full, the runtime seals it into a batch
 * (`event`, kind 0).
 */
export class ColumnSink implements SinkCode {
  readonly layout: StagingLayout
  readonly #operator: number
  #base: Local | null = null
  #count: Local | null = null
  #state = 0

  constructor(columns: readonly Column[], operator: number, stagingBytes = STAGING_BYTES) {
    this.layout = layoutStaging(columns, stagingBytes)
    this.#operator = operator
  }

  /** Block offset of u32 staging address and, 4 bytes on, u32 rows in it. */
  get state(): number {
    return this.#state
  }

  prepare(compiler: PipelineCompiler): void {
    this.#state = compiler.state(8)
    this.#base = compiler.stateLocal(this.#state, 'i32')
    this.#count = compiler.stateLocal(this.#state + 4, 'i32')
  }

  emit(compiler: PipelineCompiler): void {
    const { f } = compiler
    const base = this.#base!
    const count = this.#count!
    for (const { column, values, valid } of this.layout.columns) {
      const value = compiler.column(column.id)
      f.get(base)
      f.get(count)
      f.i32(physicalWidth(value.physical))
      f.op('i32.mul')
      f.op('i32.add')
      storeValue(f, value, f.keep('i32'), values)
      if (valid >= 0) {
        f.get(base)
        f.get(count)
        f.op('i32.add')
        pushValid(f, value)
        f.memory('i32.store8', valid)
      }
    }
    compiler.count(this.#operator)
    f.get(count)
    f.i32(1)
    f.op('i32.add')
    f.tee(count)
    f.i32(this.layout.rows)
    f.op('i32.eq')
    f.if(() => {
      compiler.event(0, count)
      f.op('drop')
    })
  }
}
