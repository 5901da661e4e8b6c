import type { EngineSettings } from '../../workers/protocol.ts'
import { announce } from './announcements.ts'
import { bringBack } from './arrivals.ts'
import { engine } from './connection.ts'
import { useEngine } from './engine-store.ts'
import { addSample, startTimeline } from './memory-timeline.ts'
import { reportProblem } from './problems.ts'
import { forgetResults } from './run-store.ts'
import { refreshTables } from './tables.ts'
import { formatBytes } from '../theme/format.ts'
import { forgetTabMemory } from './tab-memory.ts'
import { asWireError } from './wire-error.ts'

/** Opens the engine with the settings chosen. A failure is shown by the page with what to do. */
export async function openEngine(): Promise<void> {
  try {
    const status = await engine().open(useEngine.getState().settings)
    useEngine.setState({ phase: { kind: 'ready', status }, settings: status.settings })
    await engine().onMemory(addSample)
    await refreshTables()
  } catch (thrown) {
    useEngine.setState({ phase: { kind: 'failed', error: asWireError(thrown) } })
  }
}

/**
 * Opens a new heap: files are read in again, session tables and results are gone. When it cannot be opened the engine
 * goes on with the settings before, and the page says why. True when the new one is open, and the files are there.
 */
export async function reopenEngine(settings: EngineSettings): Promise<boolean> {
  const before = useEngine.getState()
  forgetResults()
  forgetTabMemory()
  startTimeline()
  useEngine.setState({ phase: { kind: 'starting' }, settings })
  try {
    const status = await engine().reopen(settings)
    useEngine.setState({ phase: { kind: 'ready', status }, settings: status.settings })
    return true
  } catch (thrown) {
    const error = asWireError(thrown)
    if (before.phase.kind === 'ready') {
      useEngine.setState({ phase: before.phase, settings: before.settings })
      reportProblem(`A heap of ${formatBytes(settings.heapBudgetBytes)} could not be opened`, error)
    } else {
      useEngine.setState({ phase: { kind: 'failed', error } })
    }
    return false
  } finally {
    await refreshTables().catch(() => undefined)
    await bringBack().catch(() => undefined)
  }
}

export async function dropTable(name: string): Promise<void> {
  await engine().dropTable(name)
  await refreshTables()
  announce(`Removed ${name}`)
}
