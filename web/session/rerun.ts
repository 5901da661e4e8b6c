import { create } from 'zustand'
import type { EngineSettings, ResultHandle } from '../../workers/protocol.ts'
import { isCode, type Cell, type CodeCell } from '../notebook/cell.ts'
import { cellIndex } from '../notebook/notebook.ts'
import { announce } from './announcements.ts'
import { reopenEngine } from './engine-session.ts'
import { readySettings, useEngine } from './engine-store.ts'
import { resultFingerprint } from './fingerprint.ts'
import { currentNotebook } from './notebook-store.ts'
import { resultOf } from './run-store.ts'
import { runCells } from './runner.ts'

/** One run of a cell under certain settings, kept after its result is gone. */
export interface RunRecord {
  readonly number: number
  readonly settings: EngineSettings
  readonly elapsedMs: number
  readonly peakBytes: number
  readonly spilledBytes: number
  readonly rowCount: number
  /** Null when the result was too large to compare row by row. */
  readonly fingerprint: string | null
}

interface Reruns {
  readonly cellId: string | null
  readonly text: string
  readonly records: readonly RunRecord[]
  readonly busy: boolean
}

export const useReruns = create<Reruns>()(() => ({ cellId: null, text: '', records: [], busy: false }))

/** Opens a heap with `settings` and runs the cell in it, with what it builds on; both runs are kept for comparison. */
export async function rerunAt(cellId: string, settings: EngineSettings): Promise<void> {
  const notebook = currentNotebook()
  const cell = notebook.cells[cellIndex(notebook, cellId)]
  if (!cell || !isCode(cell)) return
  useReruns.setState({ busy: true })
  try {
    await runAndRecord(cell, settings)
  } finally {
    useReruns.setState({ busy: false })
  }
}

async function runAndRecord(cell: CodeCell, settings: EngineSettings): Promise<void> {
  const notebook = currentNotebook()
  const cellId = cell.id
  const before = useReruns.getState()
  if (before.cellId !== cellId || before.text !== cell.text) {
    useReruns.setState({ cellId, text: cell.text, records: [] })
    await recordRun(cellId)
  }
  if (!(await reopenEngine(settings))) return
  await runCells(
    [...notebook.cells.slice(0, cellIndex(notebook, cellId)).filter(leavesTables), cell].map(
      (each) => each.id,
    ),
  )
  await recordRun(cellId)
}

/** The same answer as the first run: equal rows, and equal contents where both were compared. */
export function agreesWith(first: RunRecord, record: RunRecord): boolean {
  return record.rowCount === first.rowCount && record.fingerprint === first.fingerprint
}

/** A new heap has lost the session's tables: what made them runs again. */
function leavesTables(cell: Cell): boolean {
  if (cell.kind === 'panel') return cell.panel === 'cgm-readings' && !hasTable('readings')
  return cell.kind === 'polars' || (cell.kind === 'sql' && /\bcreate\b/i.test(cell.text))
}

function hasTable(name: string): boolean {
  return useEngine.getState().tables.some((table) => table.name === name)
}

async function recordRun(cellId: string): Promise<void> {
  const result = resultOf(cellId)
  const settings = readySettings()
  if (!result || !settings) return
  const record = await recordOf(result, settings)
  useReruns.setState(({ records }) => ({ records: [...records, { ...record, number: records.length + 1 }] }))
  const [first] = useReruns.getState().records
  if (first && first.number !== record.number) {
    announce(agreesWith(first, record) ? 'The same result again' : 'The result differs from the first run')
  }
}

async function recordOf(result: ResultHandle, settings: EngineSettings): Promise<RunRecord> {
  const { profile, rowCount } = result
  return {
    number: 0,
    settings,
    elapsedMs: profile.elapsedMs,
    peakBytes: profile.peakReservedBytes,
    spilledBytes: profile.spilledBytes,
    rowCount,
    fingerprint: await resultFingerprint(result),
  }
}
