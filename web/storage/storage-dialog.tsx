import { Button } from '../controls/button.tsx'
import { Dialog } from '../controls/dialog.tsx'
import { Note } from '../controls/note.tsx'
import { useEngine } from '../session/engine-store.ts'
import { formatBytes, plural } from '../theme/format.ts'
import { PRIVATE_WINDOW } from './persisted-storage.ts'
import styles from './storage-dialog.module.css'
import { closeStorage, keepData, sweep, useStorage, type StorageFigures } from './storage-store.ts'

/** What this site keeps in the browser, and what may be done about it. */
export function StorageDialog() {
  const open = useStorage((state) => state.open)
  const figures = useStorage((state) => state.figures)
  return (
    <Dialog title="Storage" isOpen={open} onClose={closeStorage}>
      {figures === null ? <p>Measuring…</p> : <Figures figures={figures} />}
    </Dialog>
  )
}

function Figures({ figures }: { readonly figures: StorageFigures }) {
  const maybePrivate = useStorage((state) => state.maybePrivate)
  const tables = useEngine((state) => state.tables).filter(({ kind }) => kind === 'table')
  const tableBytes = tables.reduce((sum, { bytes }) => sum + bytes, 0)
  const {
    notebookBytes,
    siteBytes,
    ownColumnBytes,
    ownSpillBytes,
    otherTabsSpillBytes,
    staleSpillBytes,
    usageBytes,
    quotaBytes,
  } = figures
  return (
    <>
      {maybePrivate ? (
        <Note tone="warn" role="note">
          {PRIVATE_WINDOW}
        </Note>
      ) : null}
      <dl className={styles.figures}>
        <Figure name="Notebook" bytes={notebookBytes} detail="saved in this browser" />
        <Figure
          name="Session tables"
          bytes={tableBytes}
          detail={`${plural(tables.length, 'table')} in the heap, gone with this tab`}
        />
        <Figure name="Spills of this tab" bytes={ownSpillBytes} detail="gone after each query" />
        <Figure
          name="Columns of this tab"
          bytes={ownColumnBytes}
          detail="decoded once and kept on the disk; they go when space is short"
        />
        <Figure
          name="Spills and columns of other tabs"
          bytes={otherTabsSpillBytes}
          detail="theirs while they are open"
        />
        <Figure name="Left by closed tabs" bytes={staleSpillBytes} detail="swept at every start" />
        <Figure
          name="Lakebook itself"
          bytes={siteBytes}
          detail={
            siteBytes > 0
              ? 'kept, so that this page opens without a network'
              : 'not kept yet: without a network this page would not open'
          }
        />
        {usageBytes === null || quotaBytes === null ? null : (
          <Figure
            name="This site in all"
            bytes={usageBytes}
            detail={`as the browser counts; ${formatBytes(Math.max(0, quotaBytes - usageBytes))} more may be taken`}
          />
        )}
      </dl>
      <p className={styles.text}>
        {figures.persisted
          ? 'The browser has agreed to keep this site’s data until you clear it.'
          : 'The browser may clear this site’s data, the notebook included, when the disk is short. Download the notebook if it matters.'}
      </p>
      <div className={styles.actions}>
        {figures.persisted ? null : (
          <Button label="Ask to keep it" onPress={() => void keepData()}>
            Ask to keep it
          </Button>
        )}
        <Button
          label="Sweep what is left over"
          isDisabled={staleSpillBytes === 0}
          onPress={() => void sweep()}
        >
          Sweep what is left over
        </Button>
      </div>
    </>
  )
}

function Figure({
  name,
  bytes,
  detail,
}: {
  readonly name: string
  readonly bytes: number
  readonly detail: string
}) {
  return (
    <div className={styles.figure}>
      <dt>{name}</dt>
      <dd className={styles.bytes}>{formatBytes(bytes)}</dd>
      <dd className={styles.detail}>{detail}</dd>
    </div>
  )
}
