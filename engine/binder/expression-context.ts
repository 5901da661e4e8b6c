import type { SourceSpan } from '../errors.ts'
import { sameExpression, sameSortKeys } from '../plan/expression-tree.ts'
import { columnReference } from '../plan/column-ids.ts'
import type { AggregateCall, Column, ColumnId, Expression, SortKey, WindowCall } from '../plan/plan.ts'
import type { SqlExpression, SqlWindow } from '../sql/ast.ts'
import type { Environment } from './environment.ts'
import type { Scope } from './scope.ts'

/** A call of GROUPING; without arguments it is of all groups. */
export interface GroupingCall {
  readonly args: readonly Expression[]
  readonly output: Column
  readonly span: SourceSpan | undefined
}

/** Gathers the aggregates of one SELECT; equal calls are made once. */
export class AggregateCollector {
  readonly calls: AggregateCall[] = []
  readonly groupings: GroupingCall[] = []

  addGrouping(args: readonly Expression[], output: Column, span: SourceSpan | undefined): Expression {
    this.groupings.push({ args, output, span })
    return { ...columnReference(output), span }
  }

  add(call: AggregateCall): Expression {
    const known = this.calls.find(
      (each) =>
        each.fn === call.fn &&
        each.distinct === call.distinct &&
        each.args.length === call.args.length &&
        each.args.every((arg, index) => sameExpression(arg, call.args[index]!)) &&
        (each.filter === null
          ? call.filter === null
          : call.filter !== null && sameExpression(each.filter, call.filter)) &&
        sameSortKeys(each.orderBy, call.orderBy),
    )
    if (!known) this.calls.push(call)
    return { ...columnReference((known ?? call).output), span: call.span }
  }
}

export interface CollectedWindow {
  readonly partitionBy: readonly Expression[]
  readonly orderBy: readonly SortKey[]
  readonly call: WindowCall
}

/** Gathers the window functions of one SELECT. */
export class WindowCollector {
  readonly calls: CollectedWindow[] = []
  readonly named: ReadonlyMap<string, SqlWindow>

  constructor(named: ReadonlyMap<string, SqlWindow>) {
    this.named = named
  }

  add(window: CollectedWindow): Expression {
    this.calls.push(window)
    return { ...columnReference(window.call.output), span: window.call.span }
  }
}

/** Gathers the UNNEST calls of a select list. */
export class UnnestCollector {
  readonly items: { readonly output: Column; readonly expression: Expression }[] = []
}

/** Names that a select list gives, usable where no column has the name. */
export interface AliasScope {
  find(name: string): SqlExpression | null
  readonly names: readonly string[]
}

/** Where an expression stands, which decides what it may contain. */
export interface ExpressionContext {
  readonly environment: Environment
  readonly scope: Scope
  /** For messages: `WHERE`, `GROUP BY`, … */
  readonly clause: string
  /** Null where an aggregate makes no sense. */
  readonly aggregates: AggregateCollector | null
  readonly windows: WindowCollector | null
  readonly unnests: UnnestCollector | null
  readonly aliases: AliasScope | null
  /** In HAVING: the columns that are grouped by. An alias goes before any other column. */
  readonly grouped: ReadonlySet<ColumnId> | null
  /** Aliases being expanded, so that one that names itself is found. */
  readonly expanding: readonly string[]
}

/** A context that allows columns only. */
export function plainContext(environment: Environment, scope: Scope, clause: string): ExpressionContext {
  return {
    environment,
    scope,
    clause,
    aggregates: null,
    windows: null,
    unnests: null,
    aliases: null,
    grouped: null,
    expanding: [],
  }
}
