import type { CellAccess } from '../../workers/protocol.ts'

/**
 * Which cells may run at the same time. Cells are in the order in which they were asked for; one waits for another
 * before it when the two side by side could give another answer than one after the other:
 *
 * - it reads or changes what the other changes, so that it *builds on* the other;
 * - it changes what the other reads;
 * - both change rows of tables, or take numbers from sequences;
 * - either has to be alone.
 */
export function mustWait(later: CellAccess, earlier: CellAccess): boolean {
  return (
    buildsOn(later, earlier) ||
    later.alone ||
    (earlier.readsAny && changesAnything(later)) ||
    haveCommon(later.changes, earlier.reads) ||
    (keepsOrder(later) && keepsOrder(earlier))
  )
}

/** Whether it may see what the other changes: then it makes no sense where the other fails. */
export function buildsOn(later: CellAccess, earlier: CellAccess): boolean {
  if (earlier.alone) return true
  if (later.alone || later.readsAny) return changesAnything(earlier)
  return haveCommon(earlier.changes, later.reads)
}

/**
 * A cell's access together with that of the cells it builds on, of those before it that have not ended: what these make
 * may be a view or a frame, behind which stands whatever they read.
 */
export function accessBehind(own: CellAccess, before: readonly CellAccess[]): CellAccess {
  const reads = new Set(own.reads)
  let { readsAny, takesNumbers } = own
  const others = new Set(before)
  for (let found = true; found;) {
    found = false
    for (const other of others) {
      if (!other.alone && !haveCommon(other.changes, [...reads])) continue
      others.delete(other)
      found = true
      for (const word of other.reads) reads.add(word)
      readsAny ||= other.readsAny
      takesNumbers ||= other.takesNumbers
    }
  }
  return { ...own, reads: [...reads], readsAny, takesNumbers }
}

/** What is not known, as what a panel of a demo does. */
export const UNKNOWN_ACCESS: CellAccess = {
  reads: [],
  readsAny: true,
  changes: [],
  changesRows: true,
  takesNumbers: true,
  alone: true,
}

function changesAnything(access: CellAccess): boolean {
  return access.alone || access.changes.length > 0 || keepsOrder(access)
}

function keepsOrder({ changesRows, takesNumbers }: CellAccess): boolean {
  return changesRows || takesNumbers
}

function haveCommon(some: readonly string[], others: readonly string[]): boolean {
  const known = new Set(others)
  return some.some((word) => known.has(word))
}
