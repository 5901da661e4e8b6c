import type { Cell } from './cell.ts'
import { codeCell } from './cell.ts'
import { cellIndex, type Notebook } from './notebook.ts'

/** Changes of a notebook. Each returns the notebook itself when there is nothing to change. */

/** Puts `cell` at `index`, clamped to the ends. */
export function insertCell(notebook: Notebook, index: number, cell: Cell): Notebook {
  const at = Math.max(0, Math.min(index, notebook.cells.length))
  return { ...notebook, cells: notebook.cells.toSpliced(at, 0, cell) }
}

/** A notebook always has a cell to write in: removing the last one leaves an empty SQL cell. */
export function removeCell(notebook: Notebook, id: string): Notebook {
  const index = cellIndex(notebook, id)
  if (index < 0) return notebook
  const cells = notebook.cells.toSpliced(index, 1)
  return { ...notebook, cells: cells.length > 0 ? cells : [codeCell('sql')] }
}

/** Moves a cell up (−1) or down (+1). */
export function moveCell(notebook: Notebook, id: string, step: -1 | 1): Notebook {
  const index = cellIndex(notebook, id)
  const target = index + step
  const cell = notebook.cells[index]
  if (!cell || target < 0 || target >= notebook.cells.length) return notebook
  return { ...notebook, cells: notebook.cells.toSpliced(index, 1).toSpliced(target, 0, cell) }
}

export function replaceCell(notebook: Notebook, next: Cell): Notebook {
  const index = cellIndex(notebook, next.id)
  if (index < 0 || notebook.cells[index] === next) return notebook
  return { ...notebook, cells: notebook.cells.with(index, next) }
}

export function setText(notebook: Notebook, id: string, text: string): Notebook {
  const cell = notebook.cells[cellIndex(notebook, id)]
  return cell && cell.text !== text ? replaceCell(notebook, { ...cell, text }) : notebook
}

export function setTitle(notebook: Notebook, title: string): Notebook {
  return notebook.title === title ? notebook : { ...notebook, title }
}
