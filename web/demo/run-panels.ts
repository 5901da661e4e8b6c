import type { CgmPreset } from '../../workers/protocol.ts'
import { isCode, type PanelCell } from '../notebook/cell.ts'
import { asRun } from '../session/active-runs.ts'
import { engine } from '../session/connection.ts'
import { currentNotebook } from '../session/notebook-store.ts'
import { resultOf } from '../session/run-store.ts'
import { registerPanel, runText } from '../session/runner.ts'
import { POLARS_ROLE, SQL_ROLE, STEP_MINUTES } from './cgm-notebook.ts'
import { findDays, readDay } from './day-query.ts'
import { useDemo } from './demo-store.ts'
import { checkPartitionRuns } from './partition-runs.ts'
import { runRowByRow } from './run-row-by-row.ts'

export function registerDemoPanels(): void {
  registerPanel('cgm-readings', async (cell) => {
    const startedMs = performance.now()
    const preset = presetOf(cell)
    const table = await asRun((runId) => engine().generateReadings(preset, runId))
    useDemo.setState({
      readings: { preset, table, elapsedMs: performance.now() - startedMs },
      rowByRow: null,
      againMs: {},
      days: [],
      day: null,
    })
  })
  registerPanel('cgm-comparison', async (_cell, signal, onProgress) => {
    useDemo.setState({ rowByRow: null, againMs: {} })
    useDemo.setState({ rowByRow: await runRowByRow(STEP_MINUTES[currentPreset()], signal, onProgress) })
    for (const role of [POLARS_ROLE, SQL_ROLE]) {
      const cell = currentNotebook().cells.find((each) => isCode(each) && each.role === role)
      if (!cell || !isCode(cell) || !resultOf(cell.id)) continue
      signal.throwIfAborted()
      const { id, profile } = await runText(cell.kind, cell.text, onProgress)
      await engine().release(id)
      useDemo.setState(({ againMs }) => ({ againMs: { ...againMs, [role]: profile.elapsedMs } }))
    }
  })
  registerPanel('cgm-day', async () => {
    const days = await findDays()
    const [first] = days
    useDemo.setState({ days, day: first ? { of: first, points: await readDay(first) } : null })
  })
  registerPanel('partition-runs', (_cell, signal, onProgress) => checkPartitionRuns(signal, onProgress))
}

export function presetOf(cell: PanelCell): CgmPreset {
  return cell.text === 'lifelike' ? 'lifelike' : 'published'
}

/** What the readings in the heap are; before any were made, what the notebook asks for. */
function currentPreset(): CgmPreset {
  const made = useDemo.getState().readings
  if (made) return made.preset
  const panel = currentNotebook().cells.find((cell) => cell.kind === 'panel' && cell.panel === 'cgm-readings')
  return panel?.kind === 'panel' ? presetOf(panel) : 'published'
}
