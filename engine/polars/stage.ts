import type { SourceSpan } from '../errors.ts'
import { resolveWindow } from '../functions/window-signatures.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { outputColumns } from '../plan/output.ts'
import type {
  ColumnId,
  Expression,
  LogicalPlan,
  Project,
  SortKey,
  WindowCall,
  WindowFrame,
} from '../plan/plan.ts'
import { passThrough } from '../plan/project-columns.ts'
import { withOrdinal, withTotalOrder, type Frame } from './frame.ts'
import { castTo, expressionKey } from './lowered.ts'
import { equalBeside } from './reshape.ts'

/** All rows of the partition. */
export const WHOLE_PARTITION: WindowFrame = {
  unit: 'rows',
  start: { kind: 'unbounded_preceding' },
  end: { kind: 'unbounded_following' },
  exclude: 'none',
}

/** From the partition's first row to this one. */
export const RUNNING: WindowFrame = { ...WHOLE_PARTITION, end: { kind: 'current_row' } }

/** From this row to the partition's last. */
export const REMAINING: WindowFrame = { ...WHOLE_PARTITION, start: { kind: 'current_row' } }

/** The opposite order. */
export function reversed(keys: readonly SortKey[]): SortKey[] {
  return keys.map((key) => ({ ...key, descending: !key.descending, nullsFirst: !key.nullsFirst }))
}

export interface WindowSpec {
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortKey[]
}

interface PendingWindow {
  readonly key: string
  readonly spec: WindowSpec
  readonly calls: WindowCall[]
  readonly outputs: Set<ColumnId>
}

/** A column that expressions read several times. */
interface HeldColumn {
  readonly key: null
  readonly item: Project['items'][number]
  readonly outputs: ReadonlySet<ColumnId>
}

/**
 * Collects the window calls that expressions over one frame need, and puts them under the expressions: calls over the
 * same partition and order share one Window node, unless one reads what another yields. What expressions repeat can be
 * held in a column under them too.
 */
export class Stage {
  #frame: Frame
  readonly #steps: (PendingWindow | HeldColumn)[] = []
  readonly #known = new Map<string, Expression>()

  constructor(frame: Frame) {
    this.#frame = frame
  }

  /** The frame that expressions are lowered over; without the windows collected so far. */
  get frame(): Frame {
    return this.#frame
  }

  /** The frame's order, made total so that every use of it agrees. */
  order(): readonly SortKey[] {
    const frame = withTotalOrder(this.#frame)
    this.#frame = frame
    return frame.order.keys
  }

  /** One int64 column that grows along the frame's order. Sorts the rows where the order has several keys. */
  ordinal(): Expression {
    const { frame, ordinal } = withOrdinal(this.#frame)
    this.#frame = frame
    return columnReference(ordinal)
  }

  /** The column with the call's value on every row. */
  window(
    fn: string,
    args: readonly Expression[],
    spec: WindowSpec,
    frame: WindowFrame,
    options: { readonly ignoreNulls?: boolean; readonly span?: SourceSpan | undefined } = {},
  ): Expression {
    if (this.#frame.order === null) this.order()
    const resolved = resolveWindow(
      fn,
      args.map((arg) => arg.type),
    )
    const cast = args.map((arg, i) => castTo(arg, resolved.argTypes[i] ?? arg.type))
    const ignoreNulls = options.ignoreNulls ?? false
    const specKey = expressionKey(spec)
    const key = expressionKey([resolved.fn, cast, spec, frame, ignoreNulls])
    const known = this.#known.get(key)
    if (known !== undefined) return known

    const output = newColumn(fn, resolved.type, resolved.nullable)
    const call: WindowCall = {
      fn: resolved.fn,
      args: cast,
      frame,
      filter: null,
      ignoreNulls,
      output,
      span: options.span,
    }
    const needed = columnIds([cast, spec])
    let first = 0
    for (const [i, step] of this.#steps.entries()) {
      if ([...step.outputs].some((id) => needed.has(id))) first = i + 1
    }
    let target = this.#steps.slice(first).find((step): step is PendingWindow => step.key === specKey)
    if (target === undefined) {
      target = { key: specKey, spec, calls: [], outputs: new Set() }
      this.#steps.push(target)
    }
    target.calls.push(call)
    target.outputs.add(output.id)
    const reference = columnReference(output)
    this.#known.set(key, reference)
    return reference
  }

  /** The only column of another frame of as many rows, row beside row. */
  beside(series: Frame, span: SourceSpan | undefined): Expression {
    const { columns } = this.#frame
    const both = equalBeside(this.#frame, series, span)
    const visible = both.columns.slice(0, columns.length)
    this.#frame = {
      ...both,
      columns: visible.map((column, i) => ({ ...column, nullable: columns[i]!.nullable })),
    }
    return columnReference(both.columns.at(-1)!)
  }

  /** A column with the expression's value on every row. */
  hold(expression: Expression): Expression {
    const output = newColumn('held', expression.type, expression.nullable)
    this.#steps.push({ key: null, item: { output, expression }, outputs: new Set([output.id]) })
    return columnReference(output)
  }

  /** The frame with every window and held column computed. */
  finish(): Frame {
    const plan = this.#steps.reduce<LogicalPlan>((input, step) => {
      if (step.key !== null) return { kind: 'window', input, ...step.spec, calls: step.calls }
      return { kind: 'project', input, items: [...outputColumns(input).map(passThrough), step.item] }
    }, this.#frame.plan)
    return { ...this.#frame, plan }
  }
}

function columnIds(value: unknown, found = new Set<ColumnId>()): Set<ColumnId> {
  if (typeof value !== 'object' || value === null) return found
  if ('kind' in value && value.kind === 'column' && 'id' in value) found.add(value.id as ColumnId)
  for (const part of Object.values(value)) columnIds(part, found)
  return found
}
