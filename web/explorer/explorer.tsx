import { Plus, X } from 'lucide-react'
import { ProgressBar } from 'react-aria-components'
import { Button } from '../controls/button.tsx'
import { ProgressTrack } from '../controls/progress-track.tsx'
import { useEngine, type IncomingFile } from '../session/engine-store.ts'
import { dismissIncoming } from '../session/arrivals.ts'
import { useNotebook } from '../session/notebook-store.ts'
import { useRememberedNeeds } from '../session/remembered-needs.ts'
import { NeedsList } from '../share/needs-list.tsx'
import { plural } from '../theme/format.ts'
import { openAddData } from './add-data-store.ts'
import styles from './explorer.module.css'
import { TableEntry } from './table-entry.tsx'

/** The tables that cells can name: schema, rows, bytes and format. */
export function Explorer() {
  const tables = useEngine((state) => state.tables)
  const incoming = useEngine((state) => state.incoming)
  return (
    <section aria-label="Data" className={styles.explorer}>
      <h2 className={styles.title}>Data</h2>
      {tables.length === 0 && incoming.length === 0 ? <Empty /> : null}
      <Missing />
      <ul className={styles.list}>
        {incoming.map((file) => (
          <Incoming key={file.id} file={file} />
        ))}
        {tables.map((table) => (
          <TableEntry key={table.name} table={table} />
        ))}
      </ul>
    </section>
  )
}

/** What the notebook read in an earlier tab, as long as it is not here. */
function Missing() {
  const tables = useEngine((state) => state.tables)
  const needs = useRememberedNeeds((state) => state.needs)
  const isCopy = useNotebook((state) => state.copied !== null)
  const missing = needs.filter(({ name }) => !tables.some((table) => table.name === name))
  if (isCopy || missing.length === 0) return null
  return (
    <div className={styles.missing}>
      <p>This notebook reads:</p>
      <NeedsList needs={missing} />
    </div>
  )
}

function Empty() {
  return (
    <div className={styles.empty}>
      <p>No data yet.</p>
      <p>
        Drop Parquet, CSV, JSON or Arrow files, or folders of them, anywhere on this page, or choose them.
        They never leave this tab.
      </p>
      <Button label="Choose files or a URL" icon={<Plus size={14} aria-hidden />} onPress={openAddData}>
        Choose files or a URL
      </Button>
      <p>The examples, in the notebook menu, make their own data.</p>
    </div>
  )
}

function Incoming({ file }: { readonly file: IncomingFile }) {
  if (file.error === null) return <Arriving file={file} />
  return (
    <li className={styles.incoming} data-failed role="alert">
      <span className={styles.incomingName}>{file.name}</span>
      <Button
        kind="quiet"
        label={`Dismiss the error of ${file.name}`}
        icon={<X size={14} aria-hidden />}
        onPress={() => dismissIncoming(file)}
      />
      <p>{file.error.message}</p>
      {file.error.hint === undefined ? null : <p className={styles.hint}>{file.error.hint}</p>}
    </li>
  )
}

/** What is done with the file, how much of that is done, and a way to stop it. */
function Arriving({ file: incoming }: { readonly file: IncomingFile }) {
  const { name, progress } = incoming
  const isKnown = progress !== null && progress.fraction > 0
  const stage = progress?.stage ?? `Opening ${name}`
  return (
    <li className={styles.incoming} data-arriving>
      <ProgressBar
        aria-label={stage}
        className={styles.arriving!}
        value={(progress?.fraction ?? 0) * 100}
        isIndeterminate={!isKnown}
      >
        <span className={styles.incomingName}>{stage}</span>
        <ProgressTrack fraction={isKnown ? progress.fraction : null} />
        <span className={styles.facts}>
          {isKnown ? `${Math.floor(progress.fraction * 100)} %` : ''}
          {progress !== null && progress.rows > 0 ? ` · ${plural(progress.rows, 'row')}` : ''}
        </span>
      </ProgressBar>
      <Button
        kind="quiet"
        label={`Stop adding ${name}`}
        icon={<X size={14} aria-hidden />}
        onPress={() => dismissIncoming(incoming)}
      />
    </li>
  )
}
