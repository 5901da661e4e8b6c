import { useEffect, useRef, useState } from 'react'
import type { WireError } from '../../workers/protocol.ts'
import type { WrittenKind } from '../notebook/cell.ts'
import { useTheme } from '../theme/theme.ts'
import { registerTarget } from '../session/insert-name.ts'
import type * as Loaded from './monaco.ts'
import styles from './code-editor.module.css'
import { useCameNear } from './use-came-near.ts'

const LINE_PX = 20
const PADDING_PX = 8
const CHECK_DELAY_MS = 600
const NO_BRACKET_COLOURS = { enabled: false, independentColorPoolPerBracketType: false }

export interface EditorCommands {
  readonly runAndAdvance: () => void
  readonly runInPlace: () => void
  readonly runAndInsert: () => void
  readonly leave: () => void
}

interface CodeEditorProps {
  readonly cellId: string
  readonly kind: WrittenKind
  readonly text: string
  readonly label: string
  /** The cell is in edit mode: the cursor belongs here. */
  readonly active: boolean
  readonly errors: readonly WireError[]
  readonly commands: EditorCommands
  readonly onChange: (text: string) => void
  readonly onFocus: () => void
  /** Called when typing pauses, for a check of syntax and names. */
  readonly onPause: (text: string) => void
}

let loading: Promise<typeof Loaded> | null = null

function loadMonaco(): Promise<typeof Loaded> {
  loading ??= import('./monaco.ts')
  return loading
}

type Editor = Loaded.monaco.editor.IStandaloneCodeEditor

/**
 * Monaco once it is loaded and the cell has come near what is on screen; until then the text itself, at the same size.
 */
export function CodeEditor(props: CodeEditorProps) {
  const { kind, text, label, active, errors } = props
  const host = useRef<HTMLDivElement>(null)
  const latest = useRef(props)
  const [mounted, setMounted] = useState<{ editor: Editor; loaded: typeof Loaded } | null>(null)
  const [contentPx, setContentPx] = useState(() => text.split('\n').length * LINE_PX + 2 * PADDING_PX)
  const dark = useTheme((state) => state.dark)
  const wanted = useCameNear(host, active)

  useEffect(() => {
    latest.current = props
  })

  useEffect(() => {
    if (!wanted) return undefined
    const disposers: (() => void)[] = []
    let disposed = false
    void loadMonaco().then((loaded) => {
      if (disposed || !host.current) return
      const { monaco, EDITOR_OPTIONS } = loaded
      const editor = monaco.editor.create(host.current, {
        ...EDITOR_OPTIONS,
        value: latest.current.text,
        language: languageOf(latest.current.kind, loaded),
        theme: useTheme.getState().dark ? 'lakebook-dark' : 'lakebook-light',
        ariaLabel: `${latest.current.label}. Press Escape to leave the editor.`,
      })
      editor.getModel()?.updateOptions({ bracketColorizationOptions: NO_BRACKET_COLOURS })
      bindKeys(editor, loaded, () => latest.current.commands)
      let pause: ReturnType<typeof setTimeout> | undefined
      editor.onDidChangeModelContent(() => {
        const value = editor.getValue()
        if (value !== latest.current.text) latest.current.onChange(value)
        clearTimeout(pause)
        pause = setTimeout(() => latest.current.onPause(editor.getValue()), CHECK_DELAY_MS)
      })
      const unregister = registerTarget({
        cellId: latest.current.cellId,
        insert: (inserted) => {
          const range = editor.getSelection()
          if (range) editor.executeEdits('insert', [{ range, text: inserted, forceMoveMarkers: true }])
        },
        moveTo: (offset) => {
          const position = editor.getModel()?.getPositionAt(offset)
          if (!position) return
          editor.setPosition(position)
          editor.revealPositionInCenterIfOutsideViewport(position)
          editor.focus()
        },
      })
      editor.onDidFocusEditorText(() => latest.current.onFocus())
      editor.onDidContentSizeChange((event) => setContentPx(event.contentHeight))
      setContentPx(editor.getContentHeight())
      disposers.push(
        unregister,
        () => clearTimeout(pause),
        () => editor.getModel()?.dispose(),
        () => editor.dispose(),
      )
      setMounted({ editor, loaded })
    })
    return () => {
      disposed = true
      for (const dispose of disposers) dispose()
    }
  }, [wanted])

  useEffect(() => {
    // undo of the notebook and loaded notebooks; typing itself already agrees
    if (mounted && mounted.editor.getValue() !== text) mounted.editor.setValue(text)
  }, [mounted, text])

  useEffect(() => {
    const model = mounted?.editor.getModel()
    if (mounted && model)
      mounted.loaded.monaco.editor.setModelLanguage(model, languageOf(kind, mounted.loaded))
  }, [mounted, kind])

  useEffect(() => {
    mounted?.loaded.monaco.editor.setTheme(dark ? 'lakebook-dark' : 'lakebook-light')
  }, [mounted, dark])

  useEffect(() => {
    if (mounted && active && !mounted.editor.hasTextFocus()) mounted.editor.focus()
  }, [mounted, active])

  useEffect(() => {
    const model = mounted?.editor.getModel()
    if (!mounted || !model) return
    const { monaco } = mounted.loaded
    const markers = errors.flatMap(({ message, span }) => {
      if (!span) return []
      const start = model.getPositionAt(span.start)
      const end = model.getPositionAt(Math.max(span.end, span.start + 1))
      return {
        message,
        severity: monaco.MarkerSeverity.Error,
        startLineNumber: start.lineNumber,
        startColumn: start.column,
        endLineNumber: end.lineNumber,
        endColumn: end.column,
      }
    })
    monaco.editor.setModelMarkers(model, 'lakebook', markers)
  }, [mounted, errors])

  return (
    <div className={styles.frame} style={{ height: contentPx }}>
      <div ref={host} className={styles.host} />
      {mounted ? null : (
        <pre className={styles.waiting} aria-label={label}>
          {text}
        </pre>
      )}
    </div>
  )
}

function languageOf(kind: CodeEditorProps['kind'], loaded: typeof Loaded): string {
  return kind === 'markdown' ? 'plaintext' : loaded.editorLanguage(kind)
}

function bindKeys(editor: Editor, { monaco }: typeof Loaded, commands: () => EditorCommands): void {
  const { KeyCode, KeyMod } = monaco
  const plain = '!suggestWidgetVisible && !findWidgetVisible && !renameInputVisible && !inSnippetMode'
  const bindings: readonly [number, keyof EditorCommands, string?][] = [
    [KeyMod.Shift | KeyCode.Enter, 'runAndAdvance'],
    [KeyMod.CtrlCmd | KeyCode.Enter, 'runInPlace'],
    [KeyMod.WinCtrl | KeyCode.Enter, 'runInPlace'],
    [KeyMod.Alt | KeyCode.Enter, 'runAndInsert'],
    [KeyCode.Escape, 'leave', plain],
  ]
  for (const [keybinding, command, precondition] of bindings) {
    editor.addAction({
      id: `lakebook.${command}.${keybinding}`,
      label: command,
      keybindings: [keybinding],
      ...(precondition === undefined ? {} : { precondition }),
      run: () => commands()[command](),
    })
  }
}
