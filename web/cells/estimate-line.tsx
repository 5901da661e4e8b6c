import { formatBytes } from '../theme/format.ts'
import styles from './estimate-line.module.css'
import type { CellEstimate } from './use-estimate.ts'

/** Before running: what the query will need, what of it will spill, and how much room there is for that. */
export function EstimateLine({ estimate }: { readonly estimate: CellEstimate }) {
  const { holdings, needBytes, spillBytes, heapBytes, freeBytes } = estimate
  const spilling = holdings.filter(({ spills }) => spills)
  const short = freeBytes !== null && spillBytes > freeBytes
  return (
    <p className={styles.estimate} data-tone={short ? 'bad' : spilling.length > 0 ? 'warn' : undefined}>
      <span>
        Before running: needs at most about {formatBytes(needBytes)} of {formatBytes(heapBytes)}.
      </span>{' '}
      {spilling.length === 0 ? (
        <span>Nothing has to spill.</span>
      ) : (
        <span>
          {spilling.map(({ name, detail }) => (detail === '' ? name : `${name} by ${detail}`)).join(', ')} may
          spill about {formatBytes(spillBytes)}
          {freeBytes === null ? '.' : `; the browser offers ${formatBytes(freeBytes)}.`}
          {short ? ' That is not enough: raise the budget under Memory, or ask for less.' : ''}
        </span>
      )}
    </p>
  )
}
