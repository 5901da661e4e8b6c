import { useEffect, useState } from 'react'
import { openNotebookFile } from '../session/persistence.ts'
import { addFiles, addFolder } from '../session/arrivals.ts'
import { announce } from '../session/announcements.ts'
import { reportProblem } from '../session/problems.ts'
import { asWireError } from '../session/wire-error.ts'
import { droppedFiles, type Dropped } from './dropped-files.ts'
import { plural } from '../theme/format.ts'
import styles from './drop-zone.module.css'

/** The whole page takes files: data becomes tables, a notebook file is opened. */
export function DropZone() {
  const [over, setOver] = useState(false)

  useEffect(() => {
    let depth = 0
    const carriesFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    function onEnter(event: DragEvent) {
      if (!carriesFiles(event)) return
      depth++
      setOver(true)
    }
    function onLeave(event: DragEvent) {
      if (!carriesFiles(event)) return
      depth = Math.max(0, depth - 1)
      if (depth === 0) setOver(false)
    }
    function onOver(event: DragEvent) {
      if (carriesFiles(event)) event.preventDefault()
    }
    function onDrop(event: DragEvent) {
      if (!carriesFiles(event)) return
      event.preventDefault()
      event.stopPropagation()
      depth = 0
      setOver(false)
      if (!event.dataTransfer) return
      droppedFiles(event.dataTransfer)
        .then(take)
        .catch((thrown: unknown) => reportProblem('What was dropped could not be read', asWireError(thrown)))
    }
    // before the editor, which would take a dropped file as text
    const options = { capture: true }
    addEventListener('dragenter', onEnter, options)
    addEventListener('dragleave', onLeave, options)
    addEventListener('dragover', onOver, options)
    addEventListener('drop', onDrop, options)
    return () => {
      removeEventListener('dragenter', onEnter, options)
      removeEventListener('dragleave', onLeave, options)
      removeEventListener('dragover', onOver, options)
      removeEventListener('drop', onDrop, options)
    }
  }, [])

  return over ? (
    <div className={styles.overlay}>
      <p className={styles.text}>Drop files or folders to add them as tables</p>
    </div>
  ) : null
}

async function take({ files, folders, skipped }: Dropped): Promise<void> {
  const notebook = files.find(isNotebookFile)
  if (notebook) void openNotebookFile(notebook)
  await addFiles(files.filter((file) => !isNotebookFile(file)))
  for (const { name, files: inside } of folders) await addFolder(name, inside)
  if (skipped > 0) announce(`${plural(skipped, 'file')} of the folder left out: not data by name`)
}

function isNotebookFile(file: File): boolean {
  return file.name.endsWith('.lakebook.json')
}
