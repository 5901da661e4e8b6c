import { isCode } from '../notebook/cell.ts'
import { cellIndex } from '../notebook/notebook.ts'
import { sqlName } from '../notebook/sql-name.ts'
import { currentNotebook, insertBeside, select, setText, useNotebook } from './notebook-store.ts'

/** An editor that can take text where its cursor is. */
export interface TextTarget {
  readonly cellId: string
  insert(text: string): void
  /** Puts the cursor at an offset of the text. */
  moveTo(offset: number): void
}

const targets = new Map<string, TextTarget>()

export function registerTarget(target: TextTarget): () => void {
  targets.set(target.cellId, target)
  return () => {
    if (targets.get(target.cellId) === target) targets.delete(target.cellId)
  }
}

/** Puts the cursor of a cell's editor at an offset of its text. */
export function moveCursor(cellId: string, offset: number): void {
  targets.get(cellId)?.moveTo(offset)
  select(cellId, 'edit')
}

/** Puts a query into a new cell below the selected one. */
export function insertQuery(text: string): void {
  setText(insertBeside(useNotebook.getState().selected, 'below', 'sql'), text)
}

/** Puts a name at the cursor of the selected code cell; into a new SQL cell when a text cell is selected. */
export function insertName(name: string): void {
  const text = sqlName(name)
  const { selected } = useNotebook.getState()
  const notebook = currentNotebook()
  const cell = notebook.cells[cellIndex(notebook, selected)]
  if (!cell || !isCode(cell)) {
    insertQuery(`SELECT * FROM ${text}`)
    return
  }
  const target = targets.get(cell.id)
  if (target) target.insert(text)
  else setText(cell.id, `${cell.text}${text}`)
  select(cell.id, 'edit')
}
