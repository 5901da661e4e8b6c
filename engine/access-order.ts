/**
 * What a cell would read and change, as far as its text and the session's names tell before it runs: enough to know
 * which cells may run at the same time. It says too much rather than too little, so that no cell's answer depends on
 * whether others run beside it.
 *
 * Names are told by words in lower case: where a text names something, all words of the name stand in it, so that one of
 * them can stand for the name.
 */
export interface CellAccess {
  /** Every word of the text, and of the views, frames, macros and tables that it names. */
  readonly reads: readonly string[]
  /** It may read what it does not name: SHOW TABLES, `'part-*.parquet'`. */
  readonly readsAny: boolean
  /** A word of each table, view, frame, macro, variable, schema or sequence that it makes, changes or drops. */
  readonly changes: readonly string[]
  /** Such cells keep their order whatever they name: constraints may look at other tables, defaults count on. */
  readonly changesRows: boolean
  /** Takes numbers from sequences, which gives cells an order too. */
  readonly takesNumbers: boolean
  /** What it changes is not known, or concerns everybody, as SET does: nothing may run beside it. */
  readonly alone: boolean
}

/**
 * Which cells may run at the same time. Cells are in the order in which they were asked for; one waits for another before
 * it when the two side by side could give another answer than one after the other:
 *
 * - it *follows* the other: it reads or changes what the other changes, or both change rows of tables or take numbers
 *   from sequences;
 * - it changes what the other reads;
 * - either has to be alone.
 */
export function mustWait(later: CellAccess, earlier: CellAccess): boolean {
  return (
    follows(later, earlier) ||
    later.alone ||
    (earlier.readsAny && changesAnything(later)) ||
    haveCommon(later.changes, earlier.reads)
  )
}

/** Whether it has to begin with what the other leaves; what the other reads stays for it as it was. */
export function follows(later: CellAccess, earlier: CellAccess): boolean {
  return buildsOn(later, earlier) || (keepsOrder(later) && keepsOrder(earlier))
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

/** Reads whatever there is, and changes nothing. */
export const READS_ANY: CellAccess = {
  reads: [],
  readsAny: true,
  changes: [],
  changesRows: false,
  takesNumbers: false,
  alone: false,
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
