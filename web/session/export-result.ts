import { create } from 'zustand'
import type { ExportFormat, ResultHandle } from '../../workers/protocol.ts'
import { asRun } from './active-runs.ts'
import { announce } from './announcements.ts'
import { engine } from './connection.ts'
import { saveBlob } from './save-blob.ts'
import { reportProblem } from './problems.ts'
import { asWireError, isCancelled } from './wire-error.ts'

const MIME = {
  csv: 'text/csv',
  json: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
} as const satisfies Record<ExportFormat, string>

/** An export under way, by the id of its result. */
export interface ExportProgress {
  readonly format: ExportFormat
  readonly bytes: number
}

export const useExports = create<Readonly<Partial<Record<number, ExportProgress>>>>()(() => ({}))

/** Writes a result to a download, chunk by chunk as the engine makes it. */
export async function exportResult(result: ResultHandle, format: ExportFormat): Promise<void> {
  const chunks: Blob[] = []
  let bytes = 0
  useExports.setState({ [result.id]: { format, bytes } })
  try {
    await asRun((runId) =>
      engine().exportResult({ id: result.id, format, runId }, (chunk) => {
        // blobs may live on disk, so a large export does not pile up in the page's memory
        chunks.push(new Blob([chunk as BlobPart]))
        bytes += chunk.length
        useExports.setState((exports) => (exports[result.id] ? { [result.id]: { format, bytes } } : exports))
      }),
    )
    saveBlob(new Blob(chunks, { type: MIME[format] }), `result.${format}`)
    announce(`Exported ${result.rowCount.toLocaleString('en')} rows`)
  } catch (thrown) {
    const error = asWireError(thrown)
    if (isCancelled(error)) announce('Export cancelled')
    else reportProblem('The result could not be exported', error)
  } finally {
    useExports.setState({ [result.id]: undefined })
  }
}
