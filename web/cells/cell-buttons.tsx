import { ArrowDown, ArrowUp, ChevronDown, Plus, Trash2 } from 'lucide-react'
import { memo } from 'react'
import { Button as AriaButton } from 'react-aria-components'
import { Button } from '../controls/button.tsx'
import { Menu } from '../controls/menu.tsx'
import type { Cell, WrittenKind } from '../notebook/cell.ts'
import { insertBeside, moveCell, removeCell, setKind } from '../session/notebook-store.ts'
import styles from './cell-frame.module.css'
import { KIND_NAMES, WRITTEN_KINDS } from './cell-kinds.ts'

/** A menu's entry for each kind of cell. */
function kindEntries(choose: (kind: WrittenKind) => void) {
  return WRITTEN_KINDS.map((kind) => ({ id: kind, label: KIND_NAMES[kind], onAction: () => choose(kind) }))
}

interface KindChoiceProps {
  readonly id: string
  readonly kind: Cell['kind']
}

/** What the cell is, and what else it could be. */
export const KindChoice = memo(function KindChoice({ id, kind }: KindChoiceProps) {
  if (kind === 'panel') return <span className={styles.kind}>Demo</span>
  return (
    <Menu label="Kind of cell" entries={kindEntries((chosen) => setKind(id, chosen))}>
      <AriaButton className={styles.kindButton!} aria-label={`Kind of cell: ${KIND_NAMES[kind]}`}>
        {KIND_NAMES[kind]}
        <ChevronDown size={12} aria-hidden />
      </AriaButton>
    </Menu>
  )
})

interface CellActionsProps {
  readonly id: string
  readonly name: string
  readonly isFirst: boolean
  readonly isLast: boolean
}

/** What may be done with a cell, whatever it is; not drawn again while it runs. */
export const CellActions = memo(function CellActions({ id, name, isFirst, isLast }: CellActionsProps) {
  return (
    <div role="toolbar" aria-label={`Actions of ${name}`} className={styles.actions}>
      <Menu label="Insert below" entries={kindEntries((kind) => insertBeside(id, 'below', kind))}>
        <Button kind="quiet" label="Insert cell below" icon={<Plus size={14} aria-hidden />} />
      </Menu>
      <Button
        kind="quiet"
        label="Move up"
        shortcut="Alt ↑"
        icon={<ArrowUp size={14} aria-hidden />}
        isDisabled={isFirst}
        onPress={() => moveCell(id, -1)}
      />
      <Button
        kind="quiet"
        label="Move down"
        shortcut="Alt ↓"
        icon={<ArrowDown size={14} aria-hidden />}
        isDisabled={isLast}
        onPress={() => moveCell(id, 1)}
      />
      <Button
        kind="quiet"
        label="Delete cell"
        shortcut="D D"
        icon={<Trash2 size={14} aria-hidden />}
        onPress={() => removeCell(id)}
      />
    </div>
  )
})
