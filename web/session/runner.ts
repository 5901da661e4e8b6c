import type { QueryProgress } from '../../engine/lakebook.ts'
import type { ResultHandle } from '../../workers/protocol.ts'
import { isCode, type Cell, type CodeKind, type PanelCell } from '../notebook/cell.ts'
import { findCell } from '../notebook/notebook.ts'
import { asRun, cancelActiveRuns } from './active-runs.ts'
import { saveBlob } from './save-blob.ts'
import { announce } from './announcements.ts'
import { engine } from './connection.ts'
import { refreshTables } from './engine-session.ts'
import { addEvents, markRunStart } from './memory-timeline.ts'
import { currentNotebook } from './notebook-store.ts'
import { inspect, releaseResult, setRun, useRuns } from './run-store.ts'
import { asWireError, isCancelled } from './wire-error.ts'

/** Cells run one at a time, in the order asked for; the first failure ends the rest. */
const queue: string[] = []
let working: Promise<void> | null = null
let abort = new AbortController()

/** How a panel runs. Registered by the demo, so that the session knows nothing of it. */
export type PanelRunner = (
  cell: PanelCell,
  signal: AbortSignal,
  onProgress: (progress: QueryProgress) => void,
) => Promise<void>
const panelRunners = new Map<PanelCell['panel'], PanelRunner>()

export function registerPanel(panel: PanelCell['panel'], runner: PanelRunner): void {
  panelRunners.set(panel, runner)
}

/** Resolves when the queue is empty again. */
export function runCells(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    const kind = useRuns.getState().runs[id]?.kind
    if (kind === 'queued' || kind === 'running') continue
    const cell = findCell(currentNotebook(), id)
    if (!cell || cell.kind === 'markdown' || (isCode(cell) && cell.text.trim() === '')) continue
    releaseResult(id)
    queue.push(id)
    setRun(id, { kind: 'queued' })
  }
  working ??= work()
  return working
}

export function runAll(): Promise<void> {
  return runCells(currentNotebook().cells.map((cell) => cell.id))
}

/** Ends what the engine is at, and empties the queue. */
export function cancelRuns(): void {
  for (const id of queue.splice(0)) setRun(id, null)
  abort.abort()
  cancelActiveRuns()
}

/** Runs a text outside the queue, for panels; the caller releases the result. */
export function runText(
  language: CodeKind,
  text: string,
  onProgress: (progress: QueryProgress) => void = () => undefined,
): Promise<ResultHandle> {
  return asRun((runId) => engine().run({ runId, language, text }, onProgress))
}

async function work(): Promise<void> {
  abort = new AbortController()
  await Promise.resolve()
  for (let id = queue.shift(); id !== undefined; id = queue.shift()) {
    const cell = findCell(currentNotebook(), id)
    if (!cell) setRun(id, null)
    else if (!(await runCell(cell))) for (const rest of queue.splice(0)) setRun(rest, null)
  }
  working = null
}

/** False when it failed or was cancelled. */
async function runCell(cell: Cell): Promise<boolean> {
  const startedAtMs = performance.now()
  setRun(cell.id, { kind: 'running', startedAtMs, progress: null })
  announce('Running')
  try {
    const result = await resultFor(cell, (progress) => {
      // progress may arrive after the answer, by another channel
      if (useRuns.getState().runs[cell.id]?.kind === 'running') {
        setRun(cell.id, { kind: 'running', startedAtMs, progress })
      }
    })
    const elapsedMs = result?.profile.elapsedMs ?? performance.now() - startedAtMs
    setRun(cell.id, { kind: 'done', ranText: cell.text, result, elapsedMs })
    if (result) {
      const { file } = result
      if (file?.blob) saveBlob(file.blob, file.name.replace(/^.*[\\/]/, ''))
      addEvents(result.profile.events)
      inspect(cell.id)
      announce(
        result.message ?? `${result.rowCount.toLocaleString('en')} rows in ${Math.round(elapsedMs)} ms`,
      )
    }
    await refreshTables()
    return true
  } catch (thrown) {
    const error = asWireError(thrown)
    setRun(cell.id, { kind: 'failed', ranText: cell.text, error })
    announce(isCancelled(error) ? 'Cancelled' : `Failed: ${error.message}`)
    return false
  }
}

async function resultFor(
  cell: Cell,
  onProgress: (progress: QueryProgress) => void,
): Promise<ResultHandle | null> {
  if (isCode(cell)) {
    markRunStart()
    return runText(cell.kind, cell.text, onProgress)
  }
  if (cell.kind === 'panel') await panelRunners.get(cell.panel)?.(cell, abort.signal, onProgress)
  return null
}
