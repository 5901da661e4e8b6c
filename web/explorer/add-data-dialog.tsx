import { FolderOpen } from 'lucide-react'
import { useRef, useState } from 'react'
import { FieldError, Form, Input, Label, TextField } from 'react-aria-components'
import { Button } from '../controls/button.tsx'
import { Dialog } from '../controls/dialog.tsx'
import { addFiles, addUrl } from '../session/arrivals.ts'
import { closeAddData, useAddData } from './add-data-store.ts'
import styles from './add-data-dialog.module.css'

/** Files from this machine, or the address of one. */
export function AddDataDialog() {
  const open = useAddData((state) => state.open)
  const picker = useRef<HTMLInputElement>(null)
  const [url, setUrl] = useState('')

  function addAddress() {
    if (!isWebAddress(url)) return
    void addUrl(url.trim())
    setUrl('')
    closeAddData()
  }

  return (
    <Dialog title="Add data" isOpen={open} onClose={closeAddData}>
      <div className={styles.part}>
        <p>
          Parquet, CSV, JSON or Arrow. Parquet is read where it lies, a few row groups at a time; nothing is
          uploaded. Files chosen together whose names differ only in a number become one table.
        </p>
        <input
          ref={picker}
          type="file"
          multiple
          aria-label="Files"
          className={styles.picker}
          tabIndex={-1}
          onChange={(event) => {
            const files = [...(event.target.files ?? [])]
            event.target.value = ''
            closeAddData()
            void addFiles(files)
          }}
        />
        <Button
          kind="primary"
          label="Choose files"
          icon={<FolderOpen size={14} aria-hidden />}
          onPress={() => picker.current?.click()}
        >
          Choose files
        </Button>
      </div>
      <Form
        className={styles.part!}
        onSubmit={(event) => {
          event.preventDefault()
          addAddress()
        }}
      >
        <TextField
          className={styles.field!}
          name="url"
          value={url}
          onChange={setUrl}
          isInvalid={url !== '' && !isWebAddress(url)}
        >
          <Label>Or the address of a file</Label>
          <Input className={styles.input!} placeholder="https://example.org/data.parquet" inputMode="url" />
          <FieldError className={styles.error!}>
            An address starts with https:// (or http://localhost) and names a file.
          </FieldError>
        </TextField>
        <p className={styles.small}>
          Only this host is asked, by byte ranges. It must allow other sites to read it (CORS, with range
          headers).
        </p>
        <Button label="Add address" isDisabled={!isWebAddress(url)} onPress={addAddress}>
          Add address
        </Button>
      </Form>
    </Dialog>
  )
}

function isWebAddress(text: string): boolean {
  const parsed = URL.parse(text.trim())
  if (parsed === null) return false
  const isHere = parsed.protocol === 'http:' && /^(localhost|127\.0\.0\.1)$/.test(parsed.hostname)
  return parsed.protocol === 'https:' || isHere || parsed.origin === location.origin
}
