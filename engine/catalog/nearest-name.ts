/**
 * The name that a mistyped one was probably meant to be, for hints, or null when none is close: at most a third of the
 * letters wrong (two in a short name, one in three letters), or one name part of the other. Case is ignored.
 */
export function nearestName(wanted: string, names: Iterable<string>): string | null {
  const target = wanted.toLowerCase()
  const limit = target.length <= 3 ? 1.5 : Math.max(2, Math.floor(target.length / 3))
  let best: string | null = null
  let bestDistance = Infinity
  for (const name of names) {
    const candidate = name.toLowerCase()
    const distance = Math.min(editDistance(target, candidate), isPart(target, candidate) ? 1.5 : Infinity)
    if (distance <= limit && distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** Whether the name has the wanted one in it, or is itself half of it or more. */
function isPart(wanted: string, name: string): boolean {
  return (
    (wanted.length > 2 && name.includes(wanted)) ||
    (name.length > 2 && name.length * 2 >= wanted.length && wanted.includes(name))
  )
}

/** Edits (insertion, deletion, substitution, swap of neighbours): optimal string alignment distance. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, substitution)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1)
      row.push(least)
    }
    beforeLast = last
    last = row
  }
  return last[b.length] ?? 0
}
