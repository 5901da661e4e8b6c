import { Copy, Download } from 'lucide-react'
import { useEffect, useMemo, useState } from 'react'
import { Button } from '../controls/button.tsx'
import { Dialog } from '../controls/dialog.tsx'
import { Note } from '../controls/note.tsx'
import { dataNeeds } from '../notebook/data-needs.ts'
import { COMFORTABLE_LENGTH, encodeLink, LONGEST_LENGTH } from '../notebook/link.ts'
import { announce } from '../session/announcements.ts'
import { useEngine } from '../session/engine-store.ts'
import { useNotebook } from '../session/notebook-store.ts'
import { downloadNotebook } from '../session/persistence.ts'
import { formatBytes, formatCount, plural } from '../theme/format.ts'
import styles from './share-dialog.module.css'

interface ShareDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
}

/** The notebook as a link. The address of the page carries it while the dialog is open. */
export function ShareDialog({ isOpen, onClose }: ShareDialogProps) {
  return (
    <Dialog title="Share this notebook" isOpen={isOpen} onClose={onClose}>
      <ShareBody />
    </Dialog>
  )
}

function ShareBody() {
  const notebook = useNotebook((state) => state.history.present)
  const tables = useEngine((state) => state.tables)
  const [copied, setCopied] = useState(false)
  const needs = useMemo(() => dataNeeds(notebook, tables), [notebook, tables])
  const hash = useMemo(() => encodeLink({ notebook, needs }), [notebook, needs])
  const link = `${location.origin}${location.pathname}${hash}`
  const grade =
    link.length <= COMFORTABLE_LENGTH ? 'good' : link.length <= LONGEST_LENGTH ? 'long' : 'too-long'

  useEffect(() => {
    const before = location.pathname + location.search
    history.replaceState(null, '', hash)
    return () => history.replaceState(null, '', before)
  }, [hash])

  async function copy() {
    await navigator.clipboard.writeText(link)
    setCopied(true)
    announce('Link copied')
  }

  return (
    <>
      <label className={styles.field}>
        <span>Link</span>
        <input className={styles.link} readOnly value={link} onFocus={(event) => event.target.select()} />
      </label>
      <div className={styles.meterRow}>
        <meter
          className={styles.meter}
          aria-label="Length of the link"
          min={0}
          max={LONGEST_LENGTH}
          low={COMFORTABLE_LENGTH}
          high={LONGEST_LENGTH - 1}
          optimum={0}
          value={Math.min(link.length, LONGEST_LENGTH)}
          data-grade={grade}
        />
        <span className={styles.length} data-grade={grade}>
          {formatCount(link.length)} characters
        </span>
      </div>
      {grade === 'long' ? (
        <Note tone="warn">Some chat programs cut addresses of this length. A file is safer.</Note>
      ) : null}
      {grade === 'too-long' ? (
        <Note tone="bad">
          This notebook is too long for a link that survives chat and mail. Send it as a file.
        </Note>
      ) : null}
      <div className={styles.actions}>
        <Button
          kind={grade === 'too-long' ? 'plain' : 'primary'}
          label="Copy link"
          icon={<Copy size={14} aria-hidden />}
          onPress={() => void copy()}
        >
          {copied ? 'Copied' : 'Copy link'}
        </Button>
        <Button
          kind={grade === 'too-long' ? 'primary' : 'plain'}
          label="Download notebook file"
          icon={<Download size={14} aria-hidden />}
          onPress={() => downloadNotebook(needs)}
        >
          Download as a file
        </Button>
      </div>
      <div className={styles.says}>
        <p>
          The link holds the text of {plural(notebook.cells.length, 'cell')}
          {needs.length > 0 ? ', and how to recognise the data of the notebook' : ''}. It holds no data and no
          results, and goes to no server: it is all after the <code>#</code>. Opening it shows a copy and runs
          nothing.
        </p>
        {needs.length > 0 ? (
          <ul className={styles.needs}>
            {needs.map((need) => (
              <li key={need.name}>
                <strong>{need.name}</strong>: {plural(need.fields.length, 'column')},{' '}
                {plural(
                  need.files.reduce((sum, file) => sum + file.rows, 0),
                  'row',
                )}
                , {formatBytes(need.files.reduce((sum, file) => sum + file.bytes, 0))}
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </>
  )
}
