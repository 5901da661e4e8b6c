import { Plus } from 'lucide-react'
import { memo } from 'react'
import { CellFrame } from '../cells/cell-frame.tsx'
import { KIND_NAMES, WRITTEN_KINDS } from '../cells/cell-kinds.ts'
import { CodeCell } from '../cells/code-cell.tsx'
import { MarkdownCell } from '../cells/markdown-cell.tsx'
import { Button } from '../controls/button.tsx'
import { DemoPanel } from '../demo/demo-panel.tsx'
import type { Cell } from '../notebook/cell.ts'
import { insertBeside, useNotebook } from '../session/notebook-store.ts'
import styles from './notebook-view.module.css'
import { Notices } from './notices.tsx'

export function NotebookView() {
  const cells = useNotebook((state) => state.history.present.cells)
  const last = cells.at(-1)
  return (
    <div className={styles.scroll}>
      <Notices />
      <div className={styles.cells}>
        {cells.map((cell, index) => (
          <NotebookCell key={cell.id} cell={cell} index={index} isLast={index === cells.length - 1} />
        ))}
        <div className={styles.add} role="group" aria-label="Add a cell at the end">
          {WRITTEN_KINDS.map((kind) => (
            <Button
              key={kind}
              kind="quiet"
              label={`Add ${KIND_NAMES[kind]} cell`}
              icon={<Plus size={14} aria-hidden />}
              onPress={() => last && insertBeside(last.id, 'below', kind)}
            >
              {KIND_NAMES[kind]}
            </Button>
          ))}
        </div>
      </div>
    </div>
  )
}

/** Drawn again only when the cell itself or its place changes: a key typed into one costs the same among hundreds. */
const NotebookCell = memo(function NotebookCell({
  cell,
  index,
  isLast,
}: {
  readonly cell: Cell
  readonly index: number
  readonly isLast: boolean
}) {
  return (
    <CellFrame cell={cell} index={index} isLast={isLast}>
      <CellBody cell={cell} index={index} />
    </CellFrame>
  )
})

function CellBody({ cell, index }: { readonly cell: Cell; readonly index: number }) {
  switch (cell.kind) {
    case 'sql':
    case 'polars':
      return <CodeCell cell={cell} index={index} />
    case 'markdown':
      return <MarkdownCell cell={cell} index={index} />
    case 'panel':
      return <DemoPanel cell={cell} />
  }
}
