import {
  moveCell,
  insertBeside,
  redo,
  removeCell,
  select,
  selectNeighbour,
  setKind,
  undo,
} from '../session/notebook-store.ts'
import { kindBeside, runAndAdvance, runAndInsert, runInPlace } from './cell-actions.ts'

interface Key {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const DOUBLE_PRESS_MS = 800
let lastDelete: { readonly id: string; readonly atMs: number } | null = null

/** Jupyter's single keys, for when the focus is on a cell's frame. True when the key meant something. */
export function pressCommandKey(id: string, event: Key, atMs: number): boolean {
  const command = event.ctrlKey || event.metaKey
  if (event.key === 'Enter') {
    if (event.shiftKey) runAndAdvance(id)
    else if (command) runInPlace(id)
    else if (event.altKey) runAndInsert(id)
    else select(id, 'edit')
    return true
  }
  if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
    moveCell(id, event.key === 'ArrowUp' ? -1 : 1)
    return true
  }
  if (command || event.altKey) return false
  const isDelete = event.key.toLowerCase() === 'd'
  const doubled = isDelete && lastDelete?.id === id && atMs - lastDelete.atMs < DOUBLE_PRESS_MS
  lastDelete = isDelete && !doubled ? { id, atMs } : null
  switch (event.key.toLowerCase()) {
    case 'a':
      insertBeside(id, 'above', kindBeside(id))
      return true
    case 'b':
      insertBeside(id, 'below', kindBeside(id))
      return true
    case 'd':
      if (doubled) removeCell(id)
      return true
    case 'z':
      if (event.shiftKey) redo()
      else undo()
      return true
    case 'm':
      setKind(id, 'markdown')
      return true
    case 'y':
      setKind(id, 'sql')
      return true
    case 'p':
      setKind(id, 'polars')
      return true
    case 'j':
    case 'arrowdown':
      return selectNeighbour(id, 1)
    case 'k':
    case 'arrowup':
      return selectNeighbour(id, -1)
    default:
      return false
  }
}
