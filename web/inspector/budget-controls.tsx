import { RotateCw } from 'lucide-react'
import { useState } from 'react'
import type { EngineSettings } from '../../workers/protocol.ts'
import { Button } from '../controls/button.tsx'
import { Dropdown } from '../controls/choice.tsx'
import { isCode } from '../notebook/cell.ts'
import { findCell } from '../notebook/notebook.ts'
import { reopenEngine } from '../session/engine-session.ts'
import { MAX_BUDGET_BYTES, MIN_BUDGET_BYTES, useEngine } from '../session/engine-store.ts'
import { useNotebook } from '../session/notebook-store.ts'
import { reportProblem } from '../session/problems.ts'
import { rerunAt, useReruns } from '../session/rerun.ts'
import { anyUnderWay, useRuns } from '../session/run-store.ts'
import { asWireError } from '../session/wire-error.ts'
import { formatBytes } from '../theme/format.ts'
import styles from './budget-controls.module.css'

const STEPS_PER_DOUBLING = 4
const LAST_STEP = Math.log2(MAX_BUDGET_BYTES / MIN_BUDGET_BYTES) * STEPS_PER_DOUBLING
const MIB = 2 ** 20

const POOLS = [
  { value: 'fair', label: 'fair' },
  { value: 'greedy', label: 'greedy' },
  { value: 'unbounded', label: 'unbounded' },
] as const satisfies readonly { value: EngineSettings['memoryPool']; label: string }[]

/** How much the engine may hold, how its consumers share it, and the run that shows the difference. */
export function BudgetControls() {
  const settings = useEngine((state) => state.settings)
  const phase = useEngine((state) => state.phase)
  const isolated = phase.kind === 'ready' && phase.status.isolated
  const [wanted, setWanted] = useState<Partial<EngineSettings>>({})
  const comparing = useReruns((state) => state.busy)
  const running = useRuns(anyUnderWay)
  const inspected = useRuns((state) => state.inspected)
  const target = useNotebook((state) => {
    const { present } = state.history
    const selected = findCell(present, state.selected)
    const shown = inspected === null ? undefined : findCell(present, inspected)
    const cell = selected && isCode(selected) && selected.text.trim() !== '' ? selected : shown
    return cell && isCode(cell) ? cell.id : null
  })

  const next: EngineSettings = { ...settings, ...wanted }
  const busy = running || comparing
  const changed = Object.entries(wanted).some(
    ([key, value]) => settings[key as keyof EngineSettings] !== value,
  )
  const cores = isolated ? navigator.hardwareConcurrency : 1

  function apply(action: Promise<unknown>) {
    setWanted({})
    action.catch((thrown: unknown) =>
      reportProblem('The engine could not be opened again', asWireError(thrown)),
    )
  }

  return (
    <div className={styles.controls}>
      <label className={styles.budget}>
        <span className={styles.name}>
          Budget
          <output className={styles.value}>{formatBytes(next.heapBudgetBytes)}</output>
        </span>
        <input
          type="range"
          className={styles.slider}
          min={0}
          max={LAST_STEP}
          step={1}
          value={stepOf(next.heapBudgetBytes)}
          aria-label="Budget"
          aria-valuetext={formatBytes(next.heapBudgetBytes)}
          onChange={(event) =>
            setWanted({ ...wanted, heapBudgetBytes: budgetOf(Number(event.target.value)) })
          }
        />
        <span className={styles.ends} aria-hidden>
          <span>{formatBytes(MIN_BUDGET_BYTES)}</span>
          <span>{formatBytes(MAX_BUDGET_BYTES)}</span>
        </span>
      </label>
      <div className={styles.row}>
        <Dropdown
          label="Pool"
          value={next.memoryPool}
          options={POOLS}
          onChange={(memoryPool) => setWanted({ ...wanted, memoryPool })}
        />
        <Dropdown
          label="Threads"
          value={String(next.threads)}
          options={threadChoices(cores, next.threads).map((count) => ({
            value: String(count),
            label: String(count),
          }))}
          isDisabled={!isolated}
          onChange={(threads) => setWanted({ ...wanted, threads: Number(threads) })}
        />
      </div>
      <div className={styles.row}>
        <Button
          kind="primary"
          label="Run again at this budget"
          icon={<RotateCw size={13} aria-hidden />}
          isDisabled={busy || target === null || phase.kind !== 'ready'}
          onPress={() => target !== null && apply(rerunAt(target, next))}
        >
          {comparing ? 'Running and comparing…' : 'Run again at this budget'}
        </Button>
        <Button
          label="Apply settings"
          isDisabled={busy || !changed}
          onPress={() => apply(reopenEngine(next))}
        >
          Apply
        </Button>
      </div>
      {changed ? (
        <p className={styles.note}>
          A new budget opens a new heap: files stay, session tables and results are made again.
        </p>
      ) : null}
    </div>
  )
}

function stepOf(bytes: number): number {
  return Math.round(Math.log2(bytes / MIN_BUDGET_BYTES) * STEPS_PER_DOUBLING)
}

function budgetOf(step: number): number {
  return Math.round((MIN_BUDGET_BYTES * 2 ** (step / STEPS_PER_DOUBLING)) / MIB) * MIB
}

function threadChoices(cores: number, current: number): number[] {
  const powers = Array.from({ length: 7 }, (_, power) => 2 ** power).filter((count) => count < cores)
  return [...new Set([...powers, cores, current])].sort((a, b) => a - b)
}
