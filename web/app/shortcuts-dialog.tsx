import { Dialog } from '../controls/dialog.tsx'
import styles from './shortcuts-dialog.module.css'

const GROUPS: readonly { readonly title: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Anywhere in a cell',
    keys: [
      ['Shift Enter', 'Run and go to the next cell'],
      ['Ctrl Enter or ⌘ Enter', 'Run and stay'],
      ['Alt Enter', 'Run and insert a cell below'],
    ],
  },
  {
    title: 'In the editor',
    keys: [
      ['Esc', 'Close what is open, then leave the editor for the frame'],
      ['Ctrl Space', 'Complete'],
      ['Ctrl M', 'Let Tab move the focus instead of indenting'],
    ],
  },
  {
    title: 'On the frame of a cell',
    keys: [
      ['Enter', 'Edit'],
      ['J, K or ↓, ↑', 'Next, previous cell'],
      ['A, B', 'Insert above, below'],
      ['I I', 'Stop its run'],
      ['D D', 'Delete'],
      ['Z, Shift Z', 'Undo, redo'],
      ['Y, P, M', 'Make it SQL, Polars, text'],
      ['Alt ↑, Alt ↓', 'Move'],
    ],
  },
  {
    title: 'In a result',
    keys: [
      ['Arrows, Page, Home, End', 'Move; with Ctrl to the edge'],
      ['Shift and these', 'Select cells'],
      ['Ctrl A', 'Select all, with the names of the columns'],
      ['Enter on a head', 'Sort'],
      ['Alt ←, Alt →', 'Narrow, widen the column'],
      ['Ctrl C', 'Copy what is selected, as a spreadsheet takes it'],
    ],
  },
]

export function ShortcutsDialog({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
}) {
  return (
    <Dialog title="Keyboard shortcuts" isOpen={isOpen} onClose={onClose}>
      {GROUPS.map((group) => (
        <section key={group.title} className={styles.group}>
          <h3 className={styles.title}>{group.title}</h3>
          <dl className={styles.keys}>
            {group.keys.map(([keys, meaning]) => (
              <div key={keys} className={styles.row}>
                <dt>
                  <kbd className={styles.key}>{keys}</kbd>
                </dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </Dialog>
  )
}
