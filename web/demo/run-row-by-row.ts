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

const PAGE_ROWS = 65_536

/** Version 1 in a worker of its own, on the readings as they lie in the heap. Aborting ends the worker. */
export async function runRowByRow(stepMinutes: number, signal: AbortSignal): Promise<RowByRowAnswer> {
  const result = await runText('sql', 'SELECT * FROM readings')
  const pages: Uint8Array[] = []
  try {
    for (let offset = 0; offset < result.rowCount; offset += PAGE_ROWS) {
      signal.throwIfAborted()
      pages.push(await engine().page({ id: result.id, offset, limit: PAGE_ROWS, sort: null }))
    }
  } finally {
    await engine().release(result.id)
  }
  return inWorker({ pages, stepMinutes }, signal)
}

function inWorker(request: RowByRowRequest, signal: AbortSignal): Promise<RowByRowAnswer> {
  const worker = new Worker(new URL('./v1.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<RowByRowAnswer>((resolve, reject) => {
    worker.addEventListener('message', (event: MessageEvent<RowByRowAnswer>) => resolve(event.data))
    worker.addEventListener('error', (event) => reject(new Error(`Version 1 failed: ${event.message}`)))
    signal.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')))
    worker.postMessage(request, [...new Set(request.pages.map((page) => page.buffer as ArrayBuffer))])
  }).finally(() => worker.terminate())
}
