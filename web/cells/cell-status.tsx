import { useEffect, useState } from 'react'
import { ProgressBar } from 'react-aria-components'
import { ProgressTrack } from '../controls/progress-track.tsx'
import type { Cell } from '../notebook/cell.ts'
import { cellIndex } from '../notebook/notebook.ts'
import { useNotebook } from '../session/notebook-store.ts'
import { useRuns, type CellRun } from '../session/run-store.ts'
import { isCancelled } from '../session/wire-error.ts'
import { formatBytes, formatMs, plural } from '../theme/format.ts'
import styles from './cell-status.module.css'

/** How the last run stands, in words; a bar while it goes on. */
export function CellStatus({ cell }: { readonly cell: Cell }) {
  const run = useRuns((state) => state.runs[cell.id])
  if (!run) return <span className={styles.status} />
  switch (run.kind) {
    case 'queued':
      return <span className={styles.status}>Queued</span>
    case 'running':
      return <Running run={run} />
    case 'skipped':
      return <Skipped because={run.because} />
    case 'failed':
      return (
        <span className={styles.status} data-tone={isCancelled(run.error) ? undefined : 'bad'}>
          {isCancelled(run.error) ? 'Cancelled' : 'Failed'}
        </span>
      )
    case 'done':
      return (
        <span className={styles.status}>
          {run.ranText === cell.text ? null : <span className={styles.stale}>Edited since this result</span>}
          <span>{doneText(run)}</span>
        </span>
      )
  }
}

/** It names the cell that it builds on by where that stands now. */
function Skipped({ because }: { readonly because: string }) {
  const place = useNotebook((state) => cellIndex(state.history.present, because) + 1)
  return (
    <span className={styles.status} data-tone="warn">
      <span>Not run: {place > 0 ? `cell ${place}` : 'a cell before it'} did not finish</span>
    </span>
  )
}

function doneText({ result, elapsedMs }: Extract<CellRun, { kind: 'done' }>): string {
  const parts = [formatMs(elapsedMs)]
  if (result && result.schema.fields.length > 0) parts.unshift(plural(result.rowCount, 'row'))
  if (result && result.profile.spilledBytes > 0)
    parts.push(`${formatBytes(result.profile.spilledBytes)} spilled`)
  return parts.join(' · ')
}

function Running({ run }: { readonly run: Extract<CellRun, { kind: 'running' }> }) {
  const [nowMs, setNowMs] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 100)
    return () => clearInterval(timer)
  }, [])
  const { progress } = run
  const label = progress?.stage ?? 'Running'
  return (
    <ProgressBar
      aria-label={label}
      className={styles.progress!}
      value={(progress?.fraction ?? 0) * 100}
      isIndeterminate={progress === null}
    >
      <span className={styles.stage}>{label}</span>
      <ProgressTrack fraction={progress?.fraction ?? null} />
      <span className={styles.time}>{formatMs(Math.max(0, nowMs - run.startedAtMs))}</span>
    </ProgressBar>
  )
}
