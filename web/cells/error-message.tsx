import type { WireError } from '../../workers/protocol.ts'
import styles from './error-message.module.css'

/** What was wrong, where, and what to do next. */
export function ErrorMessage({ error, tone }: { readonly error: WireError; readonly tone: 'bad' | 'warn' }) {
  return (
    <div role={tone === 'bad' ? 'alert' : 'note'} className={styles.error} data-tone={tone}>
      <p className={styles.where}>
        <code>{error.code}</code>
        {error.span ? (
          <span>
            line {error.span.line}:{error.span.column}
          </span>
        ) : null}
      </p>
      <p className={styles.message}>{error.message}</p>
      {error.hint === undefined ? null : <p className={styles.hint}>{error.hint}</p>}
    </div>
  )
}
