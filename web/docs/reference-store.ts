import { create } from 'zustand'
import type { Reference, ReferenceEntry } from '../../workers/protocol.ts'
import { engine } from '../session/connection.ts'
import { reportProblem } from '../session/problems.ts'
import { asWireError } from '../session/wire-error.ts'

/** What the engine can do, in its own words. Null until it was asked for. */
export const useReference = create<{ readonly reference: Reference | null; readonly open: boolean }>()(
  () => ({ reference: null, open: false }),
)

let loading: Promise<Reference> | null = null

export function loadReference(): Promise<Reference> {
  loading ??= engine().reference()
  return loading
}

export function openDocs(): void {
  useReference.setState({ open: true })
  loadReference().then(
    (reference) => useReference.setState({ reference }),
    (thrown: unknown) => {
      loading = null
      reportProblem('The list of functions could not be read', asWireError(thrown))
    },
  )
}

export function closeDocs(): void {
  useReference.setState({ open: false })
}

/** Entries in which every word of `query` occurs: in the name or an alias first, then in what they do. */
export function findEntries(entries: readonly ReferenceEntry[], query: string): readonly ReferenceEntry[] {
  const words = query
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return entries
  const ranked = entries.flatMap((entry) => {
    const name = [entry.name, ...entry.aliases].join(' ').toLowerCase()
    const rest = `${entry.signature} ${entry.summary} ${entry.group}`.toLowerCase()
    if (!words.every((word) => name.includes(word) || rest.includes(word))) return []
    const [first] = words
    const rank = entry.name.toLowerCase() === first ? 0 : words.every((word) => name.includes(word)) ? 1 : 2
    return [{ entry, rank }]
  })
  return ranked.toSorted((a, b) => a.rank - b.rank).map(({ entry }) => entry)
}
