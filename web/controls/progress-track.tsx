import styles from './progress-track.module.css'

/** What a progress bar draws of a part between 0 and 1; null: nobody knows. As wide as `--track-width` says. */
export function ProgressTrack({ fraction }: { readonly fraction: number | null }) {
  return (
    <span className={styles.track} data-unknown={fraction === null || undefined}>
      <span className={styles.bar} style={{ width: `${(fraction ?? 0.3) * 100}%` }} />
    </span>
  )
}
