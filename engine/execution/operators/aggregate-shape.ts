import { internalError, unsupported } from '../../errors.ts'
import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import type {
  Accumulator,
  AccumulatorInput,
  AggregateFunction,
} from '../../functions/aggregates/aggregate-function.ts'
import { newColumn } from '../../plan/column-ids.ts'
import type { Aggregate, AggregateCall, Column, Expression } from '../../plan/plan.ts'
import { layoutRow, type RowLayout } from '../row-layout.ts'
import { layoutSlots } from './aggregate-slots.ts'

/** One running state of every group, and what it is fed with. */
export interface StateShape {
  readonly accumulator: Accumulator
  readonly args: readonly Expression[]
  readonly filter: Expression | null
  readonly input: AccumulatorInput
  /** Its fields are the columns from here on. */
  readonly firstField: number
  readonly columns: readonly Column[]
  readonly spilled: readonly Column[]
  readonly call: AggregateCall
}

export interface CallShape {
  readonly call: AggregateCall
  readonly fn: AggregateFunction
  readonly states: readonly StateShape[]
}

/**
 * What a row of an aggregate's table holds: the keys, then the fields of the states. Calls that need the same state
 * (SUM and AVG of one expression) share it.
 */
export interface AggregateShape {
  readonly keys: readonly { readonly column: Column; readonly expression: Expression }[]
  readonly states: readonly StateShape[]
  readonly calls: readonly CallShape[]
  readonly layout: RowLayout
  /** What is written to disk: keys and states as columns. */
  readonly spilledColumns: readonly Column[]
}

/** Bytes before the fields of a group's row: u32 hash, 4 bytes unused. Without keys there is no header. */
export const GROUP_HEADER_BYTES = 8

export function shapeAggregate(plan: Aggregate): AggregateShape {
  const keys = plan.groups.map(({ output, expression }) => ({ column: output, expression }))
  const states = new StateCollector(keys.length)
  const calls = plan.aggregates.map((call) => shapeCall(call, keys.length > 0, states))
  const columns = [...keys.map((key) => key.column), ...states.shapes.flatMap((state) => state.columns)]
  return {
    keys,
    states: states.shapes,
    calls,
    layout: keys.length === 0 ? layoutSlots(columns) : layoutRow(columns, GROUP_HEADER_BYTES),
    spilledColumns: [...keys.map((key) => key.column), ...states.shapes.flatMap((state) => state.spilled)],
  }
}

/** The layout of a group's row with the fields that are written to disk. */
export function spilledLayout({ layout, spilledColumns }: AggregateShape): RowLayout {
  const spilled = new Set(spilledColumns)
  return { ...layout, fields: layout.fields.filter(({ column }) => spilled.has(column)) }
}

function shapeCall(call: AggregateCall, grouped: boolean, states: StateCollector): CallShape {
  if (call.distinct) throw internalError(`${call.fn}(DISTINCT …) reached the executor`)
  if (call.orderBy.length > 0) throw unsupported(`ORDER BY inside ${call.fn}`, call.span)
  const fn = aggregateFunction(call.fn, call.span)
  const uses = fn.accumulators(call.args.map((argument) => argument.type))
  return { call, fn, states: uses.map((use) => states.stateFor(call, use, grouped)) }
}

class StateCollector {
  readonly shapes: StateShape[] = []
  readonly #byKey = new Map<string, StateShape>()
  #nextField: number

  constructor(keyCount: number) {
    this.#nextField = keyCount
  }

  stateFor(
    call: AggregateCall,
    use: { readonly accumulator: Accumulator; readonly args: readonly number[] },
    grouped: boolean,
  ): StateShape {
    const { accumulator } = use
    const all = use.args.map((index) => call.args[index]!)
    const everyRowCounts = all.every((argument) => !argument.nullable)
    // a count of what is never NULL is the count of rows
    const args = accumulator.name === 'count' && everyRowCounts ? [] : all
    const key = JSON.stringify([accumulator.name, args, call.filter], withoutSpans)
    const known = this.#byKey.get(key)
    if (known !== undefined) return known
    const input: AccumulatorInput = {
      types: args.map((argument) => argument.type),
      mayBeEmpty: !grouped || call.filter !== null || !everyRowCounts,
    }
    const fields = accumulator.fields(input)
    const columns = fields.map(({ type, nullable }, index) =>
      newColumn(`${accumulator.name}.${index}`, type, nullable),
    )
    const shape: StateShape = {
      accumulator,
      args,
      filter: call.filter,
      input,
      firstField: this.#nextField,
      columns,
      spilled: columns.filter((_, index) => fields[index]!.spilled !== false),
      call,
    }
    this.#nextField += fields.length
    this.shapes.push(shape)
    this.#byKey.set(key, shape)
    return shape
  }
}

/** Two calls at different places may ask for the same. */
function withoutSpans(key: string, value: unknown): unknown {
  if (key === 'span') return undefined
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'number' && !Number.isFinite(value)) return `${value}`
  if (value instanceof Uint8Array) return value.join()
  return Object.is(value, -0) ? '-0' : value
}
