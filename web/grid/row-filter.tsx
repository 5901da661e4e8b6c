import { Square, X } from 'lucide-react'
import { useId, useState } from 'react'
import { ProgressBar } from 'react-aria-components'
import type { Arrangement, WireError } from '../../workers/protocol.ts'
import { Button } from '../controls/button.tsx'
import { ProgressTrack } from '../controls/progress-track.tsx'
import styles from './row-filter.module.css'

interface RowFilterProps {
  readonly wanted: Arrangement
  readonly isUnderWay: boolean
  /** 0 to 1; null while it is not known. */
  readonly fraction: number | null
  readonly stage: string | null
  readonly error: WireError | null
  /** A condition that may serve as an example. */
  readonly example: string
  readonly onFilter: (where: string) => void
  readonly onStop: () => void
}

/** Which rows of a result are shown, as a condition in SQL; and how far the engine is with that. */
export function RowFilter(props: RowFilterProps) {
  const { wanted, isUnderWay, fraction, stage, error, example, onFilter, onStop } = props
  const [text, setText] = useState('')
  const errorId = useId()
  const isClear = text === '' && wanted.where === ''

  function clear() {
    setText('')
    if (wanted.where !== '') onFilter('')
  }

  return (
    <>
      <form
        className={styles.filter}
        onSubmit={(event) => {
          event.preventDefault()
          onFilter(text)
        }}
      >
        <input
          className={styles.input}
          aria-label="Filter rows: a condition in SQL"
          aria-invalid={error === null ? undefined : true}
          aria-describedby={error === null ? undefined : errorId}
          placeholder={`Filter, e.g. ${example}`}
          spellCheck={false}
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Escape' || isClear) return
            event.stopPropagation()
            clear()
          }}
        />
        {isClear ? null : (
          <Button kind="quiet" label="Clear the filter" icon={<X size={13} aria-hidden />} onPress={clear} />
        )}
      </form>
      {isUnderWay ? (
        <span className={styles.work}>
          <ProgressBar
            aria-label={stage ?? 'Arranging rows'}
            value={(fraction ?? 0) * 100}
            isIndeterminate={fraction === null}
          >
            <ProgressTrack fraction={fraction} />
          </ProgressBar>
          <Button
            kind="quiet"
            label="Stop arranging rows"
            icon={<Square size={12} aria-hidden />}
            onPress={onStop}
          />
        </span>
      ) : null}
      {error === null ? null : (
        <p id={errorId} role="alert" className={styles.error}>
          {error.message}. {error.hint}
        </p>
      )}
    </>
  )
}
