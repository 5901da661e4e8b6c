import { listOf, types } from '../../arrow/types.ts'
import type { KernelFailure } from '../../codegen/kernel-call.ts'
import { declareValue } from '../../codegen/value.ts'
import type { EagerFunction, ScalarFunction } from '../scalar-function.ts'
import { kernelFunction } from './kernel-function.ts'

const { utf8, bool, int32, int64 } = types

const BACKSLASH_FREE = -1

/** LIKE and its relatives; a third argument is the escape character, which has no default. */
function like(
  name: string,
  alias: string,
  summary: string,
  example: string,
  ignoreCase: boolean,
  negated: boolean,
): EagerFunction {
  return {
    name,
    aliases: [alias],
    category: 'pattern',
    summary,
    example,
    nulls: 'strict',
    guarded: true,
    resolve(args) {
      if (args.length !== 2 && args.length !== 3) return null
      if (!args.every((type) => type.kind === 'utf8' || type.kind === 'null')) return null
      return { argTypes: args.map(() => utf8), type: bool }
    },
    lower(context, args, call) {
      const { f } = context
      const result = declareValue(f, bool, false)
      const [value, pattern, escape] = args
      const escapeCode = f.local('i32')
      if (escape === undefined) {
        f.i32(BACKSLASH_FREE)
      } else {
        f.get(escape.locals[1]!)
        f.i32(1)
        f.op('i32.gt_u')
        f.if(() => context.raise('invalid_argument', 'The escape of LIKE must be one character', call.span))
        f.get(escape.locals[1]!)
        f.if(
          () => {
            f.get(escape.locals[0]!)
            f.memory('i32.load8_u')
          },
          () => f.i32(BACKSLASH_FREE),
          'i32',
        )
      }
      f.set(escapeCode)
      if (ignoreCase) f.get(context.thread)
      for (const local of [...value!.locals, ...pattern!.locals, escapeCode]) f.get(local)
      const params = ['i32', 'i32', 'i32', 'i32', 'i32'] as const
      f.call(
        ignoreCase
          ? context.kernel('string_ilike', { params: ['i32', ...params], results: ['i32'] })
          : context.kernel('string_like', { params, results: ['i32'] }),
      )
      if (negated) f.op('i32.eqz')
      f.set(result.locals[0]!)
      return result
    },
  }
}

const badPattern: KernelFailure[] = [
  { code: 'invalid_argument', message: 'The regular expression is not valid' },
]

/** Options are letters: i ignores case, s lets . match line ends, m makes ^ and $ match at lines, g replaces all. */
const regexpMatches = kernelFunction({
  name: 'regexp_matches',
  aliases: ['regexp_like'],
  category: 'pattern',
  summary: 'Whether the regular expression matches somewhere in the text.',
  example: "regexp_matches('anabanana', 'an+a')",
  overloads: [
    { args: [utf8, utf8], type: bool, kernel: 'regexp_matches', thread: true },
    { args: [utf8, utf8, utf8], type: bool, kernel: 'regexp_matches_with', thread: true },
  ],
  failures: badPattern,
})

const glob = kernelFunction({
  name: 'glob',
  aliases: ['~~~'],
  category: 'pattern',
  summary:
    'Whether the text matches a pattern, * standing for any bytes, ? for one, and [a-c] or [!a-c] for one of some or of all others.',
  example: "glob('duck', 'd*')",
  overloads: [{ args: [utf8, utf8], type: bool, kernel: 'string_glob' }],
})

const regexpFullMatch = kernelFunction({
  name: 'regexp_full_match',
  aliases: ['similar_to'],
  category: 'pattern',
  summary: 'Whether the regular expression matches the whole text.',
  example: "regexp_full_match('anabanana', '(an)*a?.*')",
  overloads: [{ args: [utf8, utf8], type: bool, kernel: 'regexp_full_match', thread: true }],
  failures: badPattern,
})

const regexpReplace = kernelFunction({
  name: 'regexp_replace',
  category: 'pattern',
  summary:
    'Replaces the first match (with option g: every match); \\1 is the first group. A start and a count may follow.',
  example: "regexp_replace('hello', '[lo]', '-', 'g')",
  overloads: [
    { args: [utf8, utf8, utf8], type: utf8, kernel: 'regexp_replace' },
    { args: [utf8, utf8, utf8, utf8], type: utf8, kernel: 'regexp_replace_with' },
    { args: [utf8, utf8, utf8, int32, int32, utf8], type: utf8, kernel: 'regexp_replace_from' },
  ],
  failures: badPattern,
})

