import 'monaco-editor/features/register.all.js'
import 'monaco-editor/languages/definitions/python/register.js'
import * as monaco from 'monaco-editor/editor.js'
import EditorWorker from 'monaco-editor/editor/editor.worker?worker'
import type { Completion } from '../../workers/protocol.ts'
import type { CodeKind } from '../notebook/cell.ts'
import { loadReference } from '../docs/reference-store.ts'
import { engine } from '../session/connection.ts'
import { SQL_CONFIGURATION, sqlLanguage } from './sql-language.ts'

/** Monaco with the two languages of cells. Loaded when the first editor is wanted, from the site itself. */
export { monaco }

globalThis.MonacoEnvironment = { getWorker: () => new EditorWorker() }

export function editorLanguage(kind: CodeKind): 'sql' | 'python' {
  return kind === 'sql' ? 'sql' : 'python'
}

monaco.languages.register({ id: 'sql' })
monaco.languages.setLanguageConfiguration('sql', SQL_CONFIGURATION)
monaco.languages.setMonarchTokensProvider(
  'sql',
  // without an engine the text is plain
  loadReference().then(sqlLanguage, () => ({ tokenizer: { root: [] } })),
)

const KINDS = {
  table: monaco.languages.CompletionItemKind.Struct,
  column: monaco.languages.CompletionItemKind.Field,
  function: monaco.languages.CompletionItemKind.Function,
  keyword: monaco.languages.CompletionItemKind.Keyword,
} as const satisfies Record<Completion['kind'], monaco.languages.CompletionItemKind>

/** Columns before tables before functions before keywords; within each as the engine ordered them. */
const ORDER = { column: 0, table: 1, function: 2, keyword: 3 } as const satisfies Record<
  Completion['kind'],
  number
>

for (const kind of ['sql', 'polars'] as const) {
  monaco.languages.registerCompletionItemProvider(editorLanguage(kind), {
    triggerCharacters: ['.', '"', "'"],
    async provideCompletionItems(model, position) {
      const found = await engine().complete(kind, model.getValue(), model.getOffsetAt(position))
      const word = model.getWordUntilPosition(position)
      const range = new monaco.Range(
        position.lineNumber,
        word.startColumn,
        position.lineNumber,
        word.endColumn,
      )
      return {
        suggestions: found.map((each, index) => ({
          label: each.label,
          kind: KINDS[each.kind],
          detail: each.detail,
          insertText: each.label,
          sortText: `${ORDER[each.kind]}${String(index).padStart(5, '0')}`,
          range,
        })),
      }
    },
  })
}

const FONT = "'JetBrains Mono Variable', ui-monospace, monospace"

monaco.editor.defineTheme('lakebook-light', {
  base: 'vs',
  inherit: true,
  rules: [
    { token: '', foreground: '15202b' },
    { token: 'keyword', foreground: '0a5c8f' },
    { token: 'function', foreground: '6a3d9a' },
    { token: 'string', foreground: '17704a' },
    { token: 'number', foreground: '9a4312' },
    { token: 'comment', foreground: '5f6c79', fontStyle: 'italic' },
    { token: 'operator', foreground: '45525f' },
    { token: 'delimiter', foreground: '45525f' },
  ],
  colors: {
    'editor.background': '#ffffff00',
    'editorGutter.background': '#ffffff00',
    'editor.lineHighlightBackground': '#00000000',
    'editor.lineHighlightBorder': '#00000000',
    'editorLineNumber.foreground': '#808c97',
    'editorLineNumber.activeForeground': '#45525f',
    'editor.selectionBackground': '#c9e0f0',
    'editorCursor.foreground': '#0a5c8f',
    'editorWidget.background': '#ffffff',
    'editorWidget.border': '#dce1e5',
    focusBorder: '#00000000',
  },
})

monaco.editor.defineTheme('lakebook-dark', {
  base: 'vs-dark',
  inherit: true,
  rules: [
    { token: '', foreground: 'e5eaef' },
    { token: 'keyword', foreground: '7cc0ee' },
    { token: 'function', foreground: 'c7a8ef' },
    { token: 'string', foreground: '7fcfa6' },
    { token: 'number', foreground: 'e9a878' },
    { token: 'comment', foreground: '8f9ca9', fontStyle: 'italic' },
    { token: 'operator', foreground: 'b0bbc6' },
    { token: 'delimiter', foreground: 'b0bbc6' },
  ],
  colors: {
    'editor.background': '#00000000',
    'editorGutter.background': '#00000000',
    'editor.lineHighlightBackground': '#00000000',
    'editor.lineHighlightBorder': '#00000000',
    'editorLineNumber.foreground': '#707f8d',
    'editorLineNumber.activeForeground': '#b0bbc6',
    'editor.selectionBackground': '#23455e',
    'editorCursor.foreground': '#62b1e6',
    'editorWidget.background': '#1d252d',
    'editorWidget.border': '#29333c',
    focusBorder: '#00000000',
  },
})

export const EDITOR_OPTIONS: monaco.editor.IStandaloneEditorConstructionOptions = {
  fontFamily: FONT,
  fontSize: 12.5,
  lineHeight: 20,
  fontLigatures: false,
  minimap: { enabled: false },
  lineNumbersMinChars: 3,
  lineDecorationsWidth: 6,
  glyphMargin: false,
  folding: false,
  scrollBeyondLastLine: false,
  automaticLayout: true,
  renderLineHighlight: 'none',
  overviewRulerLanes: 0,
  hideCursorInOverviewRuler: true,
  overviewRulerBorder: false,
  guides: { indentation: false },
  scrollbar: { vertical: 'hidden', alwaysConsumeMouseWheel: false, horizontalScrollbarSize: 8 },
  padding: { top: 8, bottom: 8 },
  wordWrap: 'on',
  wrappingIndent: 'indent',
  contextmenu: false,
  fixedOverflowWidgets: true,
  tabSize: 4,
  quickSuggestions: { other: true, comments: false, strings: false },
  wordBasedSuggestions: 'off',
  // Enter is a new line unless the person has chosen a suggestion; Tab takes the best one
  suggest: { selectionMode: 'never' },
  tabCompletion: 'on',
  unicodeHighlight: { ambiguousCharacters: false },
}
