import type { DataType } from '../arrow/types.ts'
import { LakebookError, type SourceSpan } from '../errors.ts'
import type { LiteralValue } from '../plan/plan.ts'
import type { ExpressionMethod } from './expression-method.ts'
import type { Frame } from './frame.ts'
import type { BoundArguments } from './parameters.ts'
import type { ColumnSelector } from './selector.ts'

/** A Polars expression before it meets a frame: names are not looked up and types are not known. */
export type PolarsExpression = ColumnsNode | LiteralNode | ValueNode | CallNode | RenameNode

interface Placed {
  readonly span: SourceSpan | undefined
}

/** One or more columns of the frame that the expression will meet. */
export interface ColumnsNode extends Placed {
  readonly kind: 'columns'
  readonly selector: ColumnSelector
}

/**
 * `type` null: a Python number or None, which takes on the type of what it meets. With `dtype` given to pl.lit, or for
 * text and booleans, the type is fixed.
 */
export interface LiteralNode extends Placed {
  readonly kind: 'literal'
  readonly value: LiteralValue
  readonly type: DataType | null
}

/** The only value of another frame, the same for every row. */
export interface ValueNode extends Placed {
  readonly kind: 'value'
  readonly frame: Frame
}

/** A method or function; its operands are among the arguments, the receiver under `self`. */
export interface CallNode extends Placed {
  readonly kind: 'call'
  readonly method: ExpressionMethod
  readonly args: BoundArguments
}

/** `alias` and the methods of `name`: only the output's name changes. */
export interface RenameNode extends Placed {
  readonly kind: 'rename'
  readonly input: PolarsExpression
  rename(name: string): string
}

export function literalNode(
  value: LiteralValue,
  span?: SourceSpan,
  type: DataType | null = null,
): LiteralNode {
  return { kind: 'literal', value, type, span }
}

export function columnNode(name: string, span?: SourceSpan): ColumnsNode {
  return { kind: 'columns', selector: { kind: 'names', names: [name], required: true }, span }
}

export function renameNode(input: PolarsExpression, rename: (name: string) => string): RenameNode {
  return { kind: 'rename', input, rename, span: input.span }
}

const treeSizes = new WeakMap<PolarsExpression, number>()

/** How many nodes an expression has when it is written out: an operand that stands in it twice counts twice. */
export function treeSize(node: PolarsExpression): number {
  let size = treeSizes.get(node)
  if (size === undefined) {
    const inside = node.kind === 'call' ? node.args.operands() : node.kind === 'rename' ? [node.input] : []
    size = inside.reduce((sum, operand) => sum + treeSize(operand), 1)
    treeSizes.set(node, size)
  }
  return size
}

/** An expression of more nodes would take seconds to plan. */
export const MOST_NODES = 200_000

/** Before the expression is walked. Throws `invalid_argument` for one that is too large. */
export function checkSize(node: PolarsExpression): void {
  if (treeSize(node) > MOST_NODES) throw tooLarge(node.span)
}

export function tooLarge(span: SourceSpan | undefined): LakebookError {
  return new LakebookError(
    'invalid_argument',
    'The expression is too large: it repeats its parts too often',
    {
      span,
      hint: 'Keep a part of it in a column first, with with_columns.',
    },
  )
}
