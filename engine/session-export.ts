import type { RowsFormat } from './write-rows.ts'
import { writeRows } from './write-rows.ts'
import type { Session } from './session.ts'
import type { StoredResult } from './stored-result.ts'

/** Writes a result, which stays open meanwhile, as a file, chunk by chunk, beside whatever runs. @throws `cancelled` */
export async function exportRows(
  session: Session,
  result: StoredResult,
  format: RowsFormat,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await writeRows(
    {
      names: result.schema.fields.map(({ name }) => name),
      rows: () => Promise.resolve(result),
      keepRows: true,
      resources: session.resources,
      lines: (plan) => session.derive(result, plan, { signal }),
      read: (action) => session.read(action, signal),
      signal,
    },
    { format },
    (chunk) => {
      onChunk(chunk)
      return Promise.resolve()
    },
  )
}
