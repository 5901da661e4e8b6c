import type { ScalarCategory } from './scalar-function.ts'

/** A function without code of its own: the binder puts an expression, made for its arguments, in its place. */
export interface BoundFunction {
  readonly name: string
  readonly aliases?: readonly string[]
  readonly category: ScalarCategory
  readonly summary: string
  readonly example: string
}

export const boundFunctions: readonly BoundFunction[] = [
  {
    name: 'getvariable',
    category: 'conditional',
    summary: 'What SET VARIABLE gave a name; NULL where it gave nothing.',
    example: "getvariable('limit') IS NULL",
  },
  {
    name: 'current_setting',
    category: 'conditional',
    summary: 'The value of a setting, as text.',
    example: "current_setting('default_null_order')",
  },
  {
    name: 'format',
    category: 'text',
    summary: 'A text with {} in it for each value; {:,} groups digits, {:.2f} gives decimals, {:>8} a width.',
    example: "format('{} has {:.1f} %', 'duck', 99.25)",
  },
  {
    name: 'printf',
    category: 'text',
    summary: 'A text with %s, %d or %.2f in it for each value.',
    example: "printf('%s has %05d', 'duck', 42)",
  },
  {
    name: 'enum_range',
    category: 'list',
    summary: 'All values of an enum’s type, in their order.',
    example: "enum_range(NULL::ENUM('low', 'high'))",
  },
  {
    name: 'enum_range_boundary',
    category: 'list',
    summary: 'The values of an enum’s type from one to another; NULL leaves an end open.',
    example: "enum_range_boundary('low'::ENUM('low', 'high'), NULL)",
  },
  {
    name: 'enum_first',
    category: 'text',
    summary: 'The first value of an enum’s type.',
    example: "enum_first(NULL::ENUM('low', 'high'))",
  },
  {
    name: 'enum_last',
    category: 'text',
    summary: 'The last value of an enum’s type.',
    example: "enum_last(NULL::ENUM('low', 'high'))",
  },
  {
    name: 'enum_code',
    category: 'math',
    summary: 'The place of a value in its enum’s type, from 0 on.',
    example: "enum_code('high'::ENUM('low', 'high'))",
  },
  {
    name: 'json_value',
    category: 'json',
    summary:
      'The number, text or truth value that a path leads to, as it is written; NULL for anything else.',
    example: `json_value('{"a": 1}', '$.a')`,
  },
  {
    name: 'json_transform',
    aliases: ['from_json'],
    category: 'json',
    summary:
      'JSON as values of the types that a structure names; NULL for what does not convert or is not there.',
    example: `json_transform('{"a": "1"}', '{"a": "INTEGER"}')`,
  },
  {
    name: 'json_transform_strict',
    aliases: ['from_json_strict'],
    category: 'json',
    summary: 'As json_transform, but an error for what does not convert or is not there.',
    example: `json_transform_strict('{"a": "1"}', '{"a": "INTEGER"}')`,
  },
  {
    name: 'to_char',
    category: 'date and time',
    summary:
      'A date or timestamp as text, by a format of PostgreSQL’s (YYYY-MM-DD HH24:MI) or of % directives.',
    example: "to_char(TIMESTAMP '2024-02-29 12:30:00', 'DD Mon YYYY HH24:MI')",
  },
  {
    name: 'convert_to',
    category: 'text',
    summary: 'The bytes of a text in an encoding, UTF8.',
    example: "convert_to('ä', 'UTF8')",
  },
  {
    name: 'convert_from',
    category: 'text',
    summary: 'The text that bytes are in an encoding, UTF8.',
    example: "convert_from(convert_to('ä', 'UTF8'), 'UTF8')",
  },
  {
    name: 'pg_typeof',
    category: 'text',
    summary: 'The name that PostgreSQL has for the value’s type.',
    example: 'pg_typeof(1)',
  },
  {
    name: 'arrow_typeof',
    category: 'text',
    summary: 'The name that Arrow has for the value’s type.',
    example: 'arrow_typeof(1)',
  },
  {
    name: 'arrow_cast',
    category: 'text',
    summary: 'The value as the type that Arrow has this name for.',
    example: "arrow_cast('1.5', 'Decimal128(10, 2)')",
  },
  {
    name: 'now',
    aliases: [
      'current_timestamp',
      'transaction_timestamp',
      'statement_timestamp',
      'clock_timestamp',
      'get_current_timestamp',
    ],
    category: 'date and time',
    summary: 'The instant at which the query began.',
    example: "now() > TIMESTAMP '2024-01-01 00:00:00'",
  },
  {
    name: 'current_date',
    aliases: ['today'],
    category: 'date and time',
    summary: 'The date on which the query began (UTC).',
    example: "current_date > DATE '2024-01-01'",
  },
  {
    name: 'current_localtimestamp',
    aliases: ['localtimestamp'],
    category: 'date and time',
    summary: 'The time at which the query began, without a time zone (UTC).',
    example: "localtimestamp > TIMESTAMP '2024-01-01 00:00:00'",
  },
  {
    name: 'current_time',
    aliases: ['get_current_time'],
    category: 'date and time',
    summary: 'The time of day at which the query began (UTC), with its offset.',
    example: "current_time::TIME >= TIME '00:00:00'",
  },
  {
    name: 'localtime',
    aliases: ['current_localtime'],
    category: 'date and time',
    summary: 'The time of day at which the query began (UTC).',
    example: "localtime >= TIME '00:00:00'",
  },
  {
    name: 'list_aggregate',
    aliases: ['list_aggr', 'array_aggregate', 'array_aggr', 'aggregate'],
    category: 'list',
    summary: 'An aggregate, by its name, over the items of a list.',
    example: "list_aggregate([1, 2, 4], 'median')",
  },
  {
    name: 'cast_to_type',
    category: 'conditional',
    summary: 'The first value in the type of the second.',
    example: "cast_to_type('42', NULL::INTEGER)",
  },
  {
    name: 'like_escape',
    aliases: ['ilike_escape', 'not_like_escape', 'not_ilike_escape'],
    category: 'pattern',
    summary: 'As LIKE with ESCAPE; the escape may be any text of one character.',
    example: "like_escape('a%c', 'a$%c', '$')",
  },
  {
    name: 'alias',
    category: 'text',
    summary: 'The name that the expression has as a column.',
    example: 'alias(1 + 2)',
  },
  {
    name: 'can_cast_implicitly',
    category: 'conditional',
    summary: 'Whether values of the first one’s type become values of the second one’s by themselves.',
    example: 'can_cast_implicitly(1, 2.5::DOUBLE)',
  },
  {
    name: 'is_histogram_other_bin',
    category: 'conditional',
    summary: 'Whether the value is the one under which histograms count what is in none of their bins.',
    example: "is_histogram_other_bin('infinity'::DOUBLE)",
  },
  {
    name: 'txid_current',
    category: 'math',
    summary: 'A number that grows with every statement.',
    example: 'txid_current() > 0',
  },
  {
    name: 'struct_insert',
    category: 'struct',
    summary: 'A struct with more fields.',
    example: "struct_insert({'a': 1}, b := 2)",
  },
  {
    name: 'struct_update',
    category: 'struct',
    summary: 'A struct with other values of its fields, or with more fields.',
    example: "struct_update({'a': 1}, a := 2, b := 3)",
  },
  {
    name: 'generate_subscripts',
    category: 'list',
    summary: 'A row for each place of a list, in a dimension of it.',
    example: 'generate_subscripts([4, 5, 6], 1)',
  },
  {
    name: 'regexp_split_to_table',
    category: 'pattern',
    summary: 'A row for each piece of a text between matches of a regular expression.',
    example: "regexp_split_to_table('a,b', ',')",
  },
  {
    name: 'json_group_array',
    aliases: ['json_agg'],
    category: 'json',
    summary: 'The values of the rows as a JSON list: an aggregate.',
    example: 'json_group_array(x) FROM (VALUES (1), (2)) AS t(x)',
  },
  {
    name: 'json_group_object',
    aliases: ['json_object_agg'],
    category: 'json',
    summary: 'The keys and values of the rows as a JSON object: an aggregate.',
    example: "json_group_object(k, v) FROM (VALUES ('a', 1), ('b', 2)) AS t(k, v)",
  },
  {
    name: 'json_group_structure',
    category: 'json',
    summary: 'The types of the JSON documents of the rows, in one shape: an aggregate.',
    example: `json_group_structure(j) FROM (VALUES ('{"a": 1}'::JSON)) AS t(j)`,
  },
]
