import type { Macro } from '../macro.ts'
import { category, form } from './define.ts'

const text = category('text')

/** Characters between the parts of a path, as a regular expression has them in brackets; a call may name others. */
const EITHER = "'/\\\\'"
const SEPARATORS = `CASE separator WHEN 'forward_slash' THEN '/' WHEN 'system' THEN '/' WHEN 'backslash' THEN '\\\\' ELSE ${EITHER} END`

function fileName(separators: string): string {
  return `regexp_extract(path, '([^' || ${separators} || ']*)$', 1)`
}

/** Of a path that begins with a separator that. */
function firstFolder(separators: string): string {
  const folder = `regexp_extract(path, '^([^' || ${separators} || ']*)[' || ${separators} || ']', 1)`
  return `CASE WHEN regexp_matches(path, '^[' || ${separators} || ']') THEN left(path, 1) ELSE ${folder} END`
}

function partsOfPath(separators: string): string {
  const parts = `list_filter(regexp_split_to_array(path, '[' || ${separators} || ']'), part -> part <> '')`
  return `CASE WHEN regexp_matches(path, '^[' || ${separators} || ']') THEN list_prepend(left(path, 1), ${parts}) ELSE ${parts} END`
}

function withoutExtension(separators: string): string {
  const name = fileName(separators)
  return `CASE WHEN without THEN regexp_replace(${name}, '\\.[^.]*$', '') ELSE ${name} END`
}

