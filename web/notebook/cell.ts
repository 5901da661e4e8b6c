/** What a notebook is made of. Plain data: it is saved, undone and put into links as it stands. */
export type Cell = CodeCell | MarkdownCell | PanelCell

export type CodeKind = 'sql' | 'polars'

/** Kinds of the cells that a person adds, and writes. */
export type WrittenKind = CodeKind | 'markdown'

export interface CodeCell {
  readonly id: string
  readonly kind: CodeKind
  readonly text: string
  /** How panels find a cell, e.g. `version-2`; null for most cells. */
  readonly role: string | null
  readonly view: ResultView
  readonly chart: ChartSpec | null
}

export interface MarkdownCell {
  readonly id: string
  readonly kind: 'markdown'
  readonly text: string
}

/** A piece of the demo that is not code: it runs in its turn like a cell, and `text` is its one setting. */
export interface PanelCell {
  readonly id: string
  readonly kind: 'panel'
  readonly panel: PanelName
  readonly text: string
}

export type PanelName = 'cgm-readings' | 'cgm-comparison' | 'cgm-day' | 'partition-runs'

export type ResultView = 'table' | 'chart' | 'profile'

/** A chart of a result. Columns by name, because a cell that runs again may order them differently. */
export interface ChartSpec {
  readonly mark: 'line' | 'bar' | 'scatter'
  readonly x: string
  readonly y: string
  readonly colour: string | null
}

export function isCode(cell: Cell): cell is CodeCell {
  return cell.kind === 'sql' || cell.kind === 'polars'
}

export function newCellId(): string {
  return crypto.randomUUID().slice(0, 8)
}

export function codeCell(kind: CodeKind, text = '', role: string | null = null): CodeCell {
  return { id: newCellId(), kind, text, role, view: 'table', chart: null }
}

export function markdownCell(text = ''): MarkdownCell {
  return { id: newCellId(), kind: 'markdown', text }
}

export function panelCell(panel: PanelName, text = ''): PanelCell {
  return { id: newCellId(), kind: 'panel', panel, text }
}

/** The cell as another kind, text kept. Panels stay what they are. */
export function withKind(cell: Cell, kind: WrittenKind): Cell {
  if (cell.kind === 'panel' || cell.kind === kind) return cell
  if (kind === 'markdown') return { id: cell.id, kind, text: cell.text }
  if (cell.kind === 'markdown') return { ...codeCell(kind, cell.text), id: cell.id }
  return { ...cell, kind }
}
