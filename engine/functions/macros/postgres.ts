import type { Macro } from '../macro.ts'
import { category } from './define.ts'

const text = category('text')
const list = category('list')
const json = category('json')

function parts(pieces: string): string {
  return `list_transform(${pieces}, part -> nullif(part, n))`
}

/** Functions of PostgreSQL that are expressions over others. */
export const postgresMacros: readonly Macro[] = [
  text(
    'split_text',
    [
      `s, d → split_text(s, d, NULL)`,
      `s, d, n → CASE WHEN s = '' THEN CAST([] AS VARCHAR[]) WHEN d IS NULL THEN ${parts("string_split(s, '')")} WHEN d = '' THEN ${parts('[s]')} ELSE ${parts('string_split(s, d)')} END`,
    ],
    'The pieces between separators: all characters for NULL, the whole for an empty one. Pieces that are the third text are NULL.',
    "split_text('a,b,-', ',', '-')",
  ),
  list(
    'trim_array',
    'l, n → list_slice(l, 1, len(l) - n)',
    'The list without so many items at its end.',
    'trim_array([1, 2, 3], 1)',
  ),
  json(
    'jsonb_typeof',
    "j → CASE json_type(CAST(j AS JSON)) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE CASE WHEN j IS NOT NULL THEN 'number' END END",
    'object, array, string, number, boolean or null.',
    "jsonb_typeof('[1]')",
    ['json_typeof'],
  ),
  json(
    'jsonb_array_length',
    'j → CAST(json_array_length(CAST(j AS JSON)) AS INTEGER)',
    'Number of items of a JSON list.',
    "jsonb_array_length('[1, 2]')",
  ),
]
