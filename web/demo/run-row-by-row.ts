import type { QueryProgress } from '../../engine/lakebook.ts'
import { engine } from '../session/connection.ts'
import { runText } from '../session/runner.ts'
import type { RowByRowResult } from './row-by-row.ts'

export interface RowByRowRequest {
  /** Arrow IPC streams. */
  readonly pages: readonly Uint8Array[]
  readonly stepMinutes: number
}

export interface RowByRowAnswer extends RowByRowResult {
  readonly elapsedMs: number
  /** A second run over the same columns, with the code warm. */
  readonly againMs: number
}

/** What the worker says: how far it has come, then the answer. */
export type RowByRowMessage =
  | { readonly kind: 'progress'; readonly fraction: number; readonly rows: number }
  | { readonly kind: 'answer'; readonly answer: RowByRowAnswer }

const PAGE_ROWS = 65_536
/** Of the bar, what copying the rows out of the heap takes. */
const COPY_PART = 0.1

/** Version 1 in a worker of its own, on the readings as they lie in the heap. Aborting ends the worker. */
export async function runRowByRow(
  stepMinutes: number,
  signal: AbortSignal,
  onProgress: (progress: QueryProgress) => void,
): Promise<RowByRowAnswer> {
  const startedMs = performance.now()
  const report = (stage: string, fraction: number, rows: number) => {
    onProgress({ stage, fraction, rows, elapsedMs: performance.now() - startedMs })
  }
  const result = await runText('sql', 'SELECT * FROM readings')
  const pages: Uint8Array[] = []
  try {
    for (let offset = 0; offset < result.rowCount; offset += PAGE_ROWS) {
      signal.throwIfAborted()
      report('Version 1: copying rows', (COPY_PART * offset) / result.rowCount, offset)
      pages.push(await engine().page({ id: result.id, offset, limit: PAGE_ROWS }))
    }
  } finally {
    await engine().release(result.id)
  }
  return inWorker({ pages, stepMinutes }, signal, (fraction, rows) => {
    report('Version 1: row by row', COPY_PART + (1 - COPY_PART) * fraction, rows)
  })
}

function inWorker(
  request: RowByRowRequest,
  signal: AbortSignal,
  onProgress: (fraction: number, rows: number) => void,
): Promise<RowByRowAnswer> {
  const worker = new Worker(new URL('./v1.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<RowByRowAnswer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<RowByRowMessage>) => {
      if (data.kind === 'answer') resolve(data.answer)
      else onProgress(data.fraction, data.rows)
    })
    worker.addEventListener('error', (event) => reject(new Error(`Version 1 failed: ${event.message}`)))
    signal.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')))
    worker.postMessage(request, [...new Set(request.pages.map((page) => page.buffer as ArrayBuffer))])
  }).finally(() => worker.terminate())
}
