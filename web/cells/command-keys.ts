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
import { cancelCell } from '../session/runner.ts'
import { kindBeside, runAndAdvance, runAndInsert, runInPlace } from './cell-actions.ts'

interface Key {
  readonly key: string
  readonly shiftKey: boolean
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
}

const DOUBLE_PRESS_MS = 800
/** Keys that mean something only when they are pressed twice. */
const TWICE = ['d', 'i']
let lastPress: { readonly id: string; readonly key: string; readonly atMs: number } | null = null

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
  const key = event.key.toLowerCase()
  const doubled = lastPress?.id === id && lastPress.key === key && atMs - lastPress.atMs < DOUBLE_PRESS_MS
  lastPress = TWICE.includes(key) && !doubled ? { id, key, atMs } : null
  switch (key) {
    case 'a':
      insertBeside(id, 'above', kindBeside(id))
      return true
    case 'b':
      insertBeside(id, 'below', kindBeside(id))
      return true
    case 'd':
      if (doubled) removeCell(id)
      return true
    case 'i':
      if (doubled) cancelCell(id)
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
