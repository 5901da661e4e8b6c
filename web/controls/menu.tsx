import type { ReactElement, ReactNode } from 'react'
import {
  Header,
  Menu as AriaMenu,
  MenuItem,
  MenuSection,
  MenuTrigger,
  Popover,
  Separator,
} from 'react-aria-components'
import styles from './menu.module.css'

export type MenuEntry =
  | 'separator'
  | {
      readonly id: string
      readonly label: string
      readonly icon?: ReactNode
      readonly detail?: string
      readonly isDisabled?: boolean
      readonly onAction: () => void
    }

interface MenuProps {
  /** The button that opens it. */
  readonly children: ReactElement
  readonly label: string
  readonly title?: string
  readonly entries: readonly MenuEntry[]
}

export function Menu({ children, label, title, entries }: MenuProps) {
  return (
    <MenuTrigger>
      {children}
      <Popover className={styles.popover!} placement="bottom end" offset={4}>
        <AriaMenu aria-label={label} className={styles.menu!}>
          <MenuSection aria-label={title ?? label}>
            {title === undefined ? null : <Header className={styles.title}>{title}</Header>}
            {entries.map((entry, index) =>
              entry === 'separator' ? (
                <Separator key={`separator-${index}`} className={styles.separator!} />
              ) : (
                <MenuItem
                  key={entry.id}
                  id={entry.id}
                  textValue={entry.label}
                  className={styles.item!}
                  isDisabled={entry.isDisabled ?? false}
                  onAction={entry.onAction}
                >
                  <span className={styles.icon}>{entry.icon}</span>
                  <span className={styles.label}>{entry.label}</span>
                  {entry.detail === undefined ? null : <span className={styles.detail}>{entry.detail}</span>}
                </MenuItem>
              ),
            )}
          </MenuSection>
        </AriaMenu>
      </Popover>
    </MenuTrigger>
  )
}
