import { types } from '../arrow/types.ts'
import { internalError, unsupported, type SourceSpan } from '../errors.ts'
import { columnReference } from '../plan/column-ids.ts'
import { treeSize } from '../plan/expression-tree.ts'
import { freshPlan } from '../plan/plan-tree.ts'
import type { AggregateCall, Expression, SortKey, WindowFrame } from '../plan/plan.ts'
import { keepColumns } from '../plan/project-columns.ts'
import { AggregateCollector } from './aggregate-collector.ts'
import type { AggregateSink } from './aggregate-sink.ts'
import type { ElementMethod } from './expression-method.ts'
import { MOST_NODES, tooLarge, type CallNode, type PolarsExpression, type ValueNode } from './expression.ts'
import { findColumn, isOneValue, type Frame } from './frame.ts'
import { and, call, expressionKey, literal, looseLiteral, lowered, type Lowered } from './lowered.ts'
import { selectColumns } from './selector.ts'
import { shapeOf } from './shape.ts'
import { RUNNING, Stage, WHOLE_PARTITION } from './stage.ts'
import { WindowSink } from './window-sink.ts'

/** Which rows an expression sees together. */
export interface RowScope {
  /** `rows`: a value for every row. `aggregate`: one for every group. */
  readonly mode: 'rows' | 'aggregate'
  /** Rows with equal values are seen together; empty: the whole frame. */
  readonly partition: readonly Expression[]
  /** The order given by `over(order_by=...)`; null: the frame's own. */
  readonly order: readonly SortKey[] | null
  /** Aggregates see only the rows of this frame around each row, in this order, instead of the whole partition. */
  readonly range?: { readonly order: readonly SortKey[]; readonly frame: WindowFrame }
}

export const WHOLE_FRAME: RowScope = { mode: 'rows', partition: [], order: null }

/** Rows of a scope that are kept, in an order; what filter, sort, head, unique, ... yield inside an expression. */
export interface Sequence {
  readonly value: Lowered
  /** Null: all rows. */
  readonly filter: Expression | null
  /** Null: the frame's own order. */
  readonly order: readonly SortKey[] | null
}

/** Turns expressions into typed ones over one frame, collecting the windows and aggregates that they need. */
export class Lowering {
  readonly stage: Stage
  readonly aggregates = new AggregateCollector()
  readonly #mayHold: boolean
  /** Columns with the values of other frames. */
  readonly #values = new Map<Frame, Expression>()

  /** Without `mayHold` nothing is put under the expressions, as where the frame stands for the items of a list. */
  constructor(frame: Frame, mayHold = true) {
    this.stage = new Stage(frame)
    this.#mayHold = mayHold
  }

