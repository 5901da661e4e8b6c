import type { Macro } from '../macro.ts'
import { category } from './define.ts'

const text = category('text')

export const textMacros: readonly Macro[] = [
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
  text('from_binary', 's → unbin(s)', 'The bytes that binary digits stand for.', "hex(from_binary('0110'))"),
  text(
    'parse_filename',
    [
      "path → regexp_extract(path, '([^/\\\\]*)$', 1)",
      "path, without → CASE WHEN without THEN regexp_replace(regexp_extract(path, '([^/\\\\]*)$', 1), '\\.[^.]*$', '') ELSE regexp_extract(path, '([^/\\\\]*)$', 1) END",
    ],
    'What comes after the last slash of a path; without its extension when the second argument says so.',
    "parse_filename('data/2024/file.csv', true)",
  ),
  text(
    'parse_dirname',
    "path → CASE WHEN strpos(path, '/') = 0 THEN '' ELSE regexp_extract(path, '^([^/]*)/', 1) END",
    'The first folder of a path.',
    "parse_dirname('data/2024/file.csv')",
  ),
  text(
    'parse_dirpath',
    "path → regexp_replace(path, '/?[^/]*$', '')",
    'A path without its last part.',
    "parse_dirpath('data/2024/file.csv')",
  ),
  text(
    'parse_path',
    "path → list_filter(regexp_split_to_array(path, '[/\\\\]'), part -> part <> '')",
    'The parts of a path.',
    "parse_path('data/2024/file.csv')",
  ),
]
