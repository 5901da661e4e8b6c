import { useEffect, useMemo, useState } from 'react'
import type { TableInfo } from '../../engine/lakebook.ts'
import type { WireError } from '../../workers/protocol.ts'
import { CodeEditor } from '../editor/code-editor.tsx'
import type { CodeCell as Cell } from '../notebook/cell.ts'
import { engine } from '../session/connection.ts'
import { useEngine } from '../session/engine-store.ts'
import { moveCursor } from '../session/insert-name.ts'
import { select, setText, useNotebook } from '../session/notebook-store.ts'
import { isUnderWay, useRuns } from '../session/run-store.ts'
import { isCancelled } from '../session/wire-error.ts'
import { runAndAdvance, runAndInsert, runInPlace } from './cell-actions.ts'
import { KIND_NAMES } from './cell-kinds.ts'
import { useEstimate } from './use-estimate.ts'
import { ErrorMessage } from './error-message.tsx'
import { EstimateLine } from './estimate-line.tsx'
import { ResultView } from './result-view.tsx'

const NO_ERRORS: readonly WireError[] = []

/** What is wrong with a text, by the tables that there were. */
interface Checked {
  readonly text: string
  readonly tables: readonly TableInfo[]
  readonly errors: readonly WireError[]
}

export function CodeCell({ cell, index }: { readonly cell: Cell; readonly index: number }) {
  const { id } = cell
  const active = useNotebook((state) => state.selected === id && state.mode === 'edit')
  const run = useRuns((state) => state.runs[id])
  const ready = useEngine((state) => state.phase.kind === 'ready')
  const [checked, setChecked] = useState<Checked | null>(null)
  // a name that was missing may be there now, and the other way about
  const newTables = useEngine(({ tables }) =>
    checked !== null && checked.text === cell.text && checked.tables !== tables ? tables : null,
  )

  const failed =
    run?.kind === 'failed' && run.ranText === cell.text && !isCancelled(run.error) ? run.error : null
  // while it waits, and while files are being added, what it lacks may be on its way
  const mayArrive = useEngine(({ incoming }) => incoming.some(({ error }) => error === null))
  const isSettled = !isUnderWay(run) && !(mayArrive && checked?.errors[0]?.code === 'unknown_table')
  const warnings = checked?.text === cell.text && isSettled ? checked.errors : NO_ERRORS
  const marked = useMemo(() => (failed ? [failed] : warnings), [failed, warnings])
  const commands = useMemo(
    () => ({
      runAndAdvance: () => runAndAdvance(id),
      runInPlace: () => runInPlace(id),
      runAndInsert: () => runAndInsert(id),
      leave: () => select(id, 'command'),
    }),
    [id],
  )

  const selected = useNotebook((state) => state.selected === id)
  const isFresh = run?.kind === 'done' && run.ranText === cell.text
  const estimate = useEstimate(cell, selected && !isFresh && !isUnderWay(run) && !failed)

  async function check(text: string) {
    if (!ready || text.trim() === '') return
    const { tables } = useEngine.getState()
    const errors = await engine()
      .check(cell.kind, text)
      .catch(() => NO_ERRORS)
    setChecked({ text, tables, errors })
  }

  useEffect(() => {
    if (newTables === null) return undefined
    let isCurrent = true
    void engine()
      .check(cell.kind, cell.text)
      .catch(() => NO_ERRORS)
      .then((errors) => {
        if (isCurrent) setChecked({ text: cell.text, tables: newTables, errors })
      })
    return () => {
      isCurrent = false
    }
  }, [newTables, cell.kind, cell.text])

  function locate({ span }: WireError) {
    if (span) moveCursor(id, span.start)
  }

  const [warning] = warnings
  return (
    <>
      <CodeEditor
        cellId={id}
        kind={cell.kind}
        text={cell.text}
        label={`${KIND_NAMES[cell.kind]} code of cell ${index + 1}`}
        active={active}
        errors={marked}
        commands={commands}
        onChange={(text) => setText(id, text)}
        onFocus={() => select(id, 'edit')}
        onPause={(text) => void check(text)}
      />
      {estimate ? <EstimateLine estimate={estimate} /> : null}
      {failed ? <ErrorMessage error={failed} tone="bad" onLocate={locate} /> : null}
      {!failed && warning ? <ErrorMessage error={warning} tone="warn" onLocate={locate} /> : null}
      {run?.kind === 'done' && run.result ? (
        <ResultView key={run.result.id} cell={cell} index={index} result={run.result} />
      ) : null}
    </>
  )
}
