import { create } from 'zustand'
import { engine } from './connection.ts'

/** What the engine works on for this page and can be cancelled: queries, exports, generated readings. */
export const useActiveRuns = create<{ readonly ids: readonly number[] }>()(() => ({ ids: [] }))

let nextRunId = 1

/** Gives `action` a number by which the engine can be told to stop it. */
export async function asRun<Result>(action: (runId: number) => Promise<Result>): Promise<Result> {
  const runId = nextRunId++
  useActiveRuns.setState(({ ids }) => ({ ids: [...ids, runId] }))
  try {
    return await action(runId)
  } finally {
    useActiveRuns.setState(({ ids }) => ({ ids: ids.filter((id) => id !== runId) }))
  }
}

export function cancelActiveRuns(): void {
  for (const id of useActiveRuns.getState().ids) engine().cancel(id)
}
