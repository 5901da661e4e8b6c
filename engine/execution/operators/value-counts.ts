import { types } from '../../arrow/types.ts'
import { columnReference, newColumn } from '../../plan/column-ids.ts'
import type { Aggregate, AggregateCall, Column, Expression, LogicalPlan } from '../../plan/plan.ts'
import { filterBy, passThrough } from '../../plan/project-columns.ts'
import { aggregate, callOf, type CountedValues, type GroupTotals } from './counted-values.ts'
import type { InputReader } from './input-reader.ts'
import { typedCall, typedCast } from './typed-expression.ts'

/** Plans that count what a call of an aggregate is over. Each is a plan of its own, which reads the input again. */
export class ValueCounts {
  readonly #groups: Aggregate['groups']
  readonly #argument: Expression
  readonly #conditions: readonly Expression[]
  readonly #input: InputReader

  constructor({ groups }: Aggregate, { args, filter }: AggregateCall, input: InputReader) {
    const argument = args[0]!
    this.#groups = groups
    this.#argument = argument
    this.#conditions = [
      ...(argument.nullable ? [typedCall('is_not_null', argument)] : []),
      ...(filter === null ? [] : [filter]),
    ]
    this.#input = input
  }

  counted(): CountedValues {
    const { plan, keys, value } = this.#read(null)
    return this.#count(plan, keys, value, []).counted
  }

  /** Beside each value the place of the first row that has it, as a whole number. */
  placed(): { readonly counted: CountedValues; readonly place: Column } {
    const row = newColumn('place', types.int64, false)
    const first = newColumn('first place', types.int64, true)
    const { plan, keys, value } = this.#read(row)
    const { counted, more } = this.#count(plan, keys, value, [callOf('min', [columnReference(row)], first)])
    return { counted, place: more[0]! }
  }

  totals(): GroupTotals {
    const { plan, keys } = this.#read(null)
    const count = newColumn('count', types.int64, false)
    const grouped = aggregate({ plan, keys }, [callOf('count_star', [], count)])
    const total = newColumn('total', types.float64, false)
    const items = [...grouped.keys.map(passThrough), asDouble(count, total)]
    return { plan: { kind: 'project', input: grouped.plan, items }, keys: grouped.keys, total }
  }

  /** Keys and value of the rows that count. */
  #read(place: Column | null): {
    readonly plan: LogicalPlan
    readonly keys: readonly Column[]
    readonly value: Column
  } {
    const groups = this.#groups.map(({ expression }) => expression)
    const { plan, here } = this.#input([...groups, this.#argument, ...this.#conditions])
    const numbered: LogicalPlan = place === null ? plan : { kind: 'row_number', input: plan, output: place }
    const kept = this.#conditions.reduce((input, condition) => filterBy(input, here(condition)), numbered)
    const item = (name: string, expression: Expression) => ({
      output: newColumn(name, expression.type, expression.nullable),
      expression: here(expression),
    })
    const keys = this.#groups.map(({ output, expression }) => item(output.name, expression))
    const value = item('value', this.#argument)
    const items = [...keys, value, ...(place === null ? [] : [passThrough(place)])]
    return {
      plan: { kind: 'project', input: kept, items },
      keys: keys.map(({ output }) => output),
      value: value.output,
    }
  }

  #count(
    plan: LogicalPlan,
    keys: readonly Column[],
    value: Column,
    calls: readonly AggregateCall[],
  ): { readonly counted: CountedValues; readonly more: readonly Column[] } {
    const times = newColumn('times', types.int64, false)
    const grouped = aggregate({ plan, keys: [...keys, value] }, [callOf('count_star', [], times), ...calls])
    const count = newColumn('count', types.float64, false)
    const more = calls.map(({ output }) => output)
    const items = [...[...grouped.keys, ...more].map(passThrough), asDouble(times, count)]
    const counted: CountedValues = {
      plan: { kind: 'project', input: grouped.plan, items },
      keys: grouped.keys.slice(0, -1),
      value: grouped.keys.at(-1)!,
      count,
    }
    return { counted, more }
  }
}

function asDouble(
  from: Column,
  output: Column,
): { readonly output: Column; readonly expression: Expression } {
  return { output, expression: typedCast(columnReference(from), types.float64) }
}
