import { create } from 'zustand'
import type { ExportFormat, ResultHandle } from '../../workers/protocol.ts'
import { asRun } from './active-runs.ts'
import { announce } from './announcements.ts'
import { engine } from './connection.ts'
import { saveBlob } from './save-blob.ts'
import { reportProblem } from './problems.ts'
import { plural } from '../theme/format.ts'
import { asWireError, isCancelled } from './wire-error.ts'

const MIME = {
  csv: 'text/csv',
  json: 'application/x-ndjson',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
} as const satisfies Record<ExportFormat, string>

/** How often the page shows how much is written. */
const PROGRESS_MS = 100

/** An export under way, by the id of its result. */
export interface ExportProgress {
  readonly format: ExportFormat
  readonly bytes: number
  /** By which it can be stopped; null before it has begun. */
  readonly runId: number | null
}

export const useExports = create<Readonly<Partial<Record<number, ExportProgress>>>>()(() => ({}))

/** Stops an export, of which nothing is saved then. */
export function cancelExport({ runId }: ExportProgress): void {
  if (runId !== null) engine().cancel(runId)
}

/** Writes a result to a download, chunk by chunk as the engine makes it. */
export async function exportResult(
  result: Pick<ResultHandle, 'id' | 'rowCount'>,
  format: ExportFormat,
): Promise<void> {
  const chunks: Blob[] = []
  let bytes = 0
  let shownMs = 0
  const show = (runId: number | null): void => {
    shownMs = performance.now()
    useExports.setState({ [result.id]: { format, bytes, runId } })
  }
  show(null)
  try {
    await asRun((runId) => {
      show(runId)
      return engine().exportResult({ id: result.id, format, runId }, (chunk) => {
        // blobs may live on disk, so a large export does not pile up in the page's memory
        chunks.push(new Blob([chunk as BlobPart]))
        bytes += chunk.length
        // chunks come by another way than the answer, and may be later
        const isUnderWay = useExports.getState()[result.id] !== undefined
        if (isUnderWay && performance.now() - shownMs > PROGRESS_MS) show(runId)
      })
    })
    saveBlob(new Blob(chunks, { type: MIME[format] }), `result.${format}`)
    announce(`Exported ${plural(result.rowCount, 'row')}`)
  } catch (thrown) {
    const error = asWireError(thrown)
    if (isCancelled(error)) announce('Export cancelled')
    else reportProblem('The result could not be exported', error)
  } finally {
    useExports.setState({ [result.id]: undefined })
  }
}
