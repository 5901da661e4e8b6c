import { useEffect, useState } from 'react'
import type { QueryEstimate } from '../../workers/protocol.ts'
import type { CodeCell } from '../notebook/cell.ts'
import { engine } from '../session/connection.ts'
import { useEngine } from '../session/engine-store.ts'
import { freeBytes } from '../storage/storage-store.ts'

const PAUSE_MS = 700

export interface CellEstimate extends QueryEstimate {
  /** What spills may take of the disk; null where the browser does not tell. */
  readonly freeBytes: number | null
}

/** What running the cell as it stands would take, while `wanted`; null until it is known, and where nothing is. */
export function useEstimate(cell: CodeCell, wanted: boolean): CellEstimate | null {
  const ready = useEngine((state) => state.phase.kind === 'ready')
  const tables = useEngine((state) => (wanted ? state.tables : null))
  const [found, setFound] = useState<{ readonly text: string; readonly estimate: CellEstimate } | null>(null)
  const { kind, text } = cell

  useEffect(() => {
    if (!wanted || !ready || text.trim() === '') return undefined
    let current = true
    const timer = setTimeout(() => {
      Promise.all([engine().estimate(kind, text), freeBytes()]).then(
        ([estimate, free]) => {
          if (current)
            setFound(estimate === null ? null : { text, estimate: { ...estimate, freeBytes: free } })
        },
        // what is wrong with the text is said by the check
        () => current && setFound(null),
      )
    }, PAUSE_MS)
    return () => {
      current = false
      clearTimeout(timer)
    }
  }, [wanted, ready, tables, kind, text])

  return wanted && found?.text === text ? found.estimate : null
}
