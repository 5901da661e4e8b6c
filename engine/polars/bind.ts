import { withoutEnums } from '../binder/named-types.ts'
import { LakebookError, refusedDepth } from '../errors.ts'
import type { LogicalPlan } from '../plan/plan.ts'
import type { Statement } from './ast.ts'
import { bannedLoop } from './banned.ts'
import type { PolarsCatalog } from './catalog-tables.ts'
import { readsOf } from './count-reads.ts'
import { evaluate, type Scope } from './evaluate.ts'
import { finishedPlan, type Frame } from './frame.ts'
import { oneRow } from './literal-frame.ts'
import { outsideSubset } from './outside-subset.ts'
import { parsePolars } from './parse.ts'
import { selectFrame } from './select.ts'
import { sharedFrame } from './shared-frame.ts'
import { describeValue, toExpression, type Value } from './values.ts'

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
  const assigned = new Map<string, Frame>()
  let result: Frame | null = null
  for (const [i, statement] of statements.entries()) {
    const evaluated = evaluate(statement.value, scope)
    if (statement.kind === 'loop') throw refusedLoop(evaluated, statement)
    const { target } = statement
    const value: Value =
      target !== null && evaluated.kind === 'frame' && readsOf(statements, i) > 1
        ? { kind: 'frame', frame: sharedFrame(target.name, evaluated.frame) }
        : evaluated
    if (target !== null) {
      scope.values.set(target.name, value)
      assigned.delete(target.name)
      if (value.kind === 'frame') assigned.set(target.name, value.frame)
    }
    if (i === statements.length - 1) result = resultOf(value, statement)
  }
  const plans = new Map<Frame, LogicalPlan>()
  const planOf = (frame: Frame): LogicalPlan => {
    const known = plans.get(frame) ?? finishedPlan(frame)
    plans.set(frame, known)
    return known
  }
  return {
    assignments: [...assigned].map(([name, frame]) => ({ name, plan: planOf(frame) })),
    result: result === null ? null : withoutEnums(planOf(result)),
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

function refusedLoop(value: Value, statement: Statement): LakebookError {
  if (value.kind === 'frame') return bannedLoop(value.frame, statement.span)
  return outsideSubset('ForStatement', statement.span)
}

function resultOf(value: Value, statement: Statement): Frame | null {
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
      return selectFrame(oneRow(), [toExpression(value, 'literal', statement.span)], statement.span)
    }
    case 'list':
    case 'dict':
    case 'dtype':
      if (statement.target !== null) return null
      throw new LakebookError('type', `The cell ends with ${describeValue(value)}, which is no result`, {
        span: statement.span,
      })
  }
}
