import { useEffect } from 'react'
import { EngineBadge } from '../app/engine-badge.tsx'
import { useRuns } from '../session/run-store.ts'
import { measureTabMemory } from '../session/tab-memory.ts'
import { MemoryPanel } from './memory-panel.tsx'
import styles from './inspector.module.css'
import { PruningPanel } from './pruning-panel.tsx'
import { ShownRun } from './shown-run.tsx'
import { SpillPanel } from './spill-panel.tsx'

export function Inspector() {
  const runs = useRuns((state) => state.runs)

  useEffect(() => {
    void measureTabMemory()
  }, [runs])

  return (
    <>
      <div className={styles.badge}>
        <EngineBadge />
      </div>
      <ShownRun />
      <MemoryPanel />
      <SpillPanel />
      <PruningPanel />
    </>
  )
}