export const textMacros: readonly Macro[] = [
  text(
    'uuidv7',
    '→ uuid_of_instant(now())',
    'An identifier that begins with the time, and so sorts by it.',
    'length(uuidv7()::VARCHAR)',
  ),
  text(
    'mid',
    ['s, start → substring(s, start)', 's, start, n → substring(s, start, n)'],
    'So many characters from a position on.',
    "mid('duckling', 3, 4)",
  ),
  text('char', 'code → chr(code)', 'The character with this code point.', 'char(65)'),
  text('space', "n → repeat(' ', n)", 'So many spaces.', "space(2) || 'x'"),
  text(
    'locate',
    [
      'part, s → strpos(s, part)',
      'part, s, start → CASE WHEN strpos(substring(s, start), part) = 0 THEN 0 ELSE strpos(substring(s, start), part) + start - 1 END',
    ],
    'Position of the first text in the second, from 1; 0 when it is not there.',
    "locate('a', 'banana', 3)",
  ),
  text(
    'find_in_set',
    "s, list → coalesce(list_position(string_split(list, ','), s), 0)",
    'Position of a text in a list written with commas, from 1; 0 when it is not there.',
    "find_in_set('b', 'a,b,c')",
  ),
  text(
    'substr_index',
    "s, d, n → CASE WHEN n = 0 OR d = '' THEN '' WHEN n > 0 THEN array_to_string(list_slice(string_split(s, d), 1, n), d) ELSE array_to_string(list_slice(string_split(s, d), greatest(len(string_split(s, d)) + n + 1, 1), len(string_split(s, d))), d) END",
    'What comes before the nth separator; below 0, what comes after the nth from the end.',
    "substr_index('www.example.com', '.', 2)",
    ['substring_index'],
  ),
  text(
    'quote_literal',
    "s → '''' || replace(CAST(s AS VARCHAR), '''', '''''') || ''''",
    'As a SQL literal.',
    "quote_literal('it''s')",
  ),
  text(
    'quote_nullable',
    "s → coalesce('''' || replace(CAST(s AS VARCHAR), '''', '''''') || '''', 'NULL')",
    'As a SQL literal; NULL as the word.',
    'quote_nullable(NULL)',
  ),
  text(
    'quote_ident',
    `s → CASE WHEN regexp_full_match(s, '[a-z_][a-z0-9_]*') THEN s ELSE '"' || replace(s, '"', '""') || '"' END`,
    'As a SQL name, in quotes where it needs them.',
    "quote_ident('two words')",
  ),
  text(
    'regexp_substr',
    "s, pattern → nullif(regexp_extract(s, pattern), '')",
    'The first match of the regular expression, NULL when there is none.',
    "regexp_substr('duck 42', '[0-9]+')",
  ),
  text(
    'bar',
    [
      'x, low, high → bar(x, low, high, 80)',
      "x, low, high, width → CASE WHEN x IS NULL OR low IS NULL OR high IS NULL OR width IS NULL THEN NULL ELSE rpad(repeat('█', CAST(floor(greatest(0.0, least(1.0, (CAST(x AS DOUBLE) - low) / (high - low))) * width) AS INTEGER)) || CASE CAST(floor(greatest(0.0, least(1.0, (CAST(x AS DOUBLE) - low) / (high - low))) * width * 8) AS INTEGER) % 8 WHEN 0 THEN '' WHEN 1 THEN '▏' WHEN 2 THEN '▎' WHEN 3 THEN '▍' WHEN 4 THEN '▌' WHEN 5 THEN '▋' WHEN 6 THEN '▊' ELSE '▉' END, CAST(width AS INTEGER), ' ') END",
    ],
    'A bar as long as the number is far from the second to the third argument, of so many characters, 80 if not said.',
    'bar(5, 0, 20, 10)',
  ),
  text(
    'parse_formatted_bytes',
    `s → CAST(CAST(trim(regexp_extract(s, '^[^a-zA-Z]*')) AS DOUBLE) * CASE
      WHEN trim(s) LIKE '-%' THEN error('A number of bytes cannot be negative')
      WHEN regexp_full_match(lower(s), '[^a-z]*(b|bytes?)') THEN 1.0
      WHEN regexp_full_match(lower(s), '[^a-z]*(k|kb|kilobytes?)') THEN 1e3
      WHEN regexp_full_match(lower(s), '[^a-z]*(m|mb|megabytes?)') THEN 1e6
      WHEN regexp_full_match(lower(s), '[^a-z]*(g|gb|gigabytes?)') THEN 1e9
      WHEN regexp_full_match(lower(s), '[^a-z]*(t|tb|terabytes?)') THEN 1e12
      WHEN regexp_full_match(lower(s), '[^a-z]*kib') THEN 1024.0
      WHEN regexp_full_match(lower(s), '[^a-z]*mib') THEN 1048576.0
      WHEN regexp_full_match(lower(s), '[^a-z]*gib') THEN 1073741824.0
      WHEN regexp_full_match(lower(s), '[^a-z]*tib') THEN 1099511627776.0
      WHEN s IS NOT NULL THEN error('A size is written with a unit such as KB or KiB')
    END AS UBIGINT)`,
    'The number of bytes that a text such as 1.5 GB or 16 KiB means.',
    "parse_formatted_bytes('16 KiB')",
  ),
  text('from_binary', 's → unbin(s)', 'The bytes that binary digits stand for.', "hex(from_binary('0110'))"),
  text(
    'parse_filename',
    [
      `path → ${fileName(EITHER)}`,
      form(`path, separator → ${fileName(SEPARATORS)}`, ([, second]) => second?.kind === 'utf8'),
      `path, without → ${withoutExtension(EITHER)}`,
      `path, without, separator → ${withoutExtension(SEPARATORS)}`,
    ],
    'What comes after the last slash of a path; without its extension when the second argument says so.',
    "parse_filename('data/2024/file.csv', true)",
  ),
  text(
    'parse_dirname',
    [`path → ${firstFolder(EITHER)}`, `path, separator → ${firstFolder(SEPARATORS)}`],
    'The first folder of a path.',
    "parse_dirname('data/2024/file.csv')",
  ),
  text(
    'parse_dirpath',
    [
      `path → regexp_replace(path, '[' || ${EITHER} || ']?[^' || ${EITHER} || ']*$', '')`,
      `path, separator → regexp_replace(path, '[' || ${SEPARATORS} || ']?[^' || ${SEPARATORS} || ']*$', '')`,
    ],
    'A path without its last part.',
    "parse_dirpath('data/2024/file.csv')",
  ),
  text(
    'parse_path',
    [`path → ${partsOfPath(EITHER)}`, `path, separator → ${partsOfPath(SEPARATORS)}`],
    'The parts of a path.',
    "parse_path('data/2024/file.csv')",
  ),
]
