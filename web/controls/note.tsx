import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import styles from './note.module.css'

const ICONS = { info: Info, good: CircleCheck, warn: TriangleAlert, bad: CircleAlert } as const

interface NoteProps {
  readonly tone: keyof typeof ICONS
  readonly children: ReactNode
  readonly actions?: ReactNode
  /** Errors interrupt; the rest waits its turn. */
  readonly role?: 'alert' | 'status' | 'note'
  readonly label?: string
}

/** Something to know, with what to do about it. */
export function Note({ tone, children, actions, role = 'note', label }: NoteProps) {
  const Icon = ICONS[tone]
  return (
    <div
      className={styles.note}
      data-tone={tone}
      role={role}
      {...(label === undefined ? {} : { 'aria-label': label })}
    >
      <Icon size={15} aria-hidden className={styles.icon} />
      <div className={styles.body}>{children}</div>
      {actions === undefined ? null : <div className={styles.actions}>{actions}</div>}
    </div>
  )
}
