import type { ExportFormat, ResultHandle } from '../../workers/protocol.ts'
import { announce } from './announcements.ts'
import { engine } from './connection.ts'
import { saveBlob } from './save-blob.ts'
import { reportProblem } from './problems.ts'
import { asWireError } from './wire-error.ts'

const MIME = {
  csv: 'text/csv',
  parquet: 'application/vnd.apache.parquet',
  arrow: 'application/vnd.apache.arrow.file',
} as const satisfies Record<ExportFormat, string>

/** Writes a result to a download, chunk by chunk as the engine makes it. */
export async function exportResult(result: ResultHandle, format: ExportFormat): Promise<void> {
  const chunks: BlobPart[] = []
  try {
    // blobs may live on disk, so a large export does not pile up in the page's memory
    await engine().exportResult(result.id, format, (chunk) => chunks.push(new Blob([chunk as BlobPart])))
    saveBlob(new Blob(chunks, { type: MIME[format] }), `result.${format}`)
    announce(`Exported ${result.rowCount.toLocaleString('en')} rows`)
  } catch (thrown) {
    reportProblem('The result could not be exported', asWireError(thrown))
  }
}
