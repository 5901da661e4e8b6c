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

export type NameOf = (consumer: ConsumerSnapshot) => string

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
  const holding = samples
    .flatMap(({ consumers }) => consumers)
    .filter(({ reservedBytes }) => reservedBytes > 0)
  const cells = new Set(holding.flatMap(({ run }) => (run === null ? [] : (cellOf[run] ?? []))))
  if (cells.size < 2) return ({ name }) => name
  return ({ name, run }) => {
    const cell = run === null ? undefined : cellOf[run]
    return cell === undefined ? name : `${name}, ${nameOf(cell)}`
  }
}
