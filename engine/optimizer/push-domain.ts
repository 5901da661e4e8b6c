import { types } from '../arrow/types.ts'
import { unsupported } from '../errors.ts'
import { columnReference, newColumn } from '../plan/column-ids.ts'
import { conjunction, substitute } from '../plan/expression-tree.ts'
import { outputColumns } from '../plan/output.ts'
import { freeColumns, freshPlan, mapExpressions, visitPlan } from '../plan/plan-tree.ts'
import type {
  Aggregate,
  Column,
  ColumnId,
  Expression,
  Join,
  Limit,
  LogicalPlan,
  Recursion,
  RecursionKey,
  SortKey,
  WorkingTable,
} from '../plan/plan.ts'
import { distinctRows, keepColumns, passThrough } from '../plan/project-columns.ts'

/** A subquery's plan with the outer columns among its own, by the id that they have outside. */
export interface Pushed {
  readonly plan: LogicalPlan
  readonly domain: ReadonlyMap<ColumnId, Column>
}

/**
 * Unnests any subquery (T. Neumann and A. Kemper, "Unnesting Arbitrary Queries", 2015): the distinct values of the
 * outer columns are joined to the subquery's sources and carried up to its result. It computes the outer input twice,
 * so `pullUpPredicates` goes first.
 */
export class DomainPusher {
  readonly #input: LogicalPlan
  readonly #outer: readonly Column[]
  /** Recursions that are being pushed into, with the number of their own columns. */
  readonly #recursions = new Map<RecursionKey, number>()

  constructor(input: LogicalPlan, outer: ReadonlySet<ColumnId>) {
    this.#input = input
    this.#outer = outputColumns(input).filter((column) => outer.has(column.id))
  }

  push(plan: LogicalPlan): Pushed {
    if (!this.#reads(plan)) {
      const { plan: domain, domain: columns } = this.#freshDomain()
      return { plan: crossJoin(domain, plan), domain: columns }
    }
    switch (plan.kind) {
      case 'filter':
      case 'unnest': {
        const below = this.push(plan.input)
        return { plan: { ...inside(plan, below), input: below.plan }, domain: below.domain }
      }
      case 'project': {
        const below = this.push(plan.input)
        const items = [...inside(plan, below).items, ...[...below.domain.values()].map(passThrough)]
        return { plan: { ...plan, input: below.plan, items: withoutRepetition(items) }, domain: below.domain }
      }
      case 'aggregate':
        return this.#pushAggregate(plan)
      case 'sort': {
        if (plan.limit !== null)
          return this.#pushLimit({
            kind: 'limit',
            input: { ...plan, limit: null },
            limit: plan.limit,
            offset: 0,
          })
        const below = this.push(plan.input)
        return { plan: { ...inside(plan, below), input: below.plan }, domain: below.domain }
      }
      case 'limit':
        return this.#pushLimit(plan)
      case 'join':
        return this.#pushJoin(plan)
      case 'recursion':
        return this.#pushRecursion(plan)
      case 'working_table':
        return this.#pushWorkingTable(plan)
      case 'window': {
        const below = this.push(plan.input)
        const own = inside(plan, below)
        const partitionBy = [...own.partitionBy, ...[...below.domain.values()].map(columnReference)]
        return { plan: { ...own, input: below.plan, partitionBy }, domain: below.domain }
      }
      case 'union': {
        const all = plan.inputs.map((input) => {
          const { plan: below, domain } = this.push(input)
          return keepColumns(below, [...outputColumns(input), ...domain.values()])
        })
        const fresh = this.#outer.map(
          (column) => [column.id, newColumn(column.name, column.type, column.nullable)] as const,
        )
        return {
          plan: { ...plan, inputs: all, columns: [...plan.columns, ...fresh.map(([, column]) => column)] },
          domain: new Map(fresh),
        }
      }
      default:
        throw unsupported(`A correlated subquery with ${plan.kind.replaceAll('_', ' ')}`)
    }
  }

  #reads(plan: LogicalPlan): boolean {
    const free = freeColumns(plan)
    return this.#outer.some((column) => free.has(column.id)) || this.#readsWorkingTable(plan)
  }

  #readsWorkingTable(plan: LogicalPlan): boolean {
    if (this.#recursions.size === 0) return false
    let reads = false
    visitPlan(plan, (node) => {
      if (node.kind === 'working_table' && this.#recursions.has(node.key)) reads = true
    })
    return reads
  }

  /** The rows of a recursion carry the outer values that they belong to, in columns behind its own. */
  #pushRecursion(plan: Recursion): Pushed {
    const anchor = this.push(plan.anchor)
    this.#recursions.set(plan.key, plan.columns.length)
    const step = this.push(plan.step)
    this.#recursions.delete(plan.key)
    const own = this.#outer.map((column) => newColumn(column.name, column.type, true))
    const extended = (pushed: Pushed, before: LogicalPlan): LogicalPlan =>
      keepColumns(pushed.plan, [
        ...outputColumns(before),
        ...this.#outer.map(({ id }) => pushed.domain.get(id)!),
      ])
    return {
      plan: {
        ...plan,
        anchor: extended(anchor, plan.anchor),
        step: extended(step, plan.step),
        columns: [...plan.columns, ...own],
      },
      domain: new Map(this.#outer.map(({ id }, index) => [id, own[index]!])),
    }
  }

  #pushWorkingTable(plan: WorkingTable): Pushed {
    const width = this.#recursions.get(plan.key)!
    const own = this.#outer.map((column, index) => ({
      ...newColumn(column.name, column.type, true),
      source: width + index,
    }))
    return {
      plan: { ...plan, columns: [...plan.columns, ...own] },
      domain: new Map(this.#outer.map(({ id }, index) => [id, own[index]!])),
    }
  }

  #freshDomain(): Pushed {
    const domain = distinctRows(keepColumns(this.#input, this.#outer))
    const { plan, columns } = freshPlan(domain)
    return { plan, domain: new Map(this.#outer.map((column) => [column.id, columns.get(column.id)!])) }
  }

  /** Without groups there is a row for each outer value, also where nothing was aggregated: COUNT is 0 there. */
  #pushAggregate(plan: Aggregate): Pushed {
    const below = this.push(plan.input)
    const own = inside(plan, below)
    const groups = withoutRepetition([...own.groups, ...[...below.domain.values()].map(passThrough)])
    if (plan.groups.length > 0) return { plan: { ...own, input: below.plan, groups }, domain: below.domain }
    const renamed = own.aggregates.map((call) => ({
      call,
      inner: newColumn(call.output.name, call.output.type, call.output.nullable),
    }))
    const aggregate: Aggregate = {
      ...own,
      input: below.plan,
      groups,
      aggregates: renamed.map(({ call, inner }) => ({ ...call, output: inner })),
    }
    const all = this.#freshDomain()
    const join: Join = {
      ...crossJoin(all.plan, aggregate),
      type: 'left',
      keys: domainKeys(all.domain, below.domain),
    }
    const items = renamed.map(({ call, inner }) => ({ output: call.output, expression: orZero(inner) }))
    return {
      plan: { kind: 'project', input: join, items: [...items, ...[...all.domain.values()].map(passThrough)] },
      domain: all.domain,
    }
  }

  /** The first rows for each outer value. */
  #pushLimit(plan: Limit): Pushed {
    const sort = plan.input.kind === 'sort' && plan.input.limit === null ? plan.input : null
    const below = this.push(sort ? sort.input : plan.input)
    const orderBy: readonly SortKey[] = sort ? inside(sort, below).keys : []
    const row = newColumn('row_number', types.int64, false)
    const numbered: LogicalPlan = {
      kind: 'window',
      input: below.plan,
      partitionBy: [...below.domain.values()].map(columnReference),
      orderBy,
      calls: [
        {
          fn: 'row_number',
          args: [],
          frame: {
            unit: 'rows',
            start: { kind: 'unbounded_preceding' },
            end: { kind: 'unbounded_following' },
            exclude: 'none',
          },
          filter: null,
          ignoreNulls: false,
          output: row,
        },
      ],
    }
    const bounds: Expression[] = []
    if (plan.offset > 0) bounds.push(compareRow('>', row, plan.offset))
    if (plan.limit !== null) bounds.push(compareRow('<=', row, plan.offset + plan.limit))
    return { plan: { kind: 'filter', input: numbered, predicate: conjunction(bounds) }, domain: below.domain }
  }

  #pushJoin(plan: Join): Pushed {
    const rightReads = this.#reads(plan.right)
    if (plan.type === 'full') throw unsupported('A correlated subquery with a FULL JOIN')
    if (!rightReads && plan.type !== 'right') {
      const left = this.push(plan.left)
      return { plan: { ...inside(plan, left), left: left.plan }, domain: left.domain }
    }
    if (plan.type === 'inner' && !this.#reads(plan.left)) {
      const right = this.push(plan.right)
      return { plan: { ...inside(plan, right), right: right.plan }, domain: right.domain }
    }
    const left = this.push(plan.left)
    const right = this.push(plan.right)
    const kept = plan.type === 'right' ? right : left
    const own = inside(plan, kept)
    const keys = [...own.keys, ...domainKeys(left.domain, right.domain)]
    return { plan: { ...own, left: left.plan, right: right.plan, keys }, domain: kept.domain }
  }
}

