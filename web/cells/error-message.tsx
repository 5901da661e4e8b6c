import type { WireError } from '../../workers/protocol.ts'
import styles from './error-message.module.css'

interface ErrorMessageProps {
  readonly error: WireError
  readonly tone: 'bad' | 'warn'
  /** Puts the cursor where the error is. */
  readonly onLocate?: (error: WireError) => void
}

/** What to do where the engine itself names nothing better. */
const NEXT: Readonly<Partial<Record<WireError['code'], string>>> = {
  syntax: 'Look at the marked place, or just before it.',
  unknown_table: 'The list of tables at the side has their names; Add data brings more.',
  unknown_column: 'Open the table in the list at the side to see its columns.',
  unknown_function: 'The page of functions, under the book at the top, lists what there is.',
  ambiguous: 'Write the table before the name, as in table.column.',
  type: 'Cast one side, for example with CAST(x AS DOUBLE).',
  unsupported: 'The page of functions, under the book at the top, lists what there is.',
  overflow: 'Cast to a wider type before calculating, for example CAST(x AS DOUBLE).',
  cast: 'TRY_CAST gives NULL for values that cannot be converted.',
  out_of_memory: 'Raise the budget under Memory, or ask for fewer rows or columns.',
  out_of_disk: 'Free space on the disk, or raise the budget under Memory so that less is spilled.',
  corrupt_file: 'The other tables still work. Get the file again and add it in place of this one.',
  not_readable: 'Add the file again: it may have been moved or changed.',
  internal: 'The notebook is safe. Write the query another way, or reload the page if it happens again.',
}

/** What was wrong, where, and what to do next. */
export function ErrorMessage({ error, tone, onLocate }: ErrorMessageProps) {
  const next = error.hint ?? NEXT[error.code]
  return (
    <div role={tone === 'bad' ? 'alert' : 'note'} className={styles.error} data-tone={tone}>
      <p className={styles.where}>
        <code>{error.code}</code>
        {error.span ? (
          onLocate ? (
            <button type="button" className={styles.locate} onClick={() => onLocate(error)}>
              line {error.span.line}:{error.span.column}
            </button>
          ) : (
            <span>
              line {error.span.line}:{error.span.column}
            </span>
          )
        ) : null}
      </p>
      <p className={styles.message}>{error.message}</p>
      {next === undefined ? null : <p className={styles.hint}>{next}</p>}
    </div>
  )
}