const regexpExtract = kernelFunction({
  name: 'regexp_extract',
  category: 'pattern',
  summary: 'The first match, or one of its groups; an empty text when there is none.',
  example: "regexp_extract('2024-05-06', '(\\d+)-(\\d+)', 2)",
  overloads: [
    { args: [utf8, utf8], type: utf8, kernel: 'regexp_extract' },
    { args: [utf8, utf8, int32], type: utf8, kernel: 'regexp_extract_group' },
  ],
  failures: badPattern,
})

const regexpExtractOrNull = kernelFunction({
  name: 'str_extract',
  category: 'pattern',
  summary: 'A group of the first match; NULL when there is none.',
  example: "str_extract('id=7', 'id=(\\d+)', 1)",
  overloads: [{ args: [utf8, utf8, int32], type: utf8, kernel: 'regexp_extract_or_null' }],
  nullable: true,
  failures: badPattern,
})

const regexpCount = kernelFunction({
  name: 'regexp_count',
  category: 'pattern',
  summary: 'Number of matches that do not overlap.',
  example: "regexp_count('banana', 'an')",
  overloads: [{ args: [utf8, utf8], type: int64, kernel: 'regexp_count', thread: true }],
  failures: badPattern,
})

const regexpExtractAll = kernelFunction({
  name: 'regexp_extract_all',
  category: 'pattern',
  summary: 'Every match, or a group of every match, as a list.',
  example: "regexp_extract_all('a1b22', '[0-9]+')",
  overloads: [
    { args: [utf8, utf8], type: listOf(utf8), kernel: 'regexp_extract_all' },
    { args: [utf8, utf8, int32], type: listOf(utf8), kernel: 'regexp_extract_all_groups' },
  ],
  failures: badPattern,
})

const regexpSplit = kernelFunction({
  name: 'regexp_split_to_array',
  aliases: ['string_split_regex', 'str_split_regex'],
  category: 'pattern',
  summary: 'The pieces between matches, as a list.',
  example: "regexp_split_to_array('a1b22c', '[0-9]+')",
  overloads: [{ args: [utf8, utf8], type: listOf(utf8), kernel: 'regexp_split' }],
  failures: badPattern,
})

const postgresSplit = kernelFunction({
  name: 'postgres_regexp_split',
  category: 'pattern',
  summary:
    'The pieces between matches, as PostgreSQL has them: matches of no text do not count at the ends and after another match.',
  example: "postgres_regexp_split('a, b', '[ ,]*')",
  overloads: [{ args: [utf8, utf8], type: listOf(utf8), kernel: 'regexp_split_wide' }],
  failures: badPattern,
})

const withOptions = [utf8, utf8, utf8] as const

/** Absent options are an empty text; the binder adds it. */
const regexpMatch = kernelFunction({
  name: 'regexp_match',
  category: 'pattern',
  summary:
    'The groups of the first match, or all of it when the pattern has none; NULL when there is no match.',
  example: "regexp_match('2024-02-29', '(\\d+)-(\\d+)', '')",
  overloads: [{ args: withOptions, type: listOf(utf8), kernel: 'regexp_match' }],
  nullable: true,
  failures: badPattern,
})

const regexpMatchAll = kernelFunction({
  name: 'regexp_match_all',
  category: 'pattern',
  summary: 'What regexp_match gives, for the first match, or for every one with the option g, as a list.',
  example: "flatten(regexp_match_all('a1 b2', '([a-z])(\\d)', 'g'))",
  overloads: [{ args: withOptions, type: listOf(listOf(utf8)), kernel: 'regexp_match_all' }],
  failures: badPattern,
})

const regexpEscape = kernelFunction({
  name: 'regexp_escape',
  category: 'pattern',
  summary: 'The text as a pattern that matches just it.',
  example: "regexp_escape('1.5')",
  overloads: [{ args: [utf8], type: utf8, kernel: 'regexp_escape' }],
})

export const patternFunctions: readonly ScalarFunction[] = [
  like(
    'like',
    '~~',
    'Whether the text matches a pattern, % standing for any characters and _ for one.',
    "'duck' LIKE 'd%'",
    false,
    false,
  ),
  like('not_like', '!~~', 'Whether the text does not match a pattern.', "'duck' NOT LIKE 'g%'", false, true),
  like('ilike', '~~*', 'As LIKE, without regard to case.', "'Duck' ILIKE 'd%'", true, false),
  like('not_ilike', '!~~*', 'As NOT LIKE, without regard to case.', "'Duck' NOT ILIKE 'g%'", true, true),
  glob,
  regexpMatches,
  regexpFullMatch,
  regexpReplace,
  regexpExtract,
  regexpExtractOrNull,
  regexpCount,
  regexpExtractAll,
  regexpSplit,
  postgresSplit,
  regexpMatch,
  regexpMatchAll,
  regexpEscape,
]
