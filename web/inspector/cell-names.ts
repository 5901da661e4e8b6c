import { useMemo } from 'react'
import type { ConsumerSnapshot, MemorySnapshot } from '../../engine/lakebook.ts'
import { useRunCells } from '../session/active-runs.ts'
import { useNotebook } from '../session/notebook-store.ts'

/** `cell 3` by where the cell stands now. */
export function useCellNames(): (cellId: string) => string {
  const order = useNotebook((state) => state.history.present.cells.map((cell) => cell.id).join(' '))
  return useMemo(() => {
    const ids = order.split(' ')
    return (cellId) => (ids.includes(cellId) ? `cell ${ids.indexOf(cellId) + 1}` : 'deleted cell')
  }, [order])
}

type NameOf = (consumer: ConsumerSnapshot) => string

/** Consumers by their names, and by their cells too where several cells hold memory at some time. */
export function useConsumerNames(samples: readonly MemorySnapshot[]): NameOf {
  const cellOf = useRunCells()
  const nameOf = useCellNames()
  return useMemo(() => consumerNames(samples, cellOf, nameOf), [samples, cellOf, nameOf])
}

function consumerNames(
  samples: readonly MemorySnapshot[],
  cellOf: Readonly<Partial<Record<number, string>>>,
  nameOf: (cellId: string) => string,
): NameOf {
  const cells = new Set<string>()
  for (const { consumers } of samples) {
    for (const { run, reservedBytes } of consumers) {
      const cell = run === null || reservedBytes === 0 ? undefined : cellOf[run]
      if (cell !== undefined) cells.add(cell)
    }
  }
  if (cells.size < 2) return ({ name }) => name
  // one text for each consumer of each run, however many samples there are: they are compared all the time
  const known = new Map<number | null, Map<string, string>>()
  return ({ name, run }) => {
    let ofRun = known.get(run)
    if (!ofRun) known.set(run, (ofRun = new Map<string, string>()))
    let full = ofRun.get(name)
    if (full === undefined) {
      const cell = run === null ? undefined : cellOf[run]
      full = cell === undefined ? name : `${name}, ${nameOf(cell)}`
      ofRun.set(name, full)
    }
    return full
  }
}
