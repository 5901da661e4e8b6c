import { create } from 'zustand'
import type { KeptSpill } from '../../engine/lakebook.ts'
import { engine } from './connection.ts'
import { useEngine } from './engine-store.ts'
import { reportProblem } from './problems.ts'
import { runText } from './runner.ts'
import { saveBlob } from './save-blob.ts'
import { asWireError } from './wire-error.ts'

const CHUNK_BYTES = 2 ** 20

interface KeptState {
  readonly keep: boolean
  readonly spills: readonly KeptSpill[]
}

export const useKeptSpills = create<KeptState>()(() => ({ keep: false, spills: [] }))

// another heap begins with the settings that every session begins with
useEngine.subscribe(({ phase }, before) => {
  if (phase.kind === 'starting' && before.phase.kind !== 'starting')
    useKeptSpills.setState({ keep: false, spills: [] })
})

/** `SET keep_spills`, as a cell may do too. */
export async function keepSpills(keep: boolean): Promise<void> {
  useKeptSpills.setState({ keep, spills: [] })
  try {
    const { id } = await runText('sql', `SET keep_spills = ${keep}`)
    await engine().release(id)
  } catch (thrown) {
    useKeptSpills.setState({ keep: !keep })
    reportProblem('The setting could not be changed', asWireError(thrown))
  }
}

/** Asks what the last query left; that it left anything says that spills are kept. */
export async function readKeptSpills(): Promise<void> {
  const spills = await engine()
    .spills()
    .catch(() => [])
  useKeptSpills.setState(({ keep }) => ({ keep: keep || spills.length > 0, spills }))
}

/** Offers a kept spill as a file, read piece by piece. */
export async function downloadSpill({ id, operator, bytes }: KeptSpill): Promise<void> {
  try {
    const pieces: Blob[] = []
    for (let at = 0; at < bytes; at += CHUNK_BYTES) {
      pieces.push(new Blob([(await engine().readSpill(id, at, CHUNK_BYTES)) as BlobPart]))
    }
    const stem = operator.replace(/[^\w]+/g, '-').toLowerCase()
    saveBlob(
      new Blob(pieces, { type: 'application/vnd.apache.arrow.stream' }),
      `spill-${stem}-${id + 1}.arrows`,
    )
  } catch (thrown) {
    reportProblem('The spill could not be read', asWireError(thrown))
  }
}
