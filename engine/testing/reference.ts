import { LakebookError, unreachable } from '../errors.ts'
import { inputs, outputColumns } from '../plan/output.ts'
import { freeColumns } from '../plan/plan-tree.ts'
import type {
  AggregateCall,
  Column,
  ColumnId,
  Expression,
  Join,
  LogicalPlan,
  RecursionKey,
  SortKey,
  SubqueryExpression,
} from '../plan/plan.ts'
import { aggregateRows } from './reference-aggregate.ts'
import { callScalar, castValue } from './reference-scalar.ts'
import { compare, keyOfRow, type Row, type Value } from './reference-value.ts'
import { compareKeys, windowOverPartition } from './reference-window.ts'
import { RowTable } from './row-table.ts'

export interface ReferenceResult {
  readonly columns: readonly Column[]
  readonly rows: readonly Row[]
}

/** Values of columns that the plan does not make itself: those of the query around it. */
type Outer = ReadonlyMap<ColumnId, Value>

/**
 * Evaluates a plan over plain JavaScript rows: slow, obvious, and independent of the compiled engine. Subqueries run
 * once for each row, which is what makes it a judge of decorrelation. Scans must be of `RowTable`s.
 */
export function evaluatePlan(plan: LogicalPlan): ReferenceResult {
  return { columns: outputColumns(plan), rows: new Evaluator().run(plan, new Map()) }
}

class Evaluator {
  /** Results of subqueries that read nothing of the query around them. */
  readonly #constant = new Map<LogicalPlan, readonly Row[]>()
  readonly #working = new Map<RecursionKey, { readonly last: readonly Row[]; readonly all: readonly Row[] }>()
  readonly #free = new Map<LogicalPlan, readonly ColumnId[]>()

  run(plan: LogicalPlan, outer: Outer): readonly Row[] {
    switch (plan.kind) {
      case 'scan': {
        const { provider } = plan
        if (!(provider instanceof RowTable)) throw new Error(`"${plan.table}" is not a table of test rows`)
        const rows = provider.rows.map((row) => plan.columns.map((column) => row[column.source]!))
        if (plan.filters.length === 0) return rows
        const all = provider.schema.fields.map(
          (_, source) => plan.columns.find((column) => column.source === source)?.id ?? -1,
        )
        const tests = plan.filters.map((filter) => this.compile(filter, all, outer))
        return provider.rows
          .filter((row) => tests.every((test) => test(row) === true))
          .map((row) => plan.columns.map((column) => row[column.source]!))
      }
      case 'values':
        return plan.rows
      case 'filter': {
        const test = this.over(plan.input, plan.predicate, outer)
        return this.run(plan.input, outer).filter((row) => test(row) === true)
      }
      case 'project': {
        const compute = plan.items.map((item) => this.over(plan.input, item.expression, outer))
        return this.run(plan.input, outer).map((row) => compute.map((each) => each(row)))
      }
      case 'aggregate':
        return this.#aggregate(plan, outer)
      case 'sort': {
        const rows = this.#sort(plan.input, this.run(plan.input, outer), plan.keys, outer)
        return plan.limit === null ? rows : rows.slice(0, plan.limit)
      }
      case 'limit': {
        const rows = this.run(plan.input, outer)
        return rows.slice(plan.offset, plan.limit === null ? undefined : plan.offset + plan.limit)
      }
      case 'join':
        return this.#join(plan, outer)
      case 'window':
        return this.#window(plan, outer)
      case 'union':
        return plan.inputs.flatMap((input) => this.run(input, outer))
      case 'unnest': {
        const lists = plan.items.map((item) => this.over(plan.input, item.expression, outer))
        return this.run(plan.input, outer).flatMap((row) => {
          const values = lists.map((list) => (list(row) ?? []) as readonly Value[])
          const length = Math.max(...values.map((list) => list.length))
          if (length === 0 && plan.keepEmpty) return [[...row, ...values.map(() => null)]]
          return Array.from({ length }, (_, index) => [...row, ...values.map((list) => list[index] ?? null)])
        })
      }
      case 'shared':
        return this.run(plan.rows.plan, outer).map((row) => plan.columns.map(({ source }) => row[source]!))
      case 'recursion': {
        let last = this.run(plan.anchor, outer)
        let all = last
        while (last.length > 0 && (plan.limit === null || all.length < plan.limit)) {
          this.#working.set(plan.key, { last, all })
          this.#constant.clear()
          last = this.run(plan.step, outer)
          all = [...all, ...last]
        }
        return all
      }
      case 'working_table': {
        const rows = this.#working.get(plan.key)![plan.rows]
        return rows.map((row) => plan.columns.map(({ source }) => row[source]!))
      }
      case 'row_number':
        return this.run(plan.input, outer).map((row, index) => [...row, BigInt(index)])
      default:
        return unreachable(plan)
    }
  }

