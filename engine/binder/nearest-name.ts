/** Edit distance with swaps of neighbours (optimal string alignment). */
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforeLast[j - 2]! + 1)
      row.push(best)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}

/** The name that a mistyped one was probably meant to be; null when none is near. */
export function nearestName(typed: string, names: Iterable<string>): string | null {
  const wanted = typed.toLowerCase()
  let best: string | null = null
  let bestDistance = (wanted.length <= 3 ? 1 : Math.max(2, Math.floor(wanted.length / 3))) + 1
  for (const name of names) {
    const candidate = name.toLowerCase()
    const far = candidate.includes(wanted) && wanted.length > 2 ? 1 : distance(wanted, candidate)
    if (far < bestDistance) {
      best = name
      bestDistance = far
    }
  }
  return best
}

/** A hint naming the nearest candidate, else the first few of them. */
export function nameHint(typed: string, names: readonly string[]): string | undefined {
  const near = nearestName(typed, names)
  if (near !== null) return `Did you mean "${near}"?`
  if (names.length === 0) return undefined
  const some = names.slice(0, 8).join(', ')
  return `There ${names.length === 1 ? 'is' : 'are'} ${some}${names.length > 8 ? ', …' : ''}.`
}
