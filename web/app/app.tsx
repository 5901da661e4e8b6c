import { useEffect, useState } from 'react'
import { DocsDialog } from '../docs/docs-dialog.tsx'
import { AddDataDialog } from '../explorer/add-data-dialog.tsx'
import { DropZone } from '../explorer/drop-zone.tsx'
import { Explorer } from '../explorer/explorer.tsx'
import { Inspector } from '../inspector/inspector.tsx'
import { useAnnouncement } from '../session/announcements.ts'
import { redo, undo } from '../session/notebook-store.ts'
import { StorageDialog } from '../storage/storage-dialog.tsx'
import { ShareDialog } from '../share/share-dialog.tsx'
import styles from './app.module.css'
import { NotebookView } from './notebook-view.tsx'
import { ShortcutsDialog } from './shortcuts-dialog.tsx'
import { Toolbar } from './toolbar.tsx'

/** On a wide page all three lie side by side; on a narrow one they are tabs. */
export type Pane = 'notebook' | 'data' | 'inspector'

const PANES: readonly { readonly id: Pane; readonly label: string }[] = [
  { id: 'data', label: 'Data' },
  { id: 'notebook', label: 'Notebook' },
  { id: 'inspector', label: 'Inspector' },
]

export function App() {
  const [pane, setPane] = useState<Pane>('notebook')
  const [dialog, setDialog] = useState<'share' | 'shortcuts' | null>(null)

  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (isTyping(event.target) || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'z')
        return
      event.preventDefault()
      if (event.shiftKey) redo()
      else undo()
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])

  return (
    <div className={styles.app} data-pane={pane}>
      <Toolbar onShare={() => setDialog('share')} onShortcuts={() => setDialog('shortcuts')} />
      <aside className={styles.data} aria-label="Tables">
        <Explorer />
      </aside>
      <main className={styles.main}>
        <NotebookView />
      </main>
      <aside className={styles.inspector} aria-label="Inspector">
        <Inspector />
      </aside>
      <nav className={styles.tabs} aria-label="Parts of the page">
        {PANES.map(({ id, label }) => (
          <button
            key={id}
            type="button"
            className={styles.tab}
            aria-current={pane === id ? 'page' : undefined}
            onClick={() => setPane(id)}
          >
            {label}
          </button>
        ))}
      </nav>
      <DropZone />
      <AddDataDialog />
      <DocsDialog />
      <StorageDialog />
      <ShareDialog isOpen={dialog === 'share'} onClose={() => setDialog(null)} />
      <ShortcutsDialog isOpen={dialog === 'shortcuts'} onClose={() => setDialog(null)} />
      <Announcements />
    </div>
  )
}

function Announcements() {
  const { text, number } = useAnnouncement()
  return (
    <p role="status" aria-live="polite" className={styles.announcements}>
      <span key={number}>{text}</span>
    </p>
  )
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, [contenteditable], .monaco-editor') !== null
  )
}