  /** An expression over the rows of a plan. */
  over(input: LogicalPlan, expression: Expression, outer: Outer): (row: Row) => Value {
    return this.compile(
      expression,
      outputColumns(input).map((column) => column.id),
      outer,
    )
  }

  compile(expression: Expression, ids: readonly ColumnId[], outer: Outer): (row: Row) => Value {
    const at = (operand: Expression) => this.compile(operand, ids, outer)
    switch (expression.kind) {
      case 'column': {
        const index = ids.indexOf(expression.id)
        if (index >= 0) return (row) => row[index]!
        const value = outer.get(expression.id)
        if (value === undefined)
          throw new Error(`the plan reads column ${expression.name}#${expression.id}, which nothing makes`)
        return () => value
      }
      case 'literal':
        return () => expression.value
      case 'call': {
        const args = expression.args.map(at)
        if (expression.fn === 'if') return (row) => (args[0]!(row) === true ? args[1]!(row) : args[2]!(row))
        if (expression.fn === 'and') return (row) => connective(args, row, false)
        if (expression.fn === 'or') return (row) => connective(args, row, true)
        if (expression.fn === 'coalesce') {
          return (row) => {
            for (const arg of args) {
              const value = arg(row)
              if (value !== null) return value
            }
            return null
          }
        }
        return (row) =>
          callScalar(
            expression,
            args.map((arg) => arg(row)),
          )
      }
      case 'cast': {
        const arg = at(expression.arg)
        const { type: from } = expression.arg
        return (row) => castValue(arg(row), from, expression.type, expression.try)
      }
      case 'case': {
        const branches = expression.branches.map(({ when, then }) => [at(when), at(then)] as const)
        const otherwise = expression.otherwise ? at(expression.otherwise) : () => null
        return (row) => (branches.find(([when]) => when(row) === true)?.[1] ?? otherwise)(row)
      }
      case 'lambda':
        throw new Error('the reference evaluator has no lambdas')
      case 'subquery':
        return this.#subquery(expression, ids, outer)
      default:
        return unreachable(expression)
    }
  }