  lower(node: PolarsExpression, scope: RowScope): Lowered {
    switch (node.kind) {
      case 'literal':
        return node.type === null
          ? looseLiteral(node.value, node.span)
          : lowered(literal(node.value, node.type, node.span))
      case 'rename':
        return this.lower(node.input, scope)
      case 'value':
        return lowered(isOneValue(node.frame) ? this.#value(node, scope) : this.#series(node))
      case 'columns': {
        const [column, ...others] = selectColumns(node.selector, this.stage.frame.columns, node.span)
        if (column === undefined || others.length > 0) {
          throw unsupported('Several columns at this place', node.span, 'Name one column.')
        }
        return lowered({ ...columnReference(column), span: node.span })
      }
      case 'call':
        return this.#lowerCall(node, scope)
    }
  }

  /** As `lower`, for every row. */
  row(node: PolarsExpression, scope: RowScope = WHOLE_FRAME): Expression {
    return this.lower(node, { ...scope, mode: 'rows' }).expression
  }

  #lowerCall(node: CallNode, scope: RowScope): Lowered {
    const { method } = node
    switch (method.kind) {
      case 'element':
        return this.#placed(
          this.#apply(
            method,
            node.args.operands().map((operand) => this.lower(operand, scope)),
            node,
            scope,
          ),
          node.span,
        )
      case 'aggregate': {
        const rows: RowScope = { ...scope, mode: 'rows' }
        const [self, ...others] = node.args.operands()
        if (self !== undefined && shapeOf(self) === 'literal') throw ofConstant(node)
        const input =
          self === undefined
            ? { value: looseLiteral(null), filter: null, order: null }
            : this.sequence(self, rows)
        const lowOthers = others.map((other) => this.sequence(other, rows).value)
        return this.#placed(
          method.aggregate({ ...input, others: lowOthers }, node, this.#sink(scope)),
          node.span,
        )
      }
      case 'window': {
        const [self] = node.args.expressions('self')
        const isConstant = self !== undefined && shapeOf(self) === 'literal' && method.name !== 'over'
        if (isConstant) throw ofConstant(node)
        return this.#placed(method.lower(this, node, { ...scope, mode: 'rows' }), node.span)
      }
      case 'sequence': {
        if (scope.mode === 'rows') {
          const sequence = this.sequence(node, scope)
          if (sequence.filter === null) return this.alongside(sequence, scope, node.span)
        }
        throw unsupported(
          `\`${method.name}\` at this place`,
          node.span,
          'It changes which rows there are: use it alone in select, inside agg, or before an aggregate such as sum().',
        )
      }
    }
  }

  /** What a method repeats of large operands is computed once, in columns under the expression. */
  #apply(method: ElementMethod, operands: readonly Lowered[], node: CallNode, scope: RowScope): Lowered {
    const made = method.apply(operands, node)
    const size = treeSize(made.expression)
    if (size < LARGE) return made
    const given = operands.reduce((sum, { expression }) => sum + treeSize(expression), 0)
    if (this.#mayHold && scope.mode === 'rows' && size > 2 * given) {
      return method.apply(
        operands.map((operand) => this.#held(operand)),
        node,
      )
    }
    if (size > MOST_NODES) throw tooLarge(node.span)
    return made
  }

  #held(operand: Lowered): Lowered {
    const { kind } = operand.expression
    if (kind === 'column' || kind === 'literal' || operand.loose) return operand
    return lowered(this.stage.hold(operand.expression))
  }

  /** Computed once, in a column, however often the expressions over the frame read it. */
  #value(node: ValueNode, { mode }: RowScope): Expression {
    if (!this.#mayHold || mode !== 'rows') return valueOf(node)
    let held = this.#values.get(node.frame)
    if (held === undefined) this.#values.set(node.frame, (held = this.stage.hold(valueOf(node))))
    return held
  }

  /** The column of another frame, row beside row; of this frame, the column itself. */
  #series({ frame, span }: ValueNode): Expression {
    const [own] = frame.columns
    const { columns, plan } = this.stage.frame
    const isOwn = frame.plan.kind === 'project' && frame.plan.input === plan
    const found = columns.find(({ id }) => id === own!.id)
    if (found !== undefined && (isOwn || frame.plan === plan)) return columnReference(found)
    let held = this.#values.get(frame)
    if (held === undefined) {
      if (!this.#mayHold) throw unsupported('A series at this place', span, 'Name a column.')
      this.#values.set(frame, (held = this.stage.beside(frame, span)))
    }
    return held
  }

  #placed(value: Lowered, span: SourceSpan | undefined): Lowered {
    if (value.expression.span !== undefined || span === undefined) return value
    return { ...value, expression: { ...value.expression, span } }
  }

  #sink(scope: RowScope): AggregateSink {
    return scope.mode === 'aggregate' ? this.aggregateSink(scope) : new WindowSink(this.stage, scope)
  }

  /** Collects into the Aggregate node. */
  aggregateSink(scope: RowScope): AggregateSink {
    const order = () => this.stage.order()
    return this.aggregates.sink(order, (sorted) => {
      if (sorted === null) return this.stage.ordinal()
      const spec = { partitionBy: scope.partition, orderBy: [...sorted, ...order()] }
      return this.stage.window('row_number', [], spec, RUNNING)
    })
  }

  get aggregateCalls(): readonly AggregateCall[] {
    return this.aggregates.calls
  }

  /** The value row by row with the rows kept and their order. */
  sequence(node: PolarsExpression, scope: RowScope): Sequence {
    if (shapeOf(node) !== 'sequence') return { value: this.lower(node, scope), filter: null, order: null }
    if (node.kind === 'rename') return this.sequence(node.input, scope)
    if (node.kind !== 'call') throw internalError(`a ${node.kind} has no sequence`)
    const { method } = node
    if (method.kind === 'sequence') {
      const [self] = node.args.operands()
      if (self === undefined) throw internalError(`${method.name} has no operand`)
      if (shapeOf(self) === 'literal') throw ofConstant(node)
      return method.reshape(this.sequence(self, scope), node, this, scope)
    }
    if (method.kind !== 'element') {
      throw unsupported(
        `\`${method.name}\` after a method that changes the rows`,
        node.span,
        'Do it in two steps, with a select between.',
      )
    }
    const given = node.args.operands().map((operand) => ({
      shape: shapeOf(operand),
      sequence: this.sequence(operand, scope),
    }))
    const changed = given.filter(({ shape }) => shape === 'sequence')
    const [rows] = changed
    const isOne =
      changed.every(({ sequence }) => rowsKey(sequence) === rowsKey(rows!.sequence)) &&
      given.every(({ shape }) => shape !== 'rows')
    const operands = given.map(({ sequence, shape }) =>
      isOne || shape !== 'sequence' ? sequence.value : this.alongside(sequence, scope, node.span),
    )
    const value = this.#apply(method, operands, node, scope)
    return isOne
      ? { value, filter: rows?.sequence.filter ?? null, order: rows?.sequence.order ?? null }
      : { value, filter: null, order: null }
  }

  /**
   * The sequence row by row: the frame's first row has its first value, and so on. Only of as many rows as there are.
   */
  alongside(sequence: Sequence, scope: RowScope, span: SourceSpan | undefined): Lowered {
    if (sequence.order === null && sequence.filter === null) return sequence.value
    if (sequence.filter !== null) throw differentRows(span)
    const position = this.ordered('row_number', [], scope, RUNNING)
    const spec = { partitionBy: scope.partition, orderBy: this.sequenceOrder(sequence, scope) }
    const { expression } = sequence.value
    return lowered(this.stage.window('nth_value', [expression, position], spec, WHOLE_PARTITION))
  }

  /** The order of a sequence's rows, total. */
  sequenceOrder(sequence: Sequence, scope: RowScope): readonly SortKey[] {
    return [...(sequence.order ?? scope.order ?? []), ...this.stage.order()]
  }

  /** Position of each row among those kept, from 1; only meaningful on those. */
  position(sequence: Sequence, scope: RowScope, order = this.sequenceOrder(sequence, scope)): Expression {
    const kept = sequence.filter === null ? [] : [sequence.filter]
    return this.stage.window(
      'row_number',
      [],
      { partitionBy: [...scope.partition, ...kept], orderBy: order },
      RUNNING,
    )
  }

  /** The same sequence without the rows for which the condition is not true. */
  keep(sequence: Sequence, condition: Expression): Sequence {
    const known = condition.nullable ? call('coalesce', [condition, literal(false, types.bool)]) : condition
    return { ...sequence, filter: sequence.filter === null ? known : and([sequence.filter, known]) }
  }

  /** A window call over the scope's rows in the scope's order. */
  ordered(
    fn: string,
    args: readonly Expression[],
    scope: RowScope,
    frame: WindowFrame = WHOLE_PARTITION,
    options: { readonly ignoreNulls?: boolean; readonly span?: SourceSpan | undefined } = {},
  ): Expression {
    return this.stage.window(
      fn,
      args,
      { partitionBy: scope.partition, orderBy: this.scopeOrder(scope) },
      frame,
      options,
    )
  }

  scopeOrder(scope: RowScope): readonly SortKey[] {
    return [...(scope.order ?? []), ...this.stage.order()]
  }

  column(name: string, span?: SourceSpan): Lowered {
    return lowered(columnReference(findColumn(this.stage.frame, name, span)))
  }
}

/** An expression of so many nodes is looked at for what it repeats. */
const LARGE = 100

/** A subquery, with columns of its own: the frame may be one of this one's. */
function valueOf({ frame, span }: ValueNode): Expression {
  const { type } = frame.columns[0]!
  const { plan } = freshPlan(keepColumns(frame.plan, frame.columns))
  return { kind: 'subquery', form: 'scalar', plan, operand: null, type, nullable: true, span }
}

export function rowsKey(sequence: Sequence): string {
  return expressionKey([sequence.filter, sequence.order])
}

/** Polars takes a constant as one row here, whatever the frame is. */
function ofConstant({ method, span }: CallNode) {
  return unsupported(`\`${method.name}\` of a constant`, span, 'Use the constant itself, or pl.len().')
}

function differentRows(span: SourceSpan | undefined) {
  return unsupported(
    'Combining columns of different rows',
    span,
    'Apply the same filter or order to both, or select them one after the other.',
  )
}
