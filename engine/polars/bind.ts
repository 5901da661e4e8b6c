import { asShown } from '../binder/named-types.ts'
import { LakebookError, refusedDepth } from '../errors.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { Statement, ValueStatement } from './ast.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { CellRun } from './cell-run.ts'
import type { Scope } from './evaluate.ts'
import { polarsTypeName } from './dtypes.ts'
import type { PolarsExpression } from './expression.ts'
import { finishedPlan, isOneValue, type Frame } from './frame.ts'
import { literalFrame, oneRow } from './literal-frame.ts'
import { bindArguments, required } from './parameters.ts'
import { parsePolars } from './parse.ts'
import { selectFrame } from './select.ts'
import { describeValue, scalar, toExpression, type Value } from './values.ts'

export interface BoundPolarsCell {
  /** Frames that got a name, in order; a name assigned twice is there once, with its last plan. */
  readonly assignments: readonly { readonly name: string; readonly plan: LogicalPlan }[]
  /** The last expression, or the last assigned frame when the cell ends with an assignment; null when there is neither. */
  readonly result: LogicalPlan | null
}

/**
 * A Polars cell as plans. Errors are those of `parsePolars`, and `unknown_table`, `unknown_column`, `type`,
 * `invalid_argument`, `unsupported` and `forbidden`, each with its place in the text.
 */
export function bindPolarsCell(text: string, catalog: PolarsCatalog): BoundPolarsCell {
  try {
    return bindStatements(parsePolars(text), catalog)
  } catch (thrown) {
    throw refusedDepth(thrown)
  }
}

/** The same for statements that were built rather than parsed. */
export function bindStatements(statements: readonly Statement[], catalog: PolarsCatalog): BoundPolarsCell {
  const values = new Map<string, Value>()
  const frames = () =>
    new Map(
      [...values].flatMap(([name, value]): [string, Frame][] =>
        value.kind === 'frame' ? [[name, value.frame]] : [],
      ),
    )
  const scope: Scope = { values, catalog: { ...bareCatalog(catalog), frames }, tables: new Map() }
  const run = new CellRun()
  const last = run.run(statements, scope)
  const result = last === null ? null : resultOf(last.value, last.statement)
  const plans = new Map<Frame, LogicalPlan>()
  const planOf = (frame: Frame): LogicalPlan => {
    const known = plans.get(frame) ?? finishedPlan(frame)
    plans.set(frame, known)
    return known
  }
  return {
    assignments: [...run.assigned].map(([name, frame]) => ({ name, plan: planOf(frame) })),
    result: result === null ? null : asShown(planOf(result)),
  }
}

/** The reader's methods by themselves: it may be an object of any class. */
function bareCatalog(catalog: PolarsCatalog): PolarsCatalog {
  return {
    table: (name) => catalog.table(name),
    names: () => catalog.names(),
    ...(catalog.files === undefined ? {} : { files: (request) => catalog.files!(request) }),
    ...(catalog.ask === undefined ? {} : { ask: (plan) => catalog.ask!(plan) }),
  }
}

function resultOf(value: Value, statement: ValueStatement): Frame | null {
  switch (value.kind) {
    case 'frame':
      return value.frame
    case 'group':
    case 'time_group':
    case 'when':
    case 'module':
    case 'function':
    case 'lambda':
      if (statement.target !== null) return null
      throw new LakebookError('type', `The cell ends with ${describeValue(value)}, which is no result`, {
        span: statement.span,
        hint: value.kind === 'group' || value.kind === 'time_group' ? 'Add .agg(...).' : undefined,
      })
    case 'scalar':
    case 'expression': {
      if (statement.target !== null) return null
      const expression = toExpression(value, 'literal', statement.span)
      return selectFrame(seriesIn(expression) ?? oneRow(), [expression], statement.span)
    }
    case 'list':
    case 'dict':
    case 'dtype':
      return statement.target === null ? writtenFrame(value, statement) : null
  }
}

/** The frame of the first series in the expression. */
function seriesIn(node: PolarsExpression): Frame | null {
  switch (node.kind) {
    case 'value':
      return isOneValue(node.frame) ? null : node.frame
    case 'rename':
      return seriesIn(node.input)
    case 'call':
      return node.args.operands().reduce<Frame | null>((found, part) => found ?? seriesIn(part), null)
    default:
      return null
  }
}

/** What frame.columns, frame.schema and other lists and dicts of constants look like as a result. */
function writtenFrame(value: Value, { span }: ValueStatement): Frame {
  if (value.kind === 'list' && value.items.some((item) => item.kind === 'frame')) {
    throw new LakebookError('type', 'The cell ends with a list of frames, which is no result', {
      span,
      hint: 'End it with one of them, such as frames[0], or with pl.concat(frames).',
    })
  }
  const columns =
    value.kind === 'dict'
      ? { name: value.entries.map(([key]) => key), value: value.entries.map(([, item]) => item) }
      : { value: value.kind === 'list' ? value.items : [value] }
  const entries = Object.entries(columns).map(([name, items]): [Value, Value] => [
    scalar(name),
    { kind: 'list', items: items.map(withTypeName) },
  ])
  const given = { args: [{ kind: 'dict', entries } as const], keywords: [], span }
  return literalFrame(bindArguments('pl.DataFrame', [required('data', 'any')], given, null))
}

function withTypeName(value: Value): Value {
  return value.kind === 'dtype' ? scalar(polarsTypeName(value.type)) : value
}
