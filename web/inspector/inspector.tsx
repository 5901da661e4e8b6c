import { useEffect } from 'react'
import { useRuns } from '../session/run-store.ts'
import { measureTabMemory } from '../session/tab-memory.ts'
import { MemoryPanel } from './memory-panel.tsx'
import { PruningPanel } from './pruning-panel.tsx'

export function Inspector() {
  const runs = useRuns((state) => state.runs)

  useEffect(() => {
    void measureTabMemory()
  }, [runs])

  return (
    <>
      <MemoryPanel />
      <PruningPanel />
    </>
  )
}
