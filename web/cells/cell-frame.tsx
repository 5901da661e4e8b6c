import { Play, Square } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { Button } from '../controls/button.tsx'
import type { Cell } from '../notebook/cell.ts'
import { select, useNotebook } from '../session/notebook-store.ts'
import { isUnderWay, useRuns } from '../session/run-store.ts'
import { cancelCell } from '../session/runner.ts'
import { isCancelled } from '../session/wire-error.ts'
import { runInPlace } from './cell-actions.ts'
import { CellActions, KindChoice } from './cell-buttons.tsx'
import styles from './cell-frame.module.css'
import { KIND_NAMES } from './cell-kinds.ts'
import { CellStatus } from './cell-status.tsx'
import { pressCommandKey } from './command-keys.ts'

interface CellFrameProps {
  readonly cell: Cell
  readonly index: number
  readonly isLast: boolean
  readonly children: ReactNode
}

/** What every cell has: a frame that takes single keys, a kind, buttons and the state of its last run. */
export function CellFrame({ cell, index, isLast, children }: CellFrameProps) {
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
        <KindChoice id={cell.id} kind={cell.kind} />
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
        <CellActions id={cell.id} name={name} isFirst={index === 0} isLast={isLast} />
      </header>
      {children}
    </article>
  )
}
