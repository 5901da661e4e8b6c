import type { FunctionRef, Local } from '../../codegen/assembler.ts'
import { unreachable } from '../../errors.ts'
import { compileExpression } from '../../codegen/expression.ts'
import type { Value } from '../../codegen/value.ts'
import type { Expression, FrameBound, WindowCall, WindowFrame } from '../../plan/plan.ts'
import type { PipelineCompiler } from '../pipeline-compiler.ts'
import { emitLoadField, type RowField } from '../row-layout.ts'
import { SORT_ENTRY } from '../sinks/sort-entry.ts'
import type { FrameState } from './window-state.ts'
import type { FrameTree } from './window-tree.ts'

/** What a call reads in a row: a field, what is computed of some, or a literal that needs none. */
export type WindowArgument =
  | { readonly kind: 'field'; readonly field: RowField }
  | { readonly kind: 'computed'; readonly expression: Expression; readonly fields: readonly RowField[] }
  | { readonly kind: 'literal'; readonly literal: Expression }

/** One call, with what it reads of the sorted rows and the field of its result. */
export interface WindowCallShape {
  readonly call: WindowCall
  readonly args: readonly WindowArgument[]
  /** Rows for which it is not true are no part of any frame; null: all are. */
  readonly filter: RowField | null
  /** Offsets of the frame's bounds: of ROWS and GROUPS as BIGINT, of RANGE the value that the order key is compared with. */
  readonly start: WindowArgument | null
  readonly end: WindowArgument | null
  /** RANGE with an offset: the order key, of the type of those values. */
  readonly rangeKey: WindowArgument | null
  readonly result: RowField
}

/** Emitters of what a call does at each row, which ends in storing the result, and after a partition's last row. */
export interface WindowCallCode {
  row(): void
  end(): void
  /** Where the loop goes on after a pause: forgets what may be gone. Absent: nothing may. */
  resume?(): void
}

/** How code gets at the rows of a partition by their numbers. */
export interface WindowRows {
  /**
   * Rows may leave the heap while others are looked at. The current one stays, and so does the one that was pushed
   * before the last; of any other, what is still wanted must be a copy.
   */
  readonly leave: boolean
  /** Pushes the address of row `index`. */
  push(index: Local): void
  /**
   * Emits a way out of the loop over the rows, when it is time. Only where the current row can be begun again and then
   * goes on from what the locals hold.
   */
  pause(): void
  /** Pushes the block whose scratch area lives so long. */
  pushArea(lifetime: WindowLifetime): void
  /** Emits a copy of what the value points to, unless that lives so long by itself. */
  keep(value: Value, lifetime: WindowLifetime): Value
  /** A tree over the rows, from which `states` take ranges in. */
  tree(states: readonly FrameState[], locals: PartitionLocals, declarePointers: DeclareStates): FrameTree
}

/** Declares states like others, which only point to what rows point to, in the function that is being built. */
export type DeclareStates = () => readonly FrameState[]

/** Until the rows that are being filled in were handed on, or as long as the partition. */
export type WindowLifetime = 'slice' | 'partition'

/** Locals of the loops over a partition: entry numbers, ends exclusive. */
export interface PartitionLocals {
  readonly rows: WindowRows
  readonly start: Local
  readonly end: Local
  /** The first row to fill in: `start`, or behind the rows that a continued partition repeats. */
  readonly first: Local
  /** i64: rows of the partition before `start`; not 0 only in a partition that is continued. */
  readonly before: Local
  /** i64: all rows of the partition. */
  readonly total: Local
  /** The current row's number and address. */
  readonly index: Local
  readonly row: Local
  /** Rows that are equal to the current one in the window's order, and how many such groups came before. */
  readonly peerStart: Local
  readonly peerEnd: Local
  /** Whether that end is still looked for. */
  readonly peersOpen: Local
  readonly group: Local
  /** Where in the code's block lies what a partition that is continued carries on (8 bytes each), in a fixed order. */
  readonly carried: number[]
  /** Compares two rows by the window's order; null when there is none. */
  readonly compare: FunctionRef | null
}

export type FrameSide = 'start' | 'end'

/** Code of one end of a frame. */
export interface BoundCode {
  begin(): void
  /** Pushes the first entry that is in the frame (start), or the first behind it (end), within the partition. */
  push(): void
}

/** Pushes the address of the row behind entry `index`. */
export function pushRow(compiler: PipelineCompiler, entries: Local, index: Local): void {
  const { f } = compiler
  f.get(entries)
  f.get(index)
  f.i32(SORT_ENTRY.bytes)
  f.op('i32.mul')
  f.op('i32.add')
  f.memory('i32.load', SORT_ENTRY.row)
}

export function add(compiler: PipelineCompiler, local: Local, amount: number): void {
  const { f } = compiler
  f.get(local)
  f.i32(amount)
  f.op('i32.add')
  f.set(local)
}

/** Emits the value of an argument in a row. */
export function emitArgument(compiler: PipelineCompiler, row: Local, argument: WindowArgument): Value {
  switch (argument.kind) {
    case 'field':
      return emitLoadField(compiler.f, row, argument.field)
    case 'literal':
      return compileExpression(compiler, argument.literal)
    case 'computed':
      return emitComputed(compiler, row, argument)
    default:
      return unreachable(argument)
  }
}

function emitComputed(
  compiler: PipelineCompiler,
  row: Local,
  { expression, fields }: WindowArgument & { readonly kind: 'computed' },
): Value {
  const values: Value[] = []
  compiler.branch(() => {
    for (const field of fields) {
      compiler.define(field.column.id, () => emitLoadField(compiler.f, row, field))
    }
    values.push(compileExpression(compiler, expression))
  })
  return values[0]!
}

/** Neither end of such a frame ever goes back from one row to the next. */
export function isSliding({
  frame,
  start,
  end,
}: Pick<WindowCallShape, 'start' | 'end'> & { frame: WindowFrame }): boolean {
  const moves = (bound: FrameBound, argument: WindowArgument | null): boolean =>
    !('offset' in bound) ||
    (frame.unit === 'range' ? bound.offset.kind === 'literal' : argument?.kind === 'literal')
  return frame.exclude === 'none' && moves(frame.start, start) && moves(frame.end, end)
}

/** Whether the call asks which rows are equal to the current one in the window's order. */
export function frameNeedsPeers({ unit, start, end, exclude }: WindowFrame): boolean {
  if (exclude === 'group' || exclude === 'ties') return true
  const peers = (bound: FrameBound): boolean =>
    (bound.kind === 'current_row' && unit !== 'rows') || ('offset' in bound && unit === 'groups')
  return peers(start) || peers(end)
}
