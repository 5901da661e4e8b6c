import { LakebookError } from './errors.ts'
import type { KeptSpill } from './lakebook.ts'
import type { Session } from './session.ts'

/** What the last query spilled, when it was told to keep it. */
export function keptSpills({ resources }: Session): readonly KeptSpill[] {
  const kept = resources.runtime.spill?.kept ?? []
  return kept.map(({ account, rowCount, bytes }, id) => ({
    id,
    operator: account.owner,
    rows: rowCount,
    bytes,
  }))
}

/**
 * Up to `bytes` bytes of a kept spill from `at` on.
 *
 * @throws `invalid_argument` for a spill that is not kept any more
 */
export function readSpill(session: Session, id: number, at: number, bytes: number): Promise<Uint8Array> {
  return session.read(() => {
    const extent = session.resources.runtime.spill?.kept[id]
    if (extent === undefined) {
      throw new LakebookError('invalid_argument', `There is no spill ${id} any more`, {
        hint: 'Spills of a query under SET keep_spills = true stay until the next query.',
      })
    }
    const from = Math.min(Math.max(0, at), extent.bytes)
    const part = new Uint8Array(Math.max(0, Math.min(bytes, extent.bytes - from)))
    extent.copy(from, part)
    return part
  })
}
