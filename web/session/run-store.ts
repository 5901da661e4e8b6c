import { create } from 'zustand'
import type { QueryProfile, QueryProgress } from '../../engine/lakebook.ts'
import type { ResultHandle, WireError } from '../../workers/protocol.ts'
import { engine } from './connection.ts'

/** How the last run of a cell stands. A cell without one has not run in this heap. */
export type CellRun =
  | { readonly kind: 'queued' }
  | { readonly kind: 'running'; readonly startedAtMs: number; readonly progress: QueryProgress | null }
  | {
      readonly kind: 'done'
      readonly ranText: string
      readonly result: ResultHandle | null
      readonly elapsedMs: number
    }
  | { readonly kind: 'failed'; readonly ranText: string; readonly error: WireError }
  /** It builds on a cell that failed or was given up, `because`. */
  | { readonly kind: 'skipped'; readonly because: string }

interface RunState {
  readonly runs: Readonly<Partial<Record<string, CellRun>>>
  /** The cell whose result the inspector shows: the last that read rows, or was chosen since. */
  readonly inspected: string | null
}

export const useRuns = create<RunState>()(() => ({ runs: {}, inspected: null }))

export function isUnderWay(run: CellRun | undefined): boolean {
  return run?.kind === 'running' || run?.kind === 'queued'
}

export function anyUnderWay({ runs }: RunState): boolean {
  return Object.values(runs).some(isUnderWay)
}

export function setRun(cellId: string, run: CellRun | null): void {
  useRuns.setState(({ runs }) => {
    const { [cellId]: _old, ...others } = runs
    return { runs: run === null ? others : { ...others, [cellId]: run } }
  })
}

export function resultOf(cellId: string): ResultHandle | null {
  const run = useRuns.getState().runs[cellId]
  return run?.kind === 'done' ? run.result : null
}

/** What the inspected run says of itself. */
export function inspectedProfile({ runs, inspected }: RunState): QueryProfile | null {
  const run = inspected === null ? undefined : runs[inspected]
  return run?.kind === 'done' ? (run.result?.profile ?? null) : null
}

export function inspect(cellId: string): void {
  useRuns.setState({ inspected: cellId })
}

/** A cell's run has ended, and is shown; but not one that read no rows, as SET does, in the place of one that did. */
export function inspectEnded(cellId: string): void {
  if (hasReadRows(resultOf(cellId)?.profile) || !hasReadRows(inspectedProfile(useRuns.getState())))
    inspect(cellId)
}

function hasReadRows(profile: QueryProfile | null | undefined): boolean {
  if (!profile) return false
  return profile.pruning.length > 0 || profile.operators.some(({ rowsIn }) => rowsIn > 0)
}

/** All results are gone, as after opening another heap. */
export function forgetResults(): void {
  useRuns.setState({ runs: {}, inspected: null })
}

/** Gives a result's memory back. Errors do not matter: the heap may be another one by now. */
export function releaseResult(cellId: string): void {
  const result = resultOf(cellId)
  if (result)
    engine()
      .release(result.id)
      .catch(() => undefined)
}
