import { create } from 'zustand'
import { engine } from './connection.ts'
import { beginRun, endRun } from './memory-timeline.ts'

interface ActiveRun {
  readonly id: number
  /** The cell that it is for; null for what belongs to none, such as exports. */
  readonly cellId: string | null
}

/** What the engine works on for this page and can be cancelled: queries, exports, generated readings. */
export const useActiveRuns = create<{ readonly runs: readonly ActiveRun[] }>()(() => ({ runs: [] }))

/** The cell of each run by its number, also when it has ended: memory samples and events name runs. */
export const useRunCells = create<Readonly<Partial<Record<number, string>>>>()(() => ({}))

let nextRunId = 1
/** A panel runs alone, so what is asked for meanwhile is its. */
let panelAtWork: string | null = null

/** Gives `action` a number by which the engine can be told to stop it. */
export async function asRun<Result>(
  action: (runId: number) => Promise<Result>,
  cellId: string | null = panelAtWork,
): Promise<Result> {
  const id = nextRunId++
  useActiveRuns.setState(({ runs }) => ({ runs: [...runs, { id, cellId }] }))
  if (cellId !== null) {
    useRunCells.setState({ [id]: cellId })
    beginRun(id)
  }
  try {
    return await action(id)
  } finally {
    endRun(id)
    useActiveRuns.setState(({ runs }) => ({ runs: runs.filter((run) => run.id !== id) }))
  }
}

/** Until it ends, runs that name no cell are those of this panel. */
export async function asPanel<Result>(cellId: string, action: () => Promise<Result>): Promise<Result> {
  panelAtWork = cellId
  try {
    return await action()
  } finally {
    panelAtWork = null
  }
}

export function cancelActiveRuns(): void {
  for (const { id } of useActiveRuns.getState().runs) engine().cancel(id)
}

export function cancelRunsOf(cellId: string): void {
  for (const run of useActiveRuns.getState().runs) if (run.cellId === cellId) engine().cancel(run.id)
}
