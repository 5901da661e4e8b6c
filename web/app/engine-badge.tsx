import { Button as AriaButton, Dialog, DialogTrigger, Popover } from 'react-aria-components'
import { useEngine } from '../session/engine-store.ts'
import { PRIVATE_WINDOW } from '../storage/persisted-storage.ts'
import { useStorage } from '../storage/storage-store.ts'
import { formatBytes, plural } from '../theme/format.ts'
import styles from './engine-badge.module.css'

/** Whether this page has threads and whether spills have a place to go; opens to say what that means. */
export function EngineBadge() {
  const phase = useEngine((state) => state.phase)
  const maybePrivate = useStorage((state) => state.maybePrivate)
  if (phase.kind === 'starting') return <span className={styles.badge}>Starting the engine</span>
  if (phase.kind === 'failed') {
    return (
      <span className={styles.badge} data-tone="bad">
        Engine stopped
      </span>
    )
  }
  const { isolated, canSpill, settings, decoderBytes, sweptBytes } = phase.status
  const limited = !isolated || !canSpill || maybePrivate
  return (
    <DialogTrigger>
      <AriaButton className={styles.badge!} data-tone={limited ? 'warn' : 'good'}>
        {isolated ? plural(settings.threads, 'thread') : 'Not isolated: 1 thread'}
        {canSpill ? (maybePrivate ? ' · spills to memory?' : ' · spills to disk') : ' · no spilling'}
      </AriaButton>
      <Popover className={styles.popover!} placement="bottom end" offset={6}>
        <Dialog className={styles.dialog!} aria-label="State of the engine">
          <p>
            {isolated
              ? `The page is cross-origin isolated: the heap is shared by ${plural(settings.threads, 'compute thread')}.`
              : 'The page is not cross-origin isolated, so there is one thread. Answers are the same. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp to use every core.'}
          </p>
          <p>
            {canSpill
              ? 'Sorts and aggregates that outgrow the heap continue in this browser’s private file system.'
              : 'This browser gives the page no private file system (a private window may be the reason): a query that outgrows the heap ends with an error.'}
          </p>
          {canSpill && maybePrivate ? <p>{PRIVATE_WINDOW}</p> : null}
          <p>
            Of the budget of {formatBytes(settings.heapBudgetBytes)}, {formatBytes(decoderBytes)} are set
            aside for Parquet decoders.
            {sweptBytes > 0 ? ` At start, ${formatBytes(sweptBytes)} left by a closed tab were swept.` : null}
          </p>
        </Dialog>
      </Popover>
    </DialogTrigger>
  )
}
