import { create } from 'zustand'
import type { QueryProgress } from '../../engine/lakebook.ts'
import type { ResultHandle } from '../../workers/protocol.ts'
import { isCode, type CodeCell } from '../notebook/cell.ts'
import type { Notebook } from '../notebook/notebook.ts'
import { engine } from '../session/connection.ts'
import { resultFingerprint } from '../session/fingerprint.ts'
import { currentNotebook } from '../session/notebook-store.ts'
import { resultOf } from '../session/run-store.ts'
import { runText } from '../session/runner.ts'
import { PARTITION_ROLES } from './partitions-notebook.ts'

/** What the panel found out about the result of a cell. */
export interface CheckedRun {
  readonly resultId: number
  readonly againMs: number
  /** Of all rows of the answer, in whatever order; null for a very large one. */
  readonly checksum: string | null
}

/** By the role of the cell. */
export const usePartitionRuns = create<Readonly<Partial<Record<string, CheckedRun>>>>()(() => ({}))

export function cellOfRole({ cells }: Notebook, role: string): CodeCell | undefined {
  return cells.filter(isCode).find((cell) => cell.role === role)
}

/** Runs the cells once more, the last first, so that none of them is always the one that finds everything warm. */
export async function checkPartitionRuns(
  signal: AbortSignal,
  onProgress: (progress: QueryProgress) => void,
): Promise<void> {
  usePartitionRuns.setState({}, true)
  for (const { role } of PARTITION_ROLES.toReversed()) {
    const cell = cellOfRole(currentNotebook(), role)
    const result = cell && resultOf(cell.id)
    if (!cell || !result) continue
    signal.throwIfAborted()
    usePartitionRuns.setState({ [role]: await checkedRun(cell, result, onProgress) })
  }
}

async function checkedRun(
  cell: CodeCell,
  result: ResultHandle,
  onProgress: (progress: QueryProgress) => void,
): Promise<CheckedRun> {
  const again = await runText(cell.kind, cell.text, onProgress)
  await engine().release(again.id)
  return {
    resultId: result.id,
    againMs: again.profile.elapsedMs,
    checksum: await resultFingerprint(result),
  }
}
