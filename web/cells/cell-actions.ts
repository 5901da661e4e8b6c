import { isCode } from '../notebook/cell.ts'
import { cellIndex, findCell } from '../notebook/notebook.ts'
import { currentNotebook, insertBeside, select } from '../session/notebook-store.ts'
import { runCells } from '../session/runner.ts'

/** The three ways of running a cell that notebooks have. A text cell "runs" by being shown. */
export function runInPlace(id: string): void {
  select(id, 'command')
  void runCells([id])
}

export function runAndAdvance(id: string): void {
  void runCells([id])
  const notebook = currentNotebook()
  const next = notebook.cells[cellIndex(notebook, id) + 1]
  if (next) select(next.id, 'command')
  else insertBeside(id, 'below', kindBeside(id))
}

export function runAndInsert(id: string): void {
  void runCells([id])
  insertBeside(id, 'below', kindBeside(id))
}

/** A new cell speaks the language of its neighbour. */
export function kindBeside(id: string): 'sql' | 'polars' {
  const cell = findCell(currentNotebook(), id)
  return cell && isCode(cell) ? cell.kind : 'sql'
}
