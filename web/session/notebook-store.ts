import { create } from 'zustand'
import { codeCell, markdownCell, withKind, type Cell, type WrittenKind } from '../notebook/cell.ts'
import * as commands from '../notebook/commands.ts'
import type { DataNeed } from '../notebook/data-needs.ts'
import * as histories from '../notebook/history.ts'
import { cellIndex, emptyNotebook, findCell, type Notebook } from '../notebook/notebook.ts'
import { announce } from './announcements.ts'
import { releaseResult, setRun } from './run-store.ts'

/** `command`: single keys act on the selected cell; `edit`: they are typed into it. */
export type Mode = 'command' | 'edit'

interface NotebookState {
  readonly history: histories.History
  readonly selected: string
  readonly mode: Mode
  /** Set while the notebook on show is a copy from a link or file: what it asks for. */
  readonly copied: { readonly from: 'link' | 'file' | 'example'; readonly needs: readonly DataNeed[] } | null
}

function stateOf(notebook: Notebook): Pick<NotebookState, 'history' | 'selected' | 'mode'> {
  return { history: histories.startHistory(notebook), selected: notebook.cells[0]?.id ?? '', mode: 'command' }
}

export const useNotebook = create<NotebookState>()(() => ({ ...stateOf(emptyNotebook()), copied: null }))

export function currentNotebook(): Notebook {
  return useNotebook.getState().history.present
}

/** Shows another notebook; the results of the one before are released. */
export function showNotebook(notebook: Notebook, copied: NotebookState['copied'] = null): void {
  for (const cell of currentNotebook().cells) forgetRun(cell.id)
  useNotebook.setState({ ...stateOf(notebook), copied })
}

/** Another notebook in place of this one, as one step that undo takes back. */
export function replaceNotebook(notebook: Notebook): void {
  for (const cell of currentNotebook().cells) forgetRun(cell.id)
  change(notebook)
  select(notebook.cells[0]?.id ?? '', 'command')
}

export function dismissCopied(): void {
  useNotebook.setState({ copied: null })
}

export function select(id: string, mode: Mode): void {
  const { selected, mode: before } = useNotebook.getState()
  if (selected !== id || before !== mode) useNotebook.setState({ selected: id, mode })
}

/** Selects the cell `step` places away and says whether there is one. */
export function selectNeighbour(id: string, step: -1 | 1): boolean {
  const notebook = currentNotebook()
  const cell = notebook.cells[cellIndex(notebook, id) + step]
  if (cell) select(cell.id, 'command')
  return cell !== undefined
}

export function insertBeside(id: string, side: 'above' | 'below', kind: WrittenKind): string {
  const cell = kind === 'markdown' ? markdownCell() : codeCell(kind)
  const notebook = currentNotebook()
  const index = cellIndex(notebook, id) + (side === 'below' ? 1 : 0)
  change(commands.insertCell(notebook, index, cell))
  select(cell.id, 'edit')
  return cell.id
}

export function removeCell(id: string): void {
  const notebook = currentNotebook()
  const index = cellIndex(notebook, id)
  forgetRun(id)
  change(commands.removeCell(notebook, id))
  const { cells } = currentNotebook()
  const next = cells[Math.min(index, cells.length - 1)]
  if (next) select(next.id, 'command')
  announce('Cell deleted. Press Z to undo.')
}

export function moveCell(id: string, step: -1 | 1): void {
  change(commands.moveCell(currentNotebook(), id, step))
  announce(`Moved to position ${cellIndex(currentNotebook(), id) + 1}`)
}

export function setText(id: string, text: string): void {
  change(commands.setText(currentNotebook(), id, text), `text ${id}`)
}

export function setTitle(title: string): void {
  change(commands.setTitle(currentNotebook(), title), 'title')
}

export function setKind(id: string, kind: WrittenKind): void {
  const cell = findCell(currentNotebook(), id)
  if (!cell || cell.kind === kind) return
  forgetRun(id)
  change(commands.replaceCell(currentNotebook(), withKind(cell, kind)))
}

/** A change of how a result is shown, which undo passes over. */
export function amendCell(next: Cell): void {
  useNotebook.setState(({ history }) => ({
    history: histories.amend(history, commands.replaceCell(history.present, next)),
  }))
}

/** Several cells at once, as one undo step. */
export function replaceCells(cells: readonly Cell[]): void {
  change(cells.reduce(commands.replaceCell, currentNotebook()))
}

export function undo(): void {
  step(histories.undo)
}

export function redo(): void {
  step(histories.redo)
}

function step(move: (history: histories.History) => histories.History): void {
  const { history, selected } = useNotebook.getState()
  const moved = move(history)
  if (moved === history) return
  const present = new Set(moved.present.cells.map((cell) => cell.id))
  for (const cell of history.present.cells) if (!present.has(cell.id)) forgetRun(cell.id)
  const added = moved.present.cells.find((cell) => cellIndex(history.present, cell.id) < 0)
  const next = added?.id ?? (present.has(selected) ? selected : (moved.present.cells[0]?.id ?? ''))
  useNotebook.setState({ history: moved, selected: next })
}

function change(next: Notebook, mergeKey: string | null = null): void {
  useNotebook.setState(({ history }) => ({ history: histories.record(history, next, mergeKey) }))
}

function forgetRun(id: string): void {
  releaseResult(id)
  setRun(id, null)
}