  #subquery(expression: SubqueryExpression, ids: readonly ColumnId[], outer: Outer): (row: Row) => Value {
    const { plan, form } = expression
    const operand = expression.operand ? this.compile(expression.operand, ids, outer) : null
    let free = this.#free.get(plan)
    if (!free) this.#free.set(plan, (free = [...freeColumns(plan)]))
    const reads = free
    return (row) => {
      const rows = this.#subqueryRows(plan, reads, ids, row, outer)
      if (form === 'exists') return rows.length > 0
      if (form === 'in') return inList(operand!(row), rows)
      if (rows.length > 1)
        throw new LakebookError('cardinality', 'A subquery used as a value gave more than one row')
      return rows[0]?.[0] ?? null
    }
  }

  #subqueryRows(
    plan: LogicalPlan,
    reads: readonly ColumnId[],
    ids: readonly ColumnId[],
    row: Row,
    outer: Outer,
  ): readonly Row[] {
    if (reads.length > 0) {
      const inside = new Map(outer)
      ids.forEach((id, index) => inside.set(id, row[index]!))
      return this.run(plan, inside)
    }
    let rows = this.#constant.get(plan)
    if (!rows) this.#constant.set(plan, (rows = this.run(plan, outer)))
    return rows
  }

  #sort(input: LogicalPlan, rows: readonly Row[], keys: readonly SortKey[], outer: Outer): readonly Row[] {
    const compute = keys.map((key) => this.over(input, key.expression, outer))
    return rows
      .map((row) => ({ row, values: compute.map((each) => each(row)) }))
      .sort((a, b) => compareKeys(a.values, b.values, keys))
      .map((each) => each.row)
  }

  #aggregate(plan: LogicalPlan & { kind: 'aggregate' }, outer: Outer): readonly Row[] {
    const groups = plan.groups.map((group) => this.over(plan.input, group.expression, outer))
    const byKey = new Map<string, { readonly key: Row; readonly rows: Row[] }>()
    if (groups.length === 0) byKey.set('', { key: [], rows: [] })
    for (const row of this.run(plan.input, outer)) {
      const key = groups.map((group) => group(row))
      const name = keyOfRow(key)
      const known = byKey.get(name)
      if (known) known.rows.push(row)
      else byKey.set(name, { key, rows: [row] })
    }
    return [...byKey.values()].map(({ key, rows }) => [
      ...key,
      ...plan.aggregates.map((call) => this.#call(call, plan.input, rows, outer)),
    ])
  }

  #call(call: AggregateCall, input: LogicalPlan, rows: readonly Row[], outer: Outer): Value {
    const filter = call.filter && this.over(input, call.filter, outer)
    const kept = this.#sort(
      input,
      filter ? rows.filter((row) => filter(row) === true) : rows,
      call.orderBy,
      outer,
    )
    const args = call.args.map((arg) => this.over(input, arg, outer))
    const values = kept.map((row) => args.map((arg) => arg(row)))
    const seen = new Set<string>()
    const distinct = call.distinct
      ? values.filter((each) => each[0] !== null && !seen.has(keyOfRow(each)) && seen.add(keyOfRow(each)))
      : values
    return aggregateRows(
      call.fn,
      distinct,
      call.args.map((arg) => arg.type),
    )
  }

  #join(plan: Join, outer: Outer): readonly Row[] {
    const leftIds = outputColumns(plan.left).map((column) => column.id)
    const left = this.run(plan.left, outer)
    const rightIds = outputColumns(plan.right).map((column) => column.id)
    const reads = [...freeColumns(plan.right)].filter((id) => leftIds.includes(id))
    const isIn = plan.type === 'mark' && plan.mark?.nullable === true
    const leftKeys = plan.keys.map((key) => this.over(plan.left, key.left, outer))
    const rightKeys = plan.keys.map((key) => this.over(plan.right, key.right, outer))
    // IN is three-valued, so its own key, the first, is compared pair by pair and not looked up
    const looked = plan.keys.map((_, index) => index).filter((index) => !(isIn && index === 0))
    const residual = plan.residual && this.compile(plan.residual, [...leftIds, ...rightIds], outer)
    const index = reads.length === 0 ? indexRows(this.run(plan.right, outer)) : null

    function indexRows(rows: readonly Row[]): Map<string, { readonly row: Row; readonly number: number }[]> {
      const byKey = new Map<string, { row: Row; number: number }[]>()
      rows.forEach((row, number) => {
        const values = looked.map((at) => rightKeys[at]!(row))
        if (values.some((value, at) => value === null && !plan.keys[looked[at]!]!.nullSafe)) return
        const key = keyOfRow(values)
        const known = byKey.get(key)
        if (known) known.push({ row, number })
        else byKey.set(key, [{ row, number }])
      })
      return byKey
    }
    const dependent = (row: Row) => {
      const inside = new Map(outer)
      leftIds.forEach((id, at) => inside.set(id, row[at]!))
      return indexRows(this.run(plan.right, inside))
    }
    const candidates = (row: Row) => {
      const values = looked.map((at) => leftKeys[at]!(row))
      if (values.some((value, at) => value === null && !plan.keys[looked[at]!]!.nullSafe)) return []
      const found = (index ?? dependent(row)).get(keyOfRow(values)) ?? []
      return residual ? found.filter((each) => residual([...row, ...each.row]) === true) : found
    }
    const nothing = (ids: readonly ColumnId[]) => ids.map(() => null)
    const result: Row[] = []
    const met = new Set<number>()
    for (const row of left) {
      const matches = candidates(row)
      switch (plan.type) {
        case 'inner':
        case 'left':
        case 'right':
        case 'full':
        case 'single':
          if (plan.type === 'single' && matches.length > 1) {
            throw new LakebookError('cardinality', 'A subquery used as a value gave more than one row')
          }
          for (const match of matches) {
            met.add(match.number)
            result.push([...row, ...match.row])
          }
          if (matches.length === 0 && plan.type !== 'inner' && plan.type !== 'right')
            result.push([...row, ...nothing(rightIds)])
          break
        case 'semi':
          if (matches.length > 0) result.push(row)
          break
        case 'anti':
          if (matches.length === 0) result.push(row)
          break
        case 'mark': {
          const tested = isIn ? leftKeys[0]!(row) : null
          const mark = isIn
            ? inList(
                tested,
                matches.map((match) => [rightKeys[0]!(match.row)]),
              )
            : matches.length > 0
          result.push([...row, mark])
          break
        }
        default:
          unreachable(plan.type)
      }
    }
    if (plan.type === 'right' || plan.type === 'full') {
      this.run(plan.right, outer).forEach((row, number) => {
        if (!met.has(number)) result.push([...nothing(leftIds), ...row])
      })
    }
    return result
  }

  #window(plan: LogicalPlan & { kind: 'window' }, outer: Outer): readonly Row[] {
    const partition = plan.partitionBy.map((each) => this.over(plan.input, each, outer))
    const sortBy = plan.orderBy.map((key) => this.over(plan.input, key.expression, outer))
    const byKey = new Map<string, Row[]>()
    for (const row of this.run(plan.input, outer)) {
      const key = keyOfRow(partition.map((each) => each(row)))
      const known = byKey.get(key)
      if (known) known.push(row)
      else byKey.set(key, [row])
    }
    return [...byKey.values()].flatMap((rows) => {
      const sorted = this.#sort(plan.input, rows, plan.orderBy, outer)
      const sortValues = sorted.map((row) => sortBy.map((each) => each(row)))
      const evaluate = (expression: Expression, row: Row) => this.over(plan.input, expression, outer)(row)
      const columns = plan.calls.map((call) =>
        windowOverPartition(call, sorted, sortValues, plan.orderBy, evaluate),
      )
      return sorted.map((row, index) => [...row, ...columns.map((column) => column[index]!)])
    })
  }
}

function connective(args: readonly ((row: Row) => Value)[], row: Row, decides: boolean): Value {
  let result: Value = !decides
  for (const arg of args) {
    const value = arg(row)
    if (value === decides) return decides
    if (value === null) result = null
  }
  return result
}

/** IN over rows of one column, three-valued. */
function inList(value: Value, rows: readonly Row[]): Value {
  if (rows.length === 0) return false
  if (value === null) return null
  if (rows.some((row) => row[0] !== null && compare(value, row[0]!) === 0)) return true
  return rows.some((row) => row[0] === null) ? null : false
}

/** Every node of a plan, sources first. */
export function planNodes(plan: LogicalPlan): readonly LogicalPlan[] {
  return [...inputs(plan).flatMap(planNodes), plan]
}
