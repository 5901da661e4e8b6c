import {
  BookOpen,
  Download,
  FilePlus2,
  FolderOpen,
  HardDrive,
  Keyboard,
  Menu as MenuIcon,
  Monitor,
  Moon,
  Play,
  Plus,
  Presentation,
  Redo2,
  Share2,
  Square,
  Sun,
  Undo2,
} from 'lucide-react'
import { useRef } from 'react'
import { Button } from '../controls/button.tsx'
import { Menu } from '../controls/menu.tsx'
import { EXAMPLES } from '../demo/examples.ts'
import { openDocs } from '../docs/reference-store.ts'
import { openAddData } from '../explorer/add-data-store.ts'
import { dataNeeds } from '../notebook/data-needs.ts'
import { emptyNotebook } from '../notebook/notebook.ts'
import { useActiveRuns } from '../session/active-runs.ts'
import { useEngine } from '../session/engine-store.ts'
import { currentNotebook, redo, setTitle, undo, useNotebook } from '../session/notebook-store.ts'
import { downloadNotebook, openNotebookFile, startNotebook, useSaveState } from '../session/persistence.ts'
import { useTabLock } from '../session/tab-lock.ts'
import { anyUnderWay, useRuns } from '../session/run-store.ts'
import { cancelRuns, runAll } from '../session/runner.ts'
import { openStorage } from '../storage/storage-store.ts'
import { setTheme, useTheme } from '../theme/theme.ts'
import { EngineBadge } from './engine-badge.tsx'
import styles from './toolbar.module.css'

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon } as const
const NEXT_THEME = { system: 'light', light: 'dark', dark: 'system' } as const
const SAVE_WORDS = { saved: 'Saved in this browser', saving: 'Saving', 'not-saved': 'Not saved' } as const

interface ToolbarProps {
  readonly onShare: () => void
  readonly onShortcuts: () => void
}

export function Toolbar({ onShare, onShortcuts }: ToolbarProps) {
  const ready = useEngine((state) => state.phase.kind === 'ready')
  const busy = useRuns(anyUnderWay)
  const active = useActiveRuns((state) => state.runs.length > 0)
  const theme = useTheme((state) => state.theme)
  const ThemeIcon = THEME_ICONS[theme]
  return (
    <header className={styles.bar}>
      <div className={styles.brand}>
        <span className={styles.mark} aria-hidden />
        <h1 className={styles.product}>Lakebook</h1>
      </div>
      <Title />
      <div className={styles.actions} role="toolbar" aria-label="Notebook">
        <Button
          kind="primary"
          label="Run all"
          icon={<Play size={14} aria-hidden />}
          isDisabled={!ready || busy}
          onPress={() => void runAll()}
        >
          Run all
        </Button>
        <Button
          label="Cancel"
          icon={<Square size={13} aria-hidden />}
          isDisabled={!busy && !active}
          onPress={cancelRuns}
        >
          Cancel
        </Button>
        <Button label="Add data" icon={<Plus size={14} aria-hidden />} onPress={openAddData}>
          Add data
        </Button>
        <Button label="Share" icon={<Share2 size={14} aria-hidden />} onPress={onShare}>
          Share
        </Button>
      </div>
      <div className={styles.badge}>
        <EngineBadge />
      </div>
      <div className={styles.end}>
        <Button
          kind="quiet"
          label="Functions and methods"
          icon={<BookOpen size={15} aria-hidden />}
          isDisabled={!ready}
          onPress={openDocs}
        />
        <Button
          kind="quiet"
          label={`Theme: ${theme}`}
          icon={<ThemeIcon size={15} aria-hidden />}
          onPress={() => setTheme(NEXT_THEME[theme])}
        />
        <NotebookMenu onShortcuts={onShortcuts} />
      </div>
    </header>
  )
}

function Title() {
  const title = useNotebook((state) => state.history.present.title)
  const written = useSaveState((state) => state.state)
  const isCopy = useNotebook((state) => state.copied !== null)
  const elsewhere = useTabLock((state) => state.owner === 'another-tab')
  const saveState = isCopy || elsewhere ? 'not-saved' : written
  return (
    <div className={styles.title}>
      <input
        aria-label="Title of the notebook"
        className={styles.titleInput}
        value={title}
        maxLength={200}
        onChange={(event) => setTitle(event.target.value)}
      />
      <span className={styles.save} data-state={saveState}>
        {SAVE_WORDS[saveState]}
      </span>
    </div>
  )
}

function NotebookMenu({ onShortcuts }: { readonly onShortcuts: () => void }) {
  const picker = useRef<HTMLInputElement>(null)
  const canUndo = useNotebook((state) => state.history.past.length > 0)
  const canRedo = useNotebook((state) => state.history.future.length > 0)
  const size = 14
  return (
    <>
      <input
        ref={picker}
        type="file"
        accept=".json,application/json"
        aria-label="Notebook file"
        tabIndex={-1}
        className={styles.picker}
        onChange={(event) => {
          const file = event.target.files?.[0]
          event.target.value = ''
          if (file) void openNotebookFile(file)
        }}
      />
      <Menu
        label="Notebook menu"
        entries={[
          {
            id: 'new',
            label: 'New notebook',
            icon: <FilePlus2 size={size} />,
            onAction: () => startNotebook(emptyNotebook()),
          },
          {
            id: 'open',
            label: 'Open notebook file…',
            icon: <FolderOpen size={size} />,
            onAction: () => picker.current?.click(),
          },
          {
            id: 'download',
            label: 'Download notebook',
            icon: <Download size={size} />,
            onAction: () => downloadNotebook(dataNeeds(currentNotebook(), useEngine.getState().tables)),
          },
          'separator',
          ...EXAMPLES.map(({ id, title, make }) => ({
            id: `example-${id}`,
            label: title,
            detail: 'Example',
            icon: <Presentation size={size} />,
            onAction: () => startNotebook(make()),
          })),
          'separator',
          {
            id: 'undo',
            label: 'Undo',
            detail: 'Z',
            icon: <Undo2 size={size} />,
            isDisabled: !canUndo,
            onAction: undo,
          },
          {
            id: 'redo',
            label: 'Redo',
            detail: 'Shift Z',
            icon: <Redo2 size={size} />,
            isDisabled: !canRedo,
            onAction: redo,
          },
          'separator',
          {
            id: 'docs',
            label: 'Functions and methods',
            icon: <BookOpen size={size} />,
            onAction: openDocs,
          },
          {
            id: 'storage',
            label: 'Storage',
            icon: <HardDrive size={size} />,
            onAction: () => void openStorage(),
          },
          { id: 'keys', label: 'Keyboard shortcuts', icon: <Keyboard size={size} />, onAction: onShortcuts },
        ]}
      >
        <Button kind="quiet" label="Notebook menu" icon={<MenuIcon size={16} aria-hidden />} />
      </Menu>
    </>
  )
}
