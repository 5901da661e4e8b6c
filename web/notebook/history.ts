import type { Notebook } from './notebook.ts'

const STEPS_KEPT = 200

/** The notebook and the way back. Cells are shared between steps, so a step costs one array of references. */
export interface History {
  readonly present: Notebook
  readonly past: readonly Notebook[]
  readonly future: readonly Notebook[]
  /** Consecutive changes with the same key (typing in one cell) are one step. */
  readonly mergeKey: string | null
}

export function startHistory(notebook: Notebook): History {
  return { present: notebook, past: [], future: [], mergeKey: null }
}

export function record(history: History, next: Notebook, mergeKey: string | null = null): History {
  if (next === history.present) return history
  const merges = mergeKey !== null && mergeKey === history.mergeKey && history.past.length > 0
  const past = merges ? history.past : [...history.past, history.present].slice(-STEPS_KEPT)
  return { present: next, past, future: [], mergeKey }
}

/** A change that undo passes over, such as the view chosen for a result. */
export function amend(history: History, next: Notebook): History {
  return next === history.present ? history : { ...history, present: next }
}

export function undo(history: History): History {
  const previous = history.past.at(-1)
  if (!previous) return history
  return {
    present: previous,
    past: history.past.slice(0, -1),
    future: [history.present, ...history.future],
    mergeKey: null,
  }
}

export function redo(history: History): History {
  const [next, ...future] = history.future
  if (!next) return history
  return { present: next, past: [...history.past, history.present], future, mergeKey: null }
}
