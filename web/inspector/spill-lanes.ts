import type { MemoryEvent, OperatorProfile, QueryProfile } from '../../engine/lakebook.ts'

/** One consumer's spills and merges over the time of a run. An operator has several where its partitions spill apart. */
export interface SpillLane {
  readonly name: string
  readonly marks: readonly {
    readonly kind: 'spill' | 'merge'
    /** Of the run, 0 to 1. */
    readonly at: number
    readonly bytes: number
  }[]
}

interface SpillingOperator {
  /** As consumers of memory are called, e.g. `Sort #2`. */
  readonly name: string
  /** Null for what spilled on behalf of no operator, such as a result. */
  readonly operator: OperatorProfile | null
  readonly lanes: readonly SpillLane[]
}

type Spilling = Pick<QueryProfile, 'operators' | 'events' | 'memory' | 'elapsedMs'>

/** Who spilled, from the sources to the result, and when. */
export function spillingOperators({ operators, events, memory, elapsedMs }: Spilling): SpillingOperator[] {
  const shown = events.filter(({ kind }) => kind !== 'evict')
  const fromMs = Math.min(memory[0]?.atMs ?? Infinity, shown[0]?.atMs ?? Infinity)
  const lengthMs = Math.max(elapsedMs, ...shown.map(({ atMs }) => atMs - fromMs), 1)
  const consumers = [...new Set(shown.map(({ consumer }) => consumer))]
  const lanes = consumers.map((consumer) => ({
    owner: ownerOf(consumer, operators),
    lane: laneOf(
      consumer,
      shown.filter((event) => event.consumer === consumer),
      fromMs,
      lengthMs,
    ),
  }))
  const ofOperators = operators.flatMap((operator): SpillingOperator[] => {
    const own = lanes
      .filter(({ owner }) => owner === operator)
      .map(({ lane }) => lane)
      .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
    if (operator.spillCount === 0 && own.length === 0) return []
    return [{ name: `${operator.name} #${operator.id}`, operator, lanes: own }]
  })
  const ofNobody = lanes
    .filter(({ owner }) => owner === undefined)
    .map(({ lane }): SpillingOperator => ({ name: lane.name, operator: null, lanes: [lane] }))
  return [...ofOperators, ...ofNobody]
}

function laneOf(name: string, events: readonly MemoryEvent[], fromMs: number, lengthMs: number): SpillLane {
  const marks = events.flatMap(({ kind, atMs, bytes }) =>
    kind === 'evict' ? [] : [{ kind, at: (atMs - fromMs) / lengthMs, bytes }],
  )
  return { name, marks }
}

/** `Sort #2` and its partition `Sort #2[3]` belong to operator 2; a name without a number to the operator of that name. */
function ownerOf(consumer: string, operators: readonly OperatorProfile[]): OperatorProfile | undefined {
  const id = /#(\d+)/.exec(consumer)?.[1]
  if (id !== undefined) return operators.find((operator) => operator.id === Number(id))
  return operators.find((operator) => operator.name === consumer && operator.spillCount > 0)
}

const PLACES = 400

/** One mark of a kind for each place where it can be told from others: a long run has more of them than a page can hold. */
export function distinctMarks<Mark extends { readonly kind: string; readonly at: number }>(
  marks: readonly Mark[],
): readonly Mark[] {
  return [...new Map(marks.map((mark) => [`${mark.kind} ${Math.round(mark.at * PLACES)}`, mark])).values()]
}
