import { unreachable } from '../errors.ts'
import type { FrameBound, SortKey, WindowCall, WindowFrame } from '../plan/plan.ts'
import { addInterval } from '../plan/temporal-text.ts'
import { aggregateRows } from './reference-aggregate.ts'
import { compare, isInterval, type Row, type Value } from './reference-value.ts'

type Evaluate = (expression: SortKey['expression'], row: Row) => Value

/** Compares two lists of sort values by their keys' directions. */
export function compareKeys(a: readonly Value[], b: readonly Value[], keys: readonly SortKey[]): number {
  for (let i = 0; i < keys.length; i += 1) {
    const { descending, nullsFirst } = keys[i]!
    const [x, y] = [a[i] ?? null, b[i] ?? null]
    if (x === null || y === null) {
      if (x === null && y === null) continue
      return (x === null) === nullsFirst ? -1 : 1
    }
    const order = compare(x, y)
    if (order !== 0) return descending ? -order : order
  }
  return 0
}

/** One window function over the rows of one partition, already sorted; gives a value for each row. */
export function windowOverPartition(
  call: WindowCall,
  rows: readonly Row[],
  sortValues: readonly (readonly Value[])[],
  keys: readonly SortKey[],
  evaluate: Evaluate,
): readonly Value[] {
  const isPeer = (a: number, b: number) => compareKeys(sortValues[a]!, sortValues[b]!, keys) === 0
  const firstPeer = (row: number) => {
    let at = row
    while (at > 0 && isPeer(at - 1, row)) at -= 1
    return at
  }
  const lastPeer = (row: number) => {
    let at = row
    while (at + 1 < rows.length && isPeer(at + 1, row)) at += 1
    return at
  }
  const args = rows.map((row) => call.args.map((arg) => evaluate(arg, row)))
  const groups: number[] = []
  rows.forEach((_, row) =>
    groups.push(row === 0 ? 0 : isPeer(row - 1, row) ? groups[row - 1]! : groups[row - 1]! + 1),
  )
  return rows.map((row, index): Value => {
    switch (call.fn) {
      case 'row_number':
        return BigInt(index + 1)
      case 'rank':
        return BigInt(firstPeer(index) + 1)
      case 'dense_rank':
        return BigInt(groups[index]! + 1)
      case 'percent_rank':
        return rows.length === 1 ? 0 : firstPeer(index) / (rows.length - 1)
      case 'cume_dist':
        return (lastPeer(index) + 1) / rows.length
      case 'ntile':
        return bucket(index, rows.length, args[index]![0]!)
      case 'lag':
      case 'lead':
        return neighbour(call, args, index)
      case 'ewm_mean':
      case 'ewm_var':
      case 'ewm_std':
        return exponential(call.fn, args.slice(0, index + 1))
      default:
        break
    }
    const inFrame = excluded(
      call,
      index,
      frameRows(call.frame, rows, sortValues, keys, index, { firstPeer, lastPeer, groups }, (bound) =>
        evaluate(bound, row),
      ),
      isPeer,
    ).filter((at) => call.filter === null || evaluate(call.filter, rows[at]!) === true)
    const frameArgs = inFrame.map((at) => args[at]!)
    const usable = call.ignoreNulls ? frameArgs.filter((each) => each[0] !== null) : frameArgs
    switch (call.fn) {
      case 'first_value':
        return valueAt(usable, 0)
      case 'last_value':
        return valueAt(usable, -1)
      case 'nth_value': {
        const position = Number(args[index]![1])
        return position < 1 ? null : (usable[position - 1]?.[0] ?? null)
      }
      default:
        return aggregateRows(
          call.fn,
          frameArgs,
          call.args.map((arg) => arg.type),
        )
    }
  })
}

function excluded(
  { frame }: WindowCall,
  index: number,
  rows: readonly number[],
  isPeer: (a: number, b: number) => boolean,
): readonly number[] {
  switch (frame.exclude) {
    case 'none':
      return rows
    case 'current_row':
      return rows.filter((at) => at !== index)
    case 'group':
      return rows.filter((at) => !isPeer(at, index))
    case 'ties':
      return rows.filter((at) => at === index || !isPeer(at, index))
    default:
      return unreachable(frame.exclude)
  }
}

/** The value of the row at a position, counted from the end where it is negative. */
function valueAt(rows: readonly (readonly Value[])[], position: number): Value {
  return rows.at(position)?.[0] ?? null
}

