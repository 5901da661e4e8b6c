import { ArrowDown, ArrowUp, ChevronDown, Play, Plus, Square, Trash2 } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { Button } from '../controls/button.tsx'
import { Menu } from '../controls/menu.tsx'
import type { Cell, WrittenKind } from '../notebook/cell.ts'
import {
  insertBeside,
  moveCell,
  removeCell,
  select,
  setKind,
  useNotebook,
} from '../session/notebook-store.ts'
import { isUnderWay, useRuns } from '../session/run-store.ts'
import { cancelCell } from '../session/runner.ts'
import { isCancelled } from '../session/wire-error.ts'
import { runInPlace } from './cell-actions.ts'
import styles from './cell-frame.module.css'
import { KIND_NAMES, WRITTEN_KINDS } from './cell-kinds.ts'
import { CellStatus } from './cell-status.tsx'
import { pressCommandKey } from './command-keys.ts'

/** A menu's entry for each kind of cell. */
function kindEntries(choose: (kind: WrittenKind) => void) {
  return WRITTEN_KINDS.map((kind) => ({ id: kind, label: KIND_NAMES[kind], onAction: () => choose(kind) }))
}

interface CellFrameProps {
  readonly cell: Cell
  readonly index: number
  readonly count: number
  readonly children: ReactNode
}

/** What every cell has: a frame that takes single keys, a kind, buttons and the state of its last run. */
export function CellFrame({ cell, index, count, children }: CellFrameProps) {
  const frame = useRef<HTMLElement>(null)
  const selected = useNotebook((state) => state.selected === cell.id)
  const commandMode = useNotebook((state) => state.selected === cell.id && state.mode === 'command')
  const run = useRuns((state) => state.runs[cell.id])
  const wasCommandMode = useRef(commandMode)

  useEffect(() => {
    const entered = commandMode && !wasCommandMode.current
    wasCommandMode.current = commandMode
    const { activeElement } = document
    const within = frame.current?.contains(activeElement) && !activeElement?.closest('.monaco-editor')
    if (entered && !within) frame.current?.focus()
  }, [commandMode])

  const name = `${KIND_NAMES[cell.kind]} cell ${index + 1}`
  const runnable = cell.kind !== 'markdown'
  const underWay = isUnderWay(run)
  return (
    <article
      ref={frame}
      id={`cell-${cell.id}`}
      aria-label={name}
      tabIndex={selected ? 0 : -1}
      className={styles.frame}
      data-selected={selected || undefined}
      data-kind={cell.kind}
      data-state={run?.kind === 'failed' && isCancelled(run.error) ? 'cancelled' : run?.kind}
      onFocus={(event) => {
        const inEditor = event.target.closest('.monaco-editor') !== null
        if (!inEditor) select(cell.id, 'command')
      }}
      onKeyDown={(event) => {
        if (event.target !== event.currentTarget) return
        if (pressCommandKey(cell.id, event, event.timeStamp)) event.preventDefault()
      }}
    >
      <header className={styles.head}>
        {runnable ? (
          <Button
            kind="quiet"
            label="Run cell"
            shortcut="Shift Enter"
            icon={<Play size={14} aria-hidden />}
            isDisabled={underWay}
            onPress={() => runInPlace(cell.id)}
          />
        ) : null}
        <span className={styles.number} aria-hidden>
          {index + 1}
        </span>
        {cell.kind === 'panel' ? (
          <span className={styles.kind}>Demo</span>
        ) : (
          <Menu label="Kind of cell" entries={kindEntries((kind) => setKind(cell.id, kind))}>
            <AriaButton className={styles.kindButton!} aria-label={`Kind of cell: ${KIND_NAMES[cell.kind]}`}>
              {KIND_NAMES[cell.kind]}
              <ChevronDown size={12} aria-hidden />
            </AriaButton>
          </Menu>
        )}
        {underWay ? (
          <Button
            kind="quiet"
            label="Stop cell"
            shortcut="I I"
            icon={<Square size={12} aria-hidden />}
            onPress={() => cancelCell(cell.id)}
          />
        ) : null}
        <CellStatus cell={cell} />
        <div role="toolbar" aria-label={`Actions of ${name}`} className={styles.actions}>
          <Menu label="Insert below" entries={kindEntries((kind) => insertBeside(cell.id, 'below', kind))}>
            <Button kind="quiet" label="Insert cell below" icon={<Plus size={14} aria-hidden />} />
          </Menu>
          <Button
            kind="quiet"
            label="Move up"
            shortcut="Alt ↑"
            icon={<ArrowUp size={14} aria-hidden />}
            isDisabled={index === 0}
            onPress={() => moveCell(cell.id, -1)}
          />
          <Button
            kind="quiet"
            label="Move down"
            shortcut="Alt ↓"
            icon={<ArrowDown size={14} aria-hidden />}
            isDisabled={index === count - 1}
            onPress={() => moveCell(cell.id, 1)}
          />
          <Button
            kind="quiet"
            label="Delete cell"
            shortcut="D D"
            icon={<Trash2 size={14} aria-hidden />}
            onPress={() => removeCell(cell.id)}
          />
        </div>
      </header>
      {children}
    </article>
  )
}
