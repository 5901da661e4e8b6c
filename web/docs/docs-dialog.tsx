import { Plus } from 'lucide-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { Input, Label, SearchField } from 'react-aria-components'
import type { Reference, ReferenceEntry } from '../../workers/protocol.ts'
import { Button } from '../controls/button.tsx'
import { Segments } from '../controls/choice.tsx'
import { Dialog } from '../controls/dialog.tsx'
import type { CodeKind } from '../notebook/cell.ts'
import { insertBeside, setText, useNotebook } from '../session/notebook-store.ts'
import { plural } from '../theme/format.ts'
import styles from './docs-dialog.module.css'
import { closeDocs, findEntries, useReference } from './reference-store.ts'

const LANGUAGES = [
  { value: 'sql', label: 'SQL' },
  { value: 'polars', label: 'Polars' },
] as const satisfies readonly { value: CodeKind; label: string }[]

/** What cells can call, one line and one example each, as the engine itself lists it. */
export function DocsDialog() {
  const open = useReference((state) => state.open)
  const reference = useReference((state) => state.reference)
  return (
    <Dialog title="Functions and methods" size="large" isOpen={open} onClose={closeDocs}>
      {reference === null ? <p>Asking the engine…</p> : <Docs reference={reference} />}
    </Dialog>
  )
}

function Docs({ reference }: { readonly reference: Reference }) {
  const [language, setLanguage] = useState<CodeKind>('sql')
  const [query, setQuery] = useState('')
  const wanted = useDeferredValue(query)
  const groups = useMemo(() => {
    const ofLanguage = reference.entries.filter((entry) => entry.language === language)
    const found = findEntries(ofLanguage, wanted)
    return {
      found: found.length,
      of: ofLanguage.length,
      groups: wanted.trim() === '' ? byGroup(found) : single(found),
    }
  }, [reference, language, wanted])
  return (
    <>
      <div className={styles.bar}>
        <Segments label="Language" value={language} options={LANGUAGES} onChange={setLanguage} />
        <SearchField className={styles.search ?? ''} value={query} onChange={setQuery} autoFocus>
          <Label className={styles.searchLabel}>Search</Label>
          <Input className={styles.input!} placeholder="Name or what it does" />
        </SearchField>
        <span className={styles.count} role="status">
          {wanted.trim() === '' ? plural(groups.of, 'entry', 'entries') : `${groups.found} of ${groups.of}`}
        </span>
      </div>
      <div className={styles.list} tabIndex={0} role="region" aria-label="Entries">
        {groups.found === 0 ? (
          <p className={styles.none}>Nothing like that. Try a shorter word, or the other language.</p>
        ) : null}
        {groups.groups.map(([group, entries]) => (
          <section key={group} className={styles.group}>
            {group === '' ? null : <h3 className={styles.groupName}>{group}</h3>}
            <dl className={styles.entries}>
              {entries.map((entry) => (
                <Entry key={`${entry.group} ${entry.name}`} entry={entry} frames={reference.polarsFrames} />
              ))}
            </dl>
          </section>
        ))}
      </div>
    </>
  )
}

function Entry({ entry, frames }: { readonly entry: ReferenceEntry; readonly frames: string }) {
  const { language, signature, aliases, summary, example } = entry

  function tryIt() {
    const cell = insertBeside(useNotebook.getState().selected, 'below', language)
    setText(cell, language === 'polars' ? `${frames}\n${example}` : example)
    closeDocs()
  }

  return (
    <div className={styles.entry}>
      <dt>
        <code className={styles.signature}>{signature}</code>
        {aliases.length > 0 ? <span className={styles.aliases}>also {aliases.join(', ')}</span> : null}
      </dt>
      <dd>
        <p>{summary}</p>
        <div className={styles.example}>
          <code>{example}</code>
          <Button
            kind="quiet"
            label={`Put the example of ${signature} into a new cell`}
            icon={<Plus size={13} aria-hidden />}
            onPress={tryIt}
          />
        </div>
      </dd>
    </div>
  )
}

function single(found: readonly ReferenceEntry[]): ReturnType<typeof byGroup> {
  return [['', found]]
}

function byGroup(entries: readonly ReferenceEntry[]): (readonly [string, readonly ReferenceEntry[]])[] {
  const groups = new Map<string, ReferenceEntry[]>()
  for (const entry of entries) {
    const group = groups.get(entry.group)
    if (group) group.push(entry)
    else groups.set(entry.group, [entry])
  }
  return [...groups]
}
