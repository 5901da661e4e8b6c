import { useMemo } from 'react'
import { CodeEditor } from '../editor/code-editor.tsx'
import type { MarkdownCell as Cell } from '../notebook/cell.ts'
import { select, setText, useNotebook } from '../session/notebook-store.ts'
import { runAndAdvance, runAndInsert } from './cell-actions.ts'
import { renderMarkdown } from './markdown.ts'
import styles from './markdown-cell.module.css'

export function MarkdownCell({ cell, index }: { readonly cell: Cell; readonly index: number }) {
  const { id, text } = cell
  const editing = useNotebook((state) => state.selected === id && state.mode === 'edit')
  const html = useMemo(() => renderMarkdown(text), [text])
  const commands = useMemo(
    () => ({
      runAndAdvance: () => runAndAdvance(id),
      runInPlace: () => select(id, 'command'),
      runAndInsert: () => runAndInsert(id),
      leave: () => select(id, 'command'),
    }),
    [id],
  )
  if (editing) {
    return (
      <div className={styles.editor}>
        <CodeEditor
          cellId={id}
          kind="markdown"
          text={text}
          label={`Text of cell ${index + 1}`}
          active
          errors={[]}
          commands={commands}
          onChange={(next) => setText(id, next)}
          onFocus={() => undefined}
          onPause={() => undefined}
        />
      </div>
    )
  }
  if (text.trim() === '') {
    return (
      <p className={styles.empty} onDoubleClick={() => select(id, 'edit')}>
        Empty text cell. Press Enter to write.
      </p>
    )
  }
  return (
    <div
      className={styles.text}
      onDoubleClick={() => select(id, 'edit')}
      dangerouslySetInnerHTML={{ __html: html }}
    />
  )
}
