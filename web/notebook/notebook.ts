import { codeCell, newCellId, type Cell } from './cell.ts'

export interface Notebook {
  readonly title: string
  readonly cells: readonly Cell[]
}

export function emptyNotebook(): Notebook {
  return { title: 'Untitled notebook', cells: [codeCell('sql')] }
}

export function cellIndex(notebook: Notebook, id: string): number {
  return notebook.cells.findIndex((cell) => cell.id === id)
}

export function findCell(notebook: Notebook, id: string): Cell | undefined {
  return notebook.cells.find((cell) => cell.id === id)
}

/** The same cells under new ids, so that a copy never shares results or undo steps with its original. */
export function copyOf(notebook: Notebook): Notebook {
  return { ...notebook, cells: notebook.cells.map((cell) => ({ ...cell, id: newCellId() })) }
}
