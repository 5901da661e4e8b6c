import type { RowsFormat } from './write-rows.ts'
import { writeRows } from './write-rows.ts'
import type { Session } from './session.ts'
import type { StoredResult } from './stored-result.ts'

/** Writes a result as a file, chunk by chunk. Runs in turn with the session's queries. @throws `cancelled` */
export async function exportRows(
  session: Session,
  result: StoredResult,
  format: RowsFormat,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await session.inTurn(() =>
    writeRows(
      {
        names: result.schema.fields.map(({ name }) => name),
        rows: () => Promise.resolve(result),
        keepRows: true,
        resources: session.resources,
        lines: (plan) => session.deriveNow(result, plan, { signal }),
        signal,
      },
      { format },
      (chunk) => {
        onChunk(chunk)
        return Promise.resolve()
      },
    ),
  )
}
