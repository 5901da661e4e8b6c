import { Check, CircleDashed, TriangleAlert } from 'lucide-react'
import { compareNeed, type DataNeed, type NeedState } from '../notebook/data-needs.ts'
import { useEngine } from '../session/engine-store.ts'
import { formatBytes, plural } from '../theme/format.ts'
import styles from './needs-list.module.css'

/** The data that a copied notebook asks for, and how what has been dropped compares. */
export function NeedsList({ needs }: { readonly needs: readonly DataNeed[] }) {
  const tables = useEngine((state) => state.tables)
  if (needs.length === 0) return null
  return (
    <ul className={styles.needs} aria-label="Data this notebook asks for">
      {needs.map((need) => {
        const state = compareNeed(
          need,
          tables.find((table) => table.name === need.name),
        )
        return (
          <li key={need.name} className={styles.need} data-state={state.kind}>
            <StateIcon state={state} />
            <span>
              <strong>{need.name}</strong> <span className={styles.facts}>{facts(need)}</span>: {words(state)}
            </span>
          </li>
        )
      })}
    </ul>
  )
}

function StateIcon({ state }: { readonly state: NeedState }) {
  switch (state.kind) {
    case 'match':
      return <Check size={14} aria-hidden />
    case 'missing':
      return <CircleDashed size={14} aria-hidden />
    case 'differs':
      return <TriangleAlert size={14} aria-hidden />
  }
}

function words(state: NeedState): string {
  switch (state.kind) {
    case 'match':
      return 'the same data'
    case 'missing':
      return 'drop the file on this page'
    case 'differs':
      return `differs: ${state.reasons.join('; ')}`
  }
}

function facts({ files, fields }: DataNeed): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  const names = files.map((file) => file.name).join(', ')
  return `(${names}; ${plural(fields.length, 'column')}, ${plural(rows, 'row')}, ${formatBytes(bytes)})`
}