/** The node's expressions with the outer columns read from the domain. */
function inside<T extends LogicalPlan>(plan: T, { domain }: Pushed): T {
  const values = new Map([...domain].map(([id, column]) => [id, columnReference(column)]))
  return mapExpressions(plan, (expression) => substitute(expression, values))
}

function withoutRepetition<T extends { readonly output: Column }>(items: readonly T[]): readonly T[] {
  return items.filter(
    (item, index) => items.findIndex((other) => other.output.id === item.output.id) === index,
  )
}

export function crossJoin(left: LogicalPlan, right: LogicalPlan): Join {
  return {
    kind: 'join',
    type: 'inner',
    left,
    right,
    keys: [],
    residual: null,
    mark: null,
    buildSide: 'right',
  }
}

/** Equal outer values on both sides; NULL equals NULL. */
export function domainKeys(
  left: ReadonlyMap<ColumnId, Column>,
  right: ReadonlyMap<ColumnId, Column>,
): Join['keys'] {
  return [...left].map(([id, column]) => ({
    left: columnReference(column),
    right: columnReference(right.get(id)!),
    nullSafe: true,
  }))
}

/** What an aggregate gives where a join found no group: 0 for those that are never NULL, which all count. */
export function orZero(column: Column): Expression {
  const reference = columnReference({ ...column, nullable: true })
  if (column.nullable) return reference
  const zero: Expression = { kind: 'literal', value: 0n, type: column.type, nullable: false }
  return { kind: 'call', fn: 'coalesce', args: [reference, zero], type: column.type, nullable: false }
}

function compareRow(fn: string, row: Column, bound: number): Expression {
  const limit: Expression = { kind: 'literal', value: BigInt(bound), type: types.int64, nullable: false }
  return { kind: 'call', fn, args: [columnReference(row), limit], type: types.bool, nullable: false }
}
