import { useEffect, useState } from 'react'
import { openNotebookFile } from '../session/persistence.ts'
import { addFiles } from '../session/engine-session.ts'
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
      const files = [...(event.dataTransfer?.files ?? [])]
      const [notebook] = files.filter(isNotebookFile)
      if (notebook) void openNotebookFile(notebook)
      void addFiles(files.filter((file) => !isNotebookFile(file)))
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
      <p className={styles.text}>Drop to add as tables</p>
    </div>
  ) : null
}

function isNotebookFile(file: File): boolean {
  return file.name.endsWith('.lakebook.json')
}
