import { aggregateFunction } from '../../functions/aggregate-lowering.ts'
import type { Expression, FrameBound, WindowCall, WindowFrame } from '../../plan/plan.ts'
import { isExponential } from './window-ewm.ts'
import { frameNeedsPeers } from './window-frame.ts'
import { pointsAway } from '../row-layout.ts'
import { isRanking } from './window-rank.ts'
import { FANOUT_BITS } from './window-tree.ts'

/** What a call wants to be at hand, around the rows that it fills in, where it goes on in the middle of a partition. */
export interface Reach {
  /** Rows before the first one, and behind the last one. */
  readonly before: number
  readonly after: number
  /**
   * The rows at hand begin with a multiple of this, a power of 16: then the nodes that frames are put together from are
   * those that there are in the whole partition, and the results the same to the last bit.
   */
  readonly multiple: number
  /** And the rows of frames whose ends move on with the rows by keys or groups: which those are, the rows tell. */
  readonly slides: boolean
}

const NOTHING: Reach = { before: 0, after: 0, multiple: 1, slides: false }

/** Frames and offsets that reach further have the partition at hand as a whole. */
const MOST_ROWS = 2 ** 20

/** Functions that ask how many rows their partition has, whatever the frame. */
const OF_TOTALS: ReadonlySet<string> = new Set(['percent_rank', 'cume_dist', 'ntile'])

const OF_ONE_ROW: ReadonlySet<string> = new Set(['first_value', 'last_value', 'nth_value'])

/**
 * What all of the calls want; null when some must see the whole partition at once. `knowsTotal`: how many rows a
 * partition has is known before they have come.
 */
export function commonReach(calls: readonly WindowCall[], knowsTotal: boolean): Reach | null {
  let common = NOTHING
  for (const call of calls) {
    const reach = reachOf(call, knowsTotal)
    if (reach === null) return null
    common = {
      before: Math.max(common.before, reach.before),
      after: Math.max(common.after, reach.after),
      multiple: Math.max(common.multiple, reach.multiple),
      slides: common.slides || reach.slides,
    }
  }
  return common
}

/** How many rows the end of a ROWS frame is away from the current row, negative before it; null: that is not known. */
export function rowsAway(bound: FrameBound): number | null {
  if (bound.kind === 'current_row') return 0
  const rows = 'offset' in bound ? literalRows(bound.offset) : null
  if (rows === null || rows < 0) return null
  return bound.kind === 'preceding' ? 0 - rows : rows
}

/** Functions that no frame, and no order among equals, makes a difference to. */
const OF_PLACES: ReadonlySet<string> = new Set(['row_number', 'ntile', 'lag', 'lead'])

/** Whether a call asks which rows are equal to the current one in the window's order. */
export function needsPeers(call: WindowCall): boolean {
  if (isRanking(call.fn)) return true
  return (
    !OF_PLACES.has(call.fn) && !isExponential(call.fn) && !isOfFirstRow(call) && frameNeedsPeers(call.frame)
  )
}

function reachOf(call: WindowCall, knowsTotal: boolean): Reach | null {
  const { fn, frame, ignoreNulls } = call
  if (OF_TOTALS.has(fn)) return knowsTotal ? NOTHING : null
  if (fn === 'row_number' || isRanking(fn) || isExponential(fn)) return NOTHING
  if (fn === 'lag' || fn === 'lead') return ignoreNulls ? null : neighbourReach(call)
  if (isOfFirstRow(call)) return pointsAway(call.output) ? null : NOTHING
  if (isOfLastRow(call)) return growingReach(frame)
  if (!OF_ONE_ROW.has(fn) && frame.start.kind === 'unbounded_preceding') {
    return carries(call) ? growingReach(frame) : null
  }
  return slides(call) ? { ...NOTHING, slides: true } : slidingReach(frame)
}

/** Whether the frame moves on with the rows, but not by a known number of rows. */
export function slides({ fn, frame, ignoreNulls }: WindowCall): boolean {
  const { unit, start, end, exclude } = frame
  const hasFrame = !OF_PLACES.has(fn) && !OF_TOTALS.has(fn) && !isRanking(fn) && !isExponential(fn)
  const moves = (bound: FrameBound): boolean =>
    bound.kind === 'current_row' || ('offset' in bound && bound.offset.kind === 'literal')
  return hasFrame && unit !== 'rows' && exclude === 'none' && !ignoreNulls && moves(start) && moves(end)
}

/** FIRST_VALUE of a frame that begins with the partition and is never empty. */
export function isOfFirstRow({ fn, frame: { start, end, exclude }, ignoreNulls }: WindowCall): boolean {
  if (fn !== 'first_value' || ignoreNulls || exclude !== 'none') return false
  const isNeverEmpty = end.kind === 'unbounded_following' || (rowsAway(end) ?? -1) >= 0
  return start.kind === 'unbounded_preceding' && isNeverEmpty
}

/** LAST_VALUE of a frame that begins with the partition. */
function isOfLastRow({ fn, frame: { start }, ignoreNulls }: WindowCall): boolean {
  return fn === 'last_value' && start.kind === 'unbounded_preceding' && !ignoreNulls
}

function neighbourReach({ fn, args: [, offset] }: WindowCall): Reach | null {
  const rows = offset === undefined ? 1 : literalRows(offset)
  if (rows === null) return null
  const away = fn === 'lag' ? -rows : rows
  return { ...NOTHING, before: Math.max(0, -away), after: Math.max(0, away) }
}

/** What came before the rows that the end of the frame may be at is not looked at again. */
function growingReach({ unit, end, exclude }: WindowFrame): Reach | null {
  if (exclude !== 'none') return null
  const away = unit === 'rows' || end.kind === 'current_row' ? rowsAway(end) : null
  return away === null ? null : { ...NOTHING, before: Math.max(0, -away), after: Math.max(0, away) }
}

function slidingReach({ unit, start, end, exclude }: WindowFrame): Reach | null {
  if (unit !== 'rows' || exclude === 'group' || exclude === 'ties') return null
  const from = rowsAway(start)
  const to = rowsAway(end)
  if (from === null || to === null) return null
  return {
    ...NOTHING,
    before: Math.max(0, -from, -to),
    after: Math.max(0, from, to),
    multiple: multipleOf(to - from + 1),
  }
}

/** What rows at hand begin with a multiple of, where a frame has so many rows. */
export function multipleOf(rows: number): number {
  return 2 ** (Math.floor(Math.log2(Math.max(1, rows)) / FANOUT_BITS) * FANOUT_BITS)
}

/** What it comes to is a few numbers, and points to no row. */
function carries({ fn, args, span }: WindowCall): boolean {
  const types = args.map((argument) => argument.type)
  return aggregateFunction(fn, span)
    .accumulators(types)
    .flatMap(({ accumulator, args: taken }) =>
      accumulator.fields({ types: taken.map((index) => types[index]!), mayBeEmpty: true }),
    )
    .every((field) => !pointsAway(field))
}

function literalRows(offset: Expression): number | null {
  if (offset.kind !== 'literal' || typeof offset.value !== 'bigint') return null
  return offset.value >= -MOST_ROWS && offset.value <= MOST_ROWS ? Number(offset.value) : null
}
