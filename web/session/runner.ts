import type { QueryProgress } from '../../engine/lakebook.ts'
import type { CellAccess, ResultHandle } from '../../workers/protocol.ts'
import { isCode, type Cell, type CodeCell, type CodeKind, type PanelCell } from '../notebook/cell.ts'
import { cellIndex, findCell } from '../notebook/notebook.ts'
import { asPanel, asRun, cancelActiveRuns, cancelRunsOf } from './active-runs.ts'
import { announce } from './announcements.ts'
import { UNKNOWN_ACCESS } from '../../engine/access-order.ts'
import { CellQueue } from './cell-queue.ts'
import { engine } from './connection.ts'
import { refreshTables } from './tables.ts'
import { addProfile } from './memory-timeline.ts'
import { currentNotebook, useNotebook } from './notebook-store.ts'
import { inspectEnded, releaseResult, setRun, useRuns } from './run-store.ts'
import { saveBlob } from './save-blob.ts'
import { asWireError, isCancelled } from './wire-error.ts'

/**
 * Cells that were asked for run side by side, sharing the budget, except where their order matters (`engine/access-order.ts`).
 * A failure ends those that build on it; the others go on.
 */
const MOST_AT_ONCE = 4
/** How often the page shows how far a cell is. */
const PROGRESS_MS = 60
const queue = new CellQueue(MOST_AT_ONCE)

/** A cell as it was when it was asked for, until it has ended. */
interface Job {
  readonly cell: RunnableCell
  readonly abort: AbortController
}
type RunnableCell = CodeCell | PanelCell

const jobs = new Map<string, Job>()
/** Cells join the queue in the order in which they were asked for. */
let joining: Promise<unknown> = Promise.resolve()
const whenIdle: (() => void)[] = []

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

/** Runs the cells that are not on their way already. Resolves when nothing runs or waits any more. */
export function runCells(ids: readonly string[]): Promise<void> {
  const asked: Job[] = []
  for (const id of ids) {
    const cell = findCell(currentNotebook(), id)
    if (jobs.has(id) || !cell || !isRunnable(cell)) continue
    releaseResult(id)
    setRun(id, { kind: 'queued' })
    const job = { cell, abort: new AbortController() }
    jobs.set(id, job)
    asked.push(job)
  }
  joining = joining.then(() => join(asked))
  return jobs.size === 0 ? Promise.resolve() : new Promise((resolve) => whenIdle.push(resolve))
}

export function runAll(): Promise<void> {
  return runCells(currentNotebook().cells.map((cell) => cell.id))
}

/** Ends the run of one cell, or takes it out of the queue; cells that build on it do not run. */
export function cancelCell(id: string): void {
  const job = jobs.get(id)
  if (!job) return
  job.abort.abort()
  cancelRunsOf(id)
  if (useRuns.getState().runs[id]?.kind === 'queued') {
    setRun(id, null)
    giveUp(id)
  }
}

/** Ends whatever the engine is at, and empties the queue. */
export function cancelRuns(): void {
  for (const id of [...jobs.keys()].toReversed()) cancelCell(id)
  cancelActiveRuns()
}

// a cell that is deleted, or becomes one of another kind, has nobody to wait for its result
useNotebook.subscribe(({ history }) => {
  for (const { cell } of jobs.values()) if (!isThere(cell, history.present)) cancelCell(cell.id)
})

/** Runs a text outside the queue, for panels; the caller releases the result. */
export function runText(
  language: CodeKind,
  text: string,
  onProgress: (progress: QueryProgress) => void = () => undefined,
): Promise<ResultHandle> {
  return asRun((runId) => engine().run({ runId, language, text }, onProgress))
}

function isThere({ id, kind }: RunnableCell, notebook = currentNotebook()): boolean {
  return findCell(notebook, id)?.kind === kind
}

function isRunnable(cell: Cell): cell is RunnableCell {
  return isCode(cell) ? cell.text.trim() !== '' : cell.kind === 'panel'
}

/** All join before the first of them begins, so that one that fails at once is known to those that build on it. */
async function join(asked: readonly Job[]): Promise<void> {
  const accesses = await Promise.all(asked.map(({ cell }) => accessOf(cell)))
  for (const [index, access] of accesses.entries()) {
    const job = asked[index]!
    if (jobs.get(job.cell.id) === job) queue.add(job.cell.id, access)
  }
  beginWhatMay()
}

async function accessOf(cell: RunnableCell): Promise<CellAccess> {
  if (cell.kind === 'panel') return UNKNOWN_ACCESS
  return engine()
    .access(cell.kind, cell.text)
    .catch(() => UNKNOWN_ACCESS)
}

function beginWhatMay(): void {
  for (let id = queue.begin(); id !== null; id = queue.begin()) void work(jobs.get(id)!)
  if (jobs.size > 0) return
  for (const resolve of whenIdle.splice(0)) resolve()
}

async function work(job: Job): Promise<void> {
  const { id } = job.cell
  const isDone = await runCell(job)
  if (!isDone) return giveUp(id)
  jobs.delete(id)
  queue.end(id)
  beginWhatMay()
}

/** Without it, what builds on it does not run. */
function giveUp(id: string): void {
  jobs.delete(id)
  for (const lost of queue.fail(id)) {
    jobs.delete(lost)
    setRun(lost, { kind: 'skipped', because: id })
  }
  beginWhatMay()
}

/** False when it failed or was cancelled. */
async function runCell({ cell, abort }: Job): Promise<boolean> {
  const { id } = cell
  const startedAtMs = performance.now()
  const place = cellIndex(currentNotebook(), id) + 1
  setRun(id, { kind: 'running', startedAtMs, progress: null })
  announce(`Running cell ${place}`)
  try {
    let latest: QueryProgress | null = null
    let timer: ReturnType<typeof setTimeout> | null = null
    const show = (): void => {
      timer = null
      // progress may arrive after the answer, by another channel
      if (useRuns.getState().runs[id]?.kind === 'running') {
        setRun(id, { kind: 'running', startedAtMs, progress: latest })
      }
    }
    const result = await resultFor(cell, abort.signal, (progress) => {
      latest = progress
      timer ??= setTimeout(show, PROGRESS_MS)
    })
    if (!isThere(cell)) {
      if (result) await engine().release(result.id)
      return true
    }
    const elapsedMs = result?.profile.elapsedMs ?? performance.now() - startedAtMs
    setRun(id, { kind: 'done', ranText: cell.text, result, elapsedMs })
    if (result) {
      const { file } = result
      if (file?.blob) saveBlob(file.blob, file.name.replace(/^.*[\\/]/, ''))
      addProfile(result.profile)
      inspectEnded(id)
      const rows = `${result.rowCount.toLocaleString('en')} rows in ${Math.round(elapsedMs)} ms`
      announce(`Cell ${place}: ${result.message ?? rows}`)
    }
    await refreshTables()
    return true
  } catch (thrown) {
    const error = asWireError(thrown)
    setRun(id, { kind: 'failed', ranText: cell.text, error })
    announce(`Cell ${place}: ${isCancelled(error) ? 'cancelled' : `failed, ${error.message}`}`)
    return false
  }
}

async function resultFor(
  cell: RunnableCell,
  signal: AbortSignal,
  onProgress: (progress: QueryProgress) => void,
): Promise<ResultHandle | null> {
  if (cell.kind === 'panel') {
    await asPanel(cell.id, async () => panelRunners.get(cell.panel)?.(cell, signal, onProgress))
    return null
  }
  return asRun((runId) => engine().run({ runId, language: cell.kind, text: cell.text }, onProgress), cell.id)
}
