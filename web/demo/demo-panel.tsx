import type { PanelCell } from '../notebook/cell.ts'
import { useRuns } from '../session/run-store.ts'
import { ErrorMessage } from '../cells/error-message.tsx'
import { isCancelled } from '../session/wire-error.ts'
import { ComparisonPanel } from './comparison-panel.tsx'
import { DayPanel } from './day-panel.tsx'
import { PartitionsPanel } from './partitions-panel.tsx'
import { ReadingsPanel } from './readings-panel.tsx'

export function DemoPanel({ cell }: { readonly cell: PanelCell }) {
  const run = useRuns((state) => state.runs[cell.id])
  return (
    <>
      <Body cell={cell} />
      {run?.kind === 'failed' && !isCancelled(run.error) ? (
        <ErrorMessage error={run.error} tone="bad" />
      ) : null}
    </>
  )
}

function Body({ cell }: { readonly cell: PanelCell }) {
  switch (cell.panel) {
    case 'cgm-readings':
      return <ReadingsPanel cell={cell} />
    case 'cgm-comparison':
      return <ComparisonPanel />
    case 'cgm-day':
      return <DayPanel />
    case 'partition-runs':
      return <PartitionsPanel />
  }
}
