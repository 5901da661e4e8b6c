import { unreachable } from '../errors.ts'
import { conjuncts, terms } from '../plan/expression-tree.ts'
import type { ColumnId, Expression, Join, LogicalPlan } from '../plan/plan.ts'
import type { StatisticValue } from '../catalog/table-provider.ts'

interface ColumnFigures {
  readonly distinct: number
  readonly min: StatisticValue | null
  readonly max: StatisticValue | null
}

/** What is guessed where nothing is known. */
const guess = { equality: 0.1, range: 0.3, pattern: 0.1, other: 0.25, rows: 1000 }

/**
 * Estimates rows from the tables' statistics: distinct counts and ranges of columns, equal keys shared by the larger
 * number of distinct values, conditions taken for independent. Estimates are kept by node.
 */
export class CardinalityEstimator {
  readonly #rows = new Map<LogicalPlan, number>()
  readonly #columns = new Map<ColumnId, ColumnFigures>()

  rows(plan: LogicalPlan): number {
    let rows = this.#rows.get(plan)
    if (rows === undefined) {
      rows = this.#estimate(plan)
      this.#rows.set(plan, rows)
    }
    return rows
  }

  #estimate(plan: LogicalPlan): number {
    switch (plan.kind) {
      case 'scan': {
        const { statistics } = plan.provider
        for (const column of plan.columns) {
          const known = statistics.columns[column.source]
          const distinct =
            known?.distinctEstimate ?? distinctFromRange(known?.min, known?.max, statistics.rowCount)
          this.#columns.set(column.id, {
            distinct: Math.max(1, distinct),
            min: known?.min ?? null,
            max: known?.max ?? null,
          })
        }
        return atLeastOne(statistics.rowCount * this.selectivity(plan.filters))
      }
      case 'values':
        return plan.rows.length
      case 'filter':
        return atLeastOne(this.rows(plan.input) * this.selectivity(conjuncts(plan.predicate)))
      case 'project': {
        const rows = this.rows(plan.input)
        for (const { output, expression } of plan.items) {
          const figures = expression.kind === 'column' ? this.#columns.get(expression.id) : undefined
          if (figures) this.#columns.set(output.id, figures)
        }
        return rows
      }
      case 'aggregate': {
        const rows = this.rows(plan.input)
        if (plan.groups.length === 0) return 1
        let groups = 1
        for (const { output, expression } of plan.groups) {
          const distinct = this.distinct(expression, rows)
          this.#columns.set(output.id, { distinct, min: null, max: null })
          groups *= distinct
        }
        return atLeastOne(Math.min(rows, groups))
      }
      case 'sort':
        return plan.limit === null ? this.rows(plan.input) : Math.min(plan.limit, this.rows(plan.input))
      case 'limit':
        return plan.limit === null ? this.rows(plan.input) : Math.min(plan.limit, this.rows(plan.input))
      case 'window':
      case 'row_number':
        return this.rows(plan.input)
      case 'unnest':
        return this.rows(plan.input) * 4
      case 'union':
        return plan.inputs.reduce((sum, input) => sum + this.rows(input), 0)
      case 'shared':
        return this.rows(plan.rows.plan)
      case 'recursion':
        return this.rows(plan.anchor) + guess.rows
      case 'working_table':
        return plan.rows === 'last' ? guess.rows : guess.rows * 100
      case 'join':
        return this.joinRows(plan)
      default:
        return unreachable(plan)
    }
  }

  /** Rows of a relation before its own filters. */
  unfilteredRows(plan: LogicalPlan): number {
    if (plan.kind === 'scan') return Math.max(1, plan.provider.statistics.rowCount)
    return plan.kind === 'filter' || plan.kind === 'project'
      ? this.unfilteredRows(plan.input)
      : this.rows(plan)
  }

  /** Share of all pairs of rows that meet a condition between relations, which must have been estimated before. */
  joinShare(condition: Expression): number {
    if (condition.kind !== 'call' || (condition.fn !== '=' && condition.fn !== 'is_not_distinct_from')) {
      return this.selectivity([condition])
    }
    const [left, right] = condition.args
    return 1 / Math.max(this.#distinctKnown(left!), this.#distinctKnown(right!))
  }

  /** Different values of an expression over columns, wherever these come from. */
  #distinctKnown(expression: Expression): number {
    if (expression.kind === 'column') return this.#columns.get(expression.id)?.distinct ?? guess.rows
    return expression.kind === 'cast' ? this.#distinctKnown(expression.arg) : guess.rows
  }

  joinRows(join: Join): number {
    const left = this.rows(join.left)
    const right = this.rows(join.right)
    const matched =
      left * right * this.#keySelectivity(join.keys, left, right) * this.selectivity(conjuncts(join.residual))
    switch (join.type) {
      case 'inner':
        return atLeastOne(matched)
      case 'left':
        return Math.max(left, matched)
      case 'single':
      case 'mark':
        return left
      case 'right':
        return Math.max(right, matched)
      case 'full':
        return Math.max(left, right, matched)
      case 'semi':
        return atLeastOne(Math.min(left, left * this.#matchShare(join, left, right)))
      case 'anti':
        return atLeastOne(left * Math.max(0.1, 1 - this.#matchShare(join, left, right)))
      default:
        return unreachable(join.type)
    }
  }

  #keySelectivity(keys: Join['keys'], left: number, right: number): number {
    let result = 1
    for (const key of keys) result /= Math.max(this.distinct(key.left, left), this.distinct(key.right, right))
    return result
  }

  #matchShare(join: Join, left: number, right: number): number {
    if (join.keys.length === 0) return 0.5
    const shares = join.keys.map((key) =>
      Math.min(1, this.distinct(key.right, right) / this.distinct(key.left, left)),
    )
    return Math.min(...shares) * (join.residual ? 0.5 : 1)
  }

  /** Different values of an expression among so many rows. */
  distinct(expression: Expression, rows: number): number {
    if (expression.kind === 'column')
      return Math.max(1, Math.min(rows, this.#columns.get(expression.id)?.distinct ?? rows))
    if (expression.kind === 'cast') return this.distinct(expression.arg, rows)
    if (expression.kind === 'literal') return 1
    return Math.max(1, Math.min(rows, Math.sqrt(rows) * 2))
  }

  selectivity(predicates: readonly Expression[]): number {
    return predicates.reduce((product, each) => product * this.#one(each), 1)
  }

  #one(predicate: Expression): number {
    if (predicate.kind === 'literal') return predicate.value === true ? 1 : 0
    if (predicate.kind !== 'call') return 0.5
    const [first, second] = predicate.args
    switch (predicate.fn) {
      case 'and':
        return this.selectivity(terms(predicate, 'and'))
      case 'or':
        return Math.min(
          1,
          terms(predicate, 'or').reduce((sum, each) => sum + this.#one(each), 0),
        )
      case 'not':
        return 1 - this.#one(first!)
      case '=':
        return this.#equality(first!, second!)
      case 'in':
        return Math.min(1, (predicate.args.length - 1) * this.#equality(first!, predicate.args[1]!))
      case '<>':
        return 1 - this.#equality(first!, second!)
      case '<':
      case '<=':
      case '>':
      case '>=':
        return this.#range(predicate.fn, first!, second!)
      case 'like':
      case 'ilike':
      case 'contains':
      case 'starts_with':
        return guess.pattern
      case 'is_null':
        return 0.05
      case 'is_not_null':
        return 0.95
      default:
        return guess.other
    }
  }

  #equality(a: Expression, b: Expression): number {
    const [column, other] = a.kind === 'column' ? [a, b] : [b, a]
    if (column.kind !== 'column') return guess.equality
    const figures = this.#columns.get(column.id)
    const others = other.kind === 'column' ? (this.#columns.get(other.id)?.distinct ?? 1) : 1
    return figures ? 1 / Math.max(figures.distinct, others) : guess.equality
  }

  #range(fn: string, a: Expression, b: Expression): number {
    if (a.kind === 'literal' && b.kind !== 'literal')
      return this.#range(fn.startsWith('<') ? fn.replace('<', '>') : fn.replace('>', '<'), b, a)
    if (a.kind !== 'column' || b.kind !== 'literal') return guess.range
    const figures = this.#columns.get(a.id)
    const [min, max, value] = [toNumber(figures?.min), toNumber(figures?.max), toNumber(b.value)]
    if (min === null || max === null || value === null || max <= min) return guess.range
    const below = Math.min(1, Math.max(0, (value - min) / (max - min)))
    return Math.max(0.0001, fn.startsWith('<') ? below : 1 - below)
  }
}

function atLeastOne(rows: number): number {
  return Math.max(1, rows)
}

function toNumber(value: unknown): number | null {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : null
}

/** A whole-number column has at most as many values as its range is wide. */
function distinctFromRange(
  min: StatisticValue | null | undefined,
  max: StatisticValue | null | undefined,
  rows: number,
): number {
  if (typeof min === 'bigint' && typeof max === 'bigint') return Math.min(rows, Number(max - min) + 1)
  if (typeof min === 'string') return Math.max(1, Math.sqrt(rows))
  return rows
}