/** The weighted moments of the rows up to the last, each weight worked out by itself. */
function exponential(fn: string, rows: readonly (readonly Value[])[]): Value {
  const [last, alpha, adjust, ignoreNulls, least, bias] = rows.at(-1)!
  const counted = ignoreNulls === true ? rows.filter(([x]) => x !== null) : rows
  const known = counted.flatMap(([x], at) => (x === null ? [] : [{ x: Number(x), at }]))
  if (last === null || known.length < Number(least)) return null
  const decay = (rowsPassed: number) => (1 - Number(alpha)) ** rowsPassed
  let weights = known.map(({ at }) => decay(counted.length - 1 - at))
  if (adjust !== true) {
    // what came before a value weighs 1 together, decayed by the rows between, and the value alpha
    weights = known.reduce<number[]>((before, { at }, i) => {
      if (i === 0) return [1]
      const old = decay(at - known[i - 1]!.at)
      const total = old + Number(alpha)
      return [...before.map((weight) => (weight * old) / total), Number(alpha) / total]
    }, [])
  }
  const sum = weights.reduce((a, b) => a + b, 0)
  const mean = known.reduce((total, { x }, i) => total + weights[i]! * x, 0) / sum
  if (fn === 'ewm_mean') return mean
  const biased = known.reduce((total, { x }, i) => total + weights[i]! * (x - mean) ** 2, 0) / sum
  const squares = weights.reduce((total, weight) => total + weight * weight, 0)
  const left = sum * sum - squares
  const variance = bias === true ? biased : known.length === 1 ? 0 : (biased * sum * sum) / left
  return fn === 'ewm_var' ? variance : Math.sqrt(variance)
}

function bucket(index: number, rows: number, count: Value): Value {
  if (count === null) return null
  const buckets = Number(count)
  const size = Math.floor(rows / buckets)
  const larger = rows % buckets
  const boundary = larger * (size + 1)
  return BigInt(
    index < boundary
      ? Math.floor(index / (size + 1)) + 1
      : larger + Math.floor((index - boundary) / size) + 1,
  )
}

function neighbour(call: WindowCall, args: readonly (readonly Value[])[], index: number): Value {
  const [, offset, otherwise] = args[index]!
  const distance = offset === undefined ? 1 : Number(offset)
  const step = call.fn === 'lag' ? -distance : distance
  if (!call.ignoreNulls) {
    const other = args[index + step]
    return other ? other[0]! : (otherwise ?? null)
  }
  let left = Math.abs(step)
  for (let at = index + Math.sign(step); at >= 0 && at < args.length; at += Math.sign(step)) {
    if (args[at]![0] !== null) left -= 1
    if (left === 0) return args[at]![0]!
  }
  return otherwise ?? null
}

interface Peers {
  readonly firstPeer: (row: number) => number
  readonly lastPeer: (row: number) => number
  readonly groups: readonly number[]
}

function frameRows(
  frame: WindowFrame,
  rows: readonly Row[],
  sortValues: readonly (readonly Value[])[],
  keys: readonly SortKey[],
  index: number,
  peers: Peers,
  evaluate: (expression: SortKey['expression']) => Value,
): readonly number[] {
  const all = rows.map((_, at) => at)
  const isInside =
    (bound: FrameBound, isStart: boolean) =>
    (at: number): boolean => {
      switch (bound.kind) {
        case 'unbounded_preceding':
          return isStart
        case 'unbounded_following':
          return !isStart
        case 'current_row':
          if (frame.unit === 'rows') return isStart ? at >= index : at <= index
          return isStart ? at >= peers.firstPeer(index) : at <= peers.lastPeer(index)
        case 'preceding':
        case 'following': {
          const offset = evaluate(bound.offset)
          if (frame.unit === 'range')
            return rangeHolds(
              sortValues[index]![0]!,
              sortValues[at]![0]!,
              offset,
              bound.kind,
              isStart,
              keys[0]!,
            )
          const distance = Number(offset) * (bound.kind === 'preceding' ? -1 : 1)
          const [here, there] =
            frame.unit === 'rows' ? [index, at] : [peers.groups[index]!, peers.groups[at]!]
          return isStart ? there >= here + distance : there <= here + distance
        }
        default:
          return unreachable(bound)
      }
    }
  return all.filter(isInside(frame.start, true)).filter(isInside(frame.end, false))
}

function rangeHolds(
  here: Value,
  there: Value,
  offset: Value,
  kind: 'preceding' | 'following',
  isStart: boolean,
  key: SortKey,
): boolean {
  if (here === null || there === null) {
    if (here === null && there === null) return true
    // NULLs lie before or after all values
    const thereIsBefore = (there === null) === key.nullsFirst
    return isStart ? !thereIsBefore : thereIsBefore
  }
  const sign = (kind === 'preceding' ? -1 : 1) * (key.descending ? -1 : 1)
  const limit = shifted(here, offset, sign)
  const order = compare(there, limit) * (key.descending ? -1 : 1)
  return isStart ? order >= 0 : order <= 0
}

function shifted(value: Value, offset: Value, sign: number): Value {
  if (typeof value === 'bigint' && typeof offset === 'bigint') return value + BigInt(sign) * offset
  if (typeof value === 'number' && typeof offset === 'number') return value + sign * offset
  if (typeof value === 'bigint' && isInterval(offset)) return addInterval(value, offset, sign === 1 ? 1 : -1)
  throw new Error('cannot shift this value of a RANGE frame')
}
