import { internalError } from '../../errors.ts'
import { slotCount, type CgmPlan, type GapTargets } from './cgm-presets.ts'
import { Random } from './random.ts'

const MOST_TRIES = 10_000_000

/** Which slots have a reading: one byte a slot (1 = there), person after person. */
export function readingGaps(plan: CgmPlan): Uint8Array {
  const slots = slotCount(plan)
  const present = new Uint8Array(plan.users * slots).fill(1)
  for (let user = 0; user < plan.users; user++) {
    dropReadings(present.subarray(user * slots, (user + 1) * slots), plan, Random.forPart(plan.seed, user))
  }
  if (plan.targets !== null) {
    const random = Random.forPart(plan.seed, plan.users)
    trimExactly(present, slots, plan.targets.trimmed, random)
    gapsExactly(present, slots, plan.targets, random)
  }
  return present
}

function dropReadings(present: Uint8Array, plan: CgmPlan, random: Random): void {
  for (let slot = 0; slot < present.length; slot++) {
    if (random.uniform() < plan.dropOut) present[slot] = 0
  }
  for (const { perDay, hours } of plan.blocks) {
    const [least, most] = hours
    const expected = perDay * plan.days
    const blocks = Math.floor(expected) + (random.uniform() < expected % 1 ? 1 : 0)
    for (let block = 0; block < blocks; block++) {
      const length = Math.round((random.between(least, most) * 60) / plan.stepMinutes)
      const start = random.below(present.length - length)
      present.fill(0, start, start + length)
    }
  }
}

/** Slots before the first and after the last reading, over all people. */
function countTrimmed(present: Uint8Array, slots: number): number {
  let trimmed = 0
  for (let from = 0; from < present.length; from += slots) {
    const { first, last } = ends(present, from, slots)
    trimmed += first - from + (from + slots - 1 - last)
  }
  return trimmed
}

function ends(
  present: Uint8Array,
  from: number,
  slots: number,
): { readonly first: number; readonly last: number } {
  const first = present.indexOf(1, from)
  const last = present.lastIndexOf(1, from + slots - 1)
  if (first < 0 || first >= from + slots || last < from)
    throw internalError('a person has no readings at all')
  return { first, last }
}

/** Moves people's first or last readings by one slot until the ends add up. No gap in between changes. */
function trimExactly(present: Uint8Array, slots: number, target: number, random: Random): void {
  const users = present.length / slots
  let trimmed = countTrimmed(present, slots)
  for (let tries = 0; trimmed !== target; tries++) {
    if (tries > MOST_TRIES) throw internalError('the ends of the readings cannot be calibrated')
    const from = random.below(users) * slots
    const { first, last } = ends(present, from, slots)
    const [end, inwards] = random.uniform() < 0.5 ? [first, 1] : [last, -1]
    if (trimmed > target) {
      const outer = end - inwards
      if (outer < from || outer >= from + slots) continue
      present[outer] = 1
      trimmed--
    } else if (present[end + inwards] === 1) {
      present[end] = 0
      trimmed++
    }
  }
}

function countGaps(present: Uint8Array, slots: number): { single: number; long: number } {
  const counts = { single: 0, long: 0 }
  for (let from = 0; from < present.length; from += slots) {
    const { first, last } = ends(present, from, slots)
    let run = 0
    for (let slot = first; slot <= last; slot++) {
      if (present[slot] === 0) {
        run++
        continue
      }
      if (run === 1) counts.single++
      else counts.long += run
      run = 0
    }
  }
  return counts
}

/**
 * Picks slots between people's ends at random and changes those that bring a count one step nearer to its target
 * without touching the other: `110` or `011` is a long gap's edge, `101` a single, `111` no gap.
 */
function gapsExactly(present: Uint8Array, slots: number, targets: GapTargets, random: Random): void {
  const counts = countGaps(present, slots)
  const there = (slot: number) => present[slot] === 1
  for (let tries = 0; counts.single !== targets.single || counts.long !== targets.long; tries++) {
    if (tries > MOST_TRIES) throw internalError('the gaps of the readings cannot be calibrated')
    const from = random.below(present.length / slots) * slots
    const { first, last } = ends(present, from, slots)
    const slot = from + random.below(slots)
    if (slot < first + 3 || slot > last - 3) continue
    const single = !there(slot) && there(slot - 1) && there(slot + 1)
    if (single && counts.single > targets.single) {
      present[slot] = 1
      counts.single--
    } else if (there(slot) && there(slot - 1) && there(slot + 1) && counts.single < targets.single) {
      present[slot] = 0
      counts.single++
    } else if (longEdge(present, slot) && counts.long > targets.long) {
      present[slot] = 1
      counts.long--
    } else if (besideLong(present, slot) && counts.long < targets.long) {
      present[slot] = 0
      counts.long++
    }
  }
}

/** The first slot of a gap of three or more: filling it leaves a long gap. */
function longEdge(present: Uint8Array, slot: number): boolean {
  return present[slot] === 0 && present[slot - 1] === 1 && present[slot + 1] === 0 && present[slot + 2] === 0
}

/** A reading right after a long gap and followed by another reading: dropping it makes the gap one longer. */
function besideLong(present: Uint8Array, slot: number): boolean {
  return present[slot] === 1 && present[slot - 1] === 0 && present[slot - 2] === 0 && present[slot + 1] === 1
}
