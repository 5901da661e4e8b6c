import { ChevronRight, Eye, FileText, Layers, Table2, X } from 'lucide-react'
import { memo, useState } from 'react'
import { Button as AriaButton, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import type { TableInfo } from '../../engine/lakebook.ts'
import { Button } from '../controls/button.tsx'
import { dataTypeName } from '../notebook/data-type-name.ts'
import { dropTable } from '../session/engine-session.ts'
import { useEngine } from '../session/engine-store.ts'
import { insertName, insertQuery } from '../session/insert-name.ts'
import { sqlName } from '../notebook/sql-name.ts'
import { reportProblem } from '../session/problems.ts'
import { asWireError } from '../session/wire-error.ts'
import { formatBytes, formatCount, plural } from '../theme/format.ts'
import styles from './explorer.module.css'

const ICONS = { file: FileText, table: Table2, view: Eye, frame: Layers } as const
const KIND_NAMES = { file: 'file', table: 'session table', view: 'view', frame: 'frame' } as const

export const TableEntry = memo(function TableEntry({ table }: { readonly table: TableInfo }) {
  const [open, setOpen] = useState(false)
  const Icon = ICONS[table.kind]
  const facts = [
    table.rowCount === null ? null : plural(table.rowCount, 'row'),
    table.bytes > 0 ? formatBytes(table.bytes) : null,
    table.kind === 'file' || table.format === 'generated' ? table.format : KIND_NAMES[table.kind],
    table.files.length > 1 ? `${formatCount(table.files.length)} files` : null,
  ].filter((fact) => fact !== null)

  const { notices = [] } = table
  const rejects = `${table.name}_rejects`
  const hasRejects = useEngine(({ tables }) => tables.some(({ name }) => name === rejects))

  function remove() {
    dropTable(table.name).catch((thrown: unknown) => {
      reportProblem(`${table.name} could not be removed`, asWireError(thrown))
    })
  }

  return (
    <li className={styles.table}>
      <Disclosure isExpanded={open} onExpandedChange={setOpen}>
        <div className={styles.tableHead}>
          <Heading level={3} className={styles.tableHeading!}>
            <AriaButton slot="trigger" className={styles.expand!} aria-label={`Columns of ${table.name}`}>
              <ChevronRight size={14} aria-hidden data-open={open || undefined} />
            </AriaButton>
          </Heading>
          <AriaButton
            className={styles.name!}
            aria-label={`Insert ${table.name}`}
            onPress={() => insertName(table.name)}
          >
            <Icon size={14} aria-hidden />
            <span>{table.name}</span>
          </AriaButton>
          <Button
            kind="quiet"
            className={styles.remove}
            label={`Remove ${table.name}`}
            icon={<X size={13} aria-hidden />}
            onPress={remove}
          />
        </div>
        <p className={styles.facts}>{facts.join(' · ')}</p>
        {notices.filter(isWarning).map((notice) => (
          <p key={notice} className={styles.notice}>
            {notice}
          </p>
        ))}
        {hasRejects ? (
          <p className={styles.notice}>
            Why, and what they were:{' '}
            <AriaButton
              className={styles.link!}
              onPress={() => insertQuery(`SELECT * FROM ${sqlName(rejects)}`)}
            >
              {rejects}
            </AriaButton>
          </p>
        ) : null}
        <DisclosurePanel>
          {notices
            .filter((notice) => !isWarning(notice))
            .map((notice) => (
              <p key={notice} className={styles.notice}>
                {notice}
              </p>
            ))}
          <ul className={styles.columns}>
            {table.schema.fields.map((field) => (
              <li key={field.name}>
                <AriaButton
                  className={styles.column!}
                  aria-label={`Insert ${field.name}, ${dataTypeName(field.type)}`}
                  onPress={() => insertName(field.name)}
                >
                  <span className={styles.columnName}>{field.name}</span>
                  <span className={styles.columnType}>{dataTypeName(field.type)}</span>
                </AriaButton>
              </li>
            ))}
          </ul>
        </DisclosurePanel>
      </Disclosure>
    </li>
  )
})

/** What tells how data came about, or how a file was understood, waits among the columns. */
function isWarning(notice: string): boolean {
  return notice.length <= 160 && !/\b(Guessed|Kept as JSON): /.test(notice)
}
