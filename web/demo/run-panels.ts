import type { CgmPreset } from '../../workers/protocol.ts'
import type { PanelCell } from '../notebook/cell.ts'
import { engine } from '../session/connection.ts'
import { currentNotebook } from '../session/notebook-store.ts'
import { registerPanel } from '../session/runner.ts'
import { STEP_MINUTES } from './cgm-notebook.ts'
import { findDays, readDay } from './day-query.ts'
import { useDemo } from './demo-store.ts'
import { runRowByRow } from './run-row-by-row.ts'

export function registerDemoPanels(): void {
  registerPanel('cgm-readings', async (cell) => {
    const startedMs = performance.now()
    const preset = presetOf(cell)
    const table = await engine().generateReadings(preset)
    useDemo.setState({
      readings: { preset, table, elapsedMs: performance.now() - startedMs },
      rowByRow: null,
      days: [],
      day: null,
    })
  })
  registerPanel('cgm-comparison', async (_cell, signal) => {
    useDemo.setState({ rowByRow: null })
    useDemo.setState({ rowByRow: await runRowByRow(STEP_MINUTES[currentPreset()], signal) })
  })
  registerPanel('cgm-day', async () => {
    const days = await findDays()
    const [first] = days
    useDemo.setState({ days, day: first ? { of: first, points: await readDay(first) } : null })
  })
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
