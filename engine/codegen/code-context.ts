import type { ErrorCode, SourceSpan } from '../errors.ts'
import type { CallExpression, ColumnId, Expression } from '../plan/plan.ts'
import type { FunctionBuilder, FunctionRef, Label, Local, ModuleBuilder } from './assembler.ts'
import type { Value } from './value.ts'

/**
 * What the compilers of expressions, operators and aggregates emit into: one function of one module, at the point
 * where the current row's columns are at hand.
 */
export interface CodeContext {
  readonly module: ModuleBuilder
  readonly f: FunctionBuilder
  /** Pointer to this thread's block of the pipeline (`ThreadBlock`): scratch space first, then operators' state. */
  readonly thread: Local
  /** The column's value in the current row. Loads are emitted at the first use and remembered. */
  column(id: ColumnId): Value
  /**
   * The value of an expression in the current row, by identity: computed at the first use and remembered as a column's
   * is, until a column that it reads is defined anew.
   */
  once(expression: Expression, compute: () => Value): Value
  /**
   * Emits code that does not always run (a branch). Columns first loaded inside are forgotten afterwards, since later
   * code cannot rely on them.
   */
  branch(body: () => void): void
  /** Puts bytes into the heap for as long as the pipeline lives; the absolute pointer, 8-byte aligned. */
  constant(bytes: Uint8Array): number
  /** A static kernel by its exported name (`engine/kernels/assembly`), with the signature given there. */
  kernel(name: string, signature: KernelSignature): FunctionRef
  /**
   * Emits code that ends the query with this error. With `text`, a string of the current row replaces `{}` in the
   * message.
   */
  raise(code: ErrorCode, message: string, span?: SourceSpan, hint?: string, text?: RuntimeText): void
  /** Emits code in which `raise` goes to the label instead, in this row, whatever the error. */
  attempt(failed: Label, body: () => void): void
  /** Lowers calls of scalar functions: `scalarCompiler` of `functions/scalar-lowering.ts`. */
  readonly scalars: ScalarCompiler
}

/** A string in the heap (UTF-8), known when the code runs. */
export interface RuntimeText {
  readonly pointer: Local
  readonly length: Local
}

export interface ScalarCompiler {
  compileCall(context: CodeContext, call: CallExpression, compile: (argument: Expression) => Value): Value
}

export interface KernelSignature {
  readonly params: readonly ('i32' | 'i64' | 'f32' | 'f64')[]
  readonly results: readonly ('i32' | 'i64' | 'f32' | 'f64')[]
}

/**
 * Start of every thread's block. Kernels that make strings take them from the scratch area through
 * `scratch_allocate(thread, bytes)`; it is emptied before each call of the pipeline function.
 */
export const THREAD_BLOCK = {
  /** u32: next free byte of the scratch area. */
  scratchNext: 0,
  /** u32: end of the scratch area. */
  scratchEnd: 4,
  /** u32: address of an i32 whose bit 0 says that the run was cancelled. */
  cancelFlag: 8,
  /** u32: first byte of the run of pages that `scratchNext` is in. */
  scratchBegin: 12,
  /** u32: see `ResumePoints`. What a call may spend. */
  fuel: 16,
  /** u32: the point at which a row was left, 0 for none. */
  left: 20,
  /** u32: the row that was left. */
  at: 24,
  /** First byte that operators may lay out themselves. */
  state: 32,
} as const
