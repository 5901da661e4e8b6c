import type { languages } from 'monaco-editor/editor.js'
import type { Reference } from '../../workers/protocol.ts'

export const SQL_CONFIGURATION: languages.LanguageConfiguration = {
  comments: { lineComment: '--', blockComment: ['/*', '*/'] },
  brackets: [
    ['(', ')'],
    ['[', ']'],
    ['{', '}'],
  ],
  autoClosingPairs: [
    { open: '(', close: ')' },
    { open: '[', close: ']' },
    { open: '{', close: '}' },
    { open: '"', close: '"', notIn: ['string', 'comment'] },
    { open: "'", close: "'", notIn: ['string', 'comment'] },
  ],
  surroundingPairs: [
    { open: '(', close: ')' },
    { open: '"', close: '"' },
    { open: "'", close: "'" },
  ],
}

/** Words of the language that are neither in the list of keywords for completion nor functions. */
const OTHER_WORDS = [
  ...[
    'RECURSIVE',
    'MATERIALIZED',
    'NATURAL',
    'OUTER',
    'ASOF',
    'LATERAL',
    'UNNEST',
    'EXCLUDE',
    'FILTER',
    'WITHIN',
  ],
  ...['WINDOW', 'GROUPS', 'UNBOUNDED', 'PRECEDING', 'FOLLOWING', 'CURRENT', 'ROW', 'TIES', 'NO', 'OTHERS'],
  ...[
    'GROUPING',
    'SETS',
    'ROLLUP',
    'CUBE',
    'PIVOT',
    'UNPIVOT',
    'FOR',
    'TABLESAMPLE',
    'TRY_CAST',
    'TRUE',
    'FALSE',
  ],
  ...[
    'IF',
    'COPY',
    'TO',
    'UPDATE',
    'DELETE',
    'TEMP',
    'TEMPORARY',
    'SIMILAR',
    'ESCAPE',
    'ANY',
    'SOME',
    'COLLATE',
  ],
  ...['AT', 'TIME', 'ZONE', 'EXTRACT', 'SUBSTRING', 'POSITION', 'RESPECT', 'IGNORE', 'BY', 'EXTENDED'],
]

/** SQL as this engine has it: its own functions and keywords, quoted names apart from texts. */
export function sqlLanguage({ entries, sqlKeywords }: Reference): languages.IMonarchLanguage {
  const functions = entries
    .filter(({ language, group }) => language === 'sql' && group !== 'operator')
    .flatMap(({ name, aliases }) => [name, ...aliases])
    .filter((name) => /^\w+$/.test(name))
  return {
    ignoreCase: true,
    unicode: true,
    // apart from the SQL of Monaco's own themes
    tokenPostfix: '',
    keywords: [...sqlKeywords, ...OTHER_WORDS],
    functions,
    tokenizer: {
      root: [
        [/--.*$/, 'comment'],
        [/\/\*/, 'comment', '@comment'],
        [/'/, 'string', '@text'],
        [/"/, 'identifier.quoted', '@quotedName'],
        [/\$\w*\$/, 'string'],
        [/\d+(\.\d+)?(e[-+]?\d+)?/, 'number'],
        // A function's name counts as one only where it is called: many of them are good names of columns.
        [
          /[\p{L}_]\w*(?=\s*\()/u,
          { cases: { '@functions': 'function', '@keywords': 'keyword', '@default': 'identifier' } },
        ],
        [/[\p{L}_]\w*/u, { cases: { '@keywords': 'keyword', '@default': 'identifier' } }],
        [/[<>=!+\-*/%|&^~:]+/, 'operator'],
        [/[(),;.[\]{}]/, 'delimiter'],
      ],
      comment: [
        [/[^*/]+/, 'comment'],
        [/\*\//, 'comment', '@pop'],
        [/./, 'comment'],
      ],
      text: [
        [/[^']+/, 'string'],
        [/''/, 'string'],
        [/'/, 'string', '@pop'],
      ],
      quotedName: [
        [/[^"]+/, 'identifier.quoted'],
        [/""/, 'identifier.quoted'],
        [/"/, 'identifier.quoted', '@pop'],
      ],
    },
  }
}
