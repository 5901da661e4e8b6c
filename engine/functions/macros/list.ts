import type { DataType } from '../../arrow/types.ts'
import type { Macro, MacroForm } from '../macro.ts'
import { category, form } from './define.ts'

const list = category('list')

/** Names that no column has, so that a lambda or a subquery of a macro hides none of the arguments'. */
const ITEM = '"·item"'
const PLACE = '"·place"'
const OTHER = '"·other"'
/** How many items up to a place equal `x`. */
const EQUALS_SO_FAR = `len(list_filter(list_slice(l, 1, ${PLACE}), ${OTHER} -> ${OTHER} IS NOT DISTINCT FROM x))`

/** Fails over a NULL in the second argument. */
function noNulls(parameter: string): string {
  return `error('NULLs have no place among the ${parameter}')`
}

/** The aggregate over the items of a list; further arguments are the aggregate's own. */
export function aggregateOfItems(aggregate: string, more: readonly string[] = []): string {
  const args = [ITEM, ...more].join(', ')
  return `(SELECT ${aggregate}(${args}) FROM unnest(l) AS "·list"(${ITEM}))`
}

/** Aggregates that do not depend on the order of the items, with what they are of. */
const AGGREGATES = {
  median: 'The middle value of the items.',
  mode: 'The most frequent item.',
  product: 'The product of the items.',
  stddev_pop: 'The standard deviation of the items.',
  stddev_samp: 'The standard deviation that the items suggest.',
  var_pop: 'The variance of the items.',
  var_samp: 'The variance that the items suggest.',
  sem: 'The standard error of the mean of the items.',
  mad: 'The median distance of the items from their median.',
  kurtosis: 'The excess kurtosis that the items suggest.',
  kurtosis_pop: 'The excess kurtosis of the items.',
  skewness: 'The skewness of the items.',
  entropy: 'How evenly the items are distributed, in bits.',
  histogram: 'How often each item is there, as a map.',
} as const

const ofBits = { bit_and: 'every', bit_or: 'some', bit_xor: 'an odd number of' } as const
const ofBools = { bool_and: 'every', bool_or: 'some' } as const

const aggregateMacros: readonly Macro[] = [
  ...Object.entries(AGGREGATES).map(([name, summary]) =>
    list(`list_${name}`, `l → ${aggregateOfItems(name)}`, summary, `list_${name}([1, 2, 2, 6])`),
  ),
  ...Object.entries(ofBits).map(([name, which]) =>
    list(
      `list_${name}`,
      `l → ${aggregateOfItems(name)}`,
      `Bits that are set in ${which} item.`,
      `list_${name}([6, 3])`,
    ),
  ),
  ...Object.entries(ofBools).map(([name, which]) =>
    list(
      `list_${name}`,
      `l → ${aggregateOfItems(name)}`,
      `Whether ${which} item is true.`,
      `list_${name}([true, false])`,
    ),
  ),
  list(
    'list_approx_count_distinct',
    `l → CASE WHEN l IS NOT NULL THEN ${aggregateOfItems('approx_count_distinct')} END`,
    'Nearly how many different items there are.',
    'list_approx_count_distinct([1, 2, 2])',
  ),
  list(
    'list_string_agg',
    [
      "l → CASE WHEN len(l) > 0 THEN array_to_string(l, ',') END",
      'l, separator → CASE WHEN len(l) > 0 THEN array_to_string(l, separator) END',
    ],
    'The items joined as text, with commas or the second argument between them.',
    "list_string_agg(['a', 'b'])",
  ),
  list(
    'array_to_string_comma_default',
    ["l → array_to_string(l, ',')", 'l, separator → array_to_string(l, separator)'],
    'The items joined as text, with commas or the second argument between them.',
    "array_to_string_comma_default(['a', 'b'])",
  ),
  list(
    'list_any_value',
    `l → list_extract(list_filter(l, ${ITEM} -> ${ITEM} IS NOT NULL), 1)`,
    'The first item that is not NULL.',
    'list_any_value([NULL, 5])',
    ['array_any_value'],
  ),
]

/** `a1, a2, … → a list of structs of the items at each place`. */
function zipped(count: number, cut: 'longest' | 'shortest' | 'as told'): MacroForm {
  const names = Array.from({ length: count }, (_, index) => `a${index + 1}`)
  const lengths = names.map((name) => `coalesce(len(${name}), 0)`)
  const most = count === 1 ? lengths[0]! : `greatest(${lengths.join(', ')})`
  const least = count === 1 ? lengths[0]! : `least(${lengths.join(', ')})`
  const size = cut === 'as told' ? `CASE WHEN shortest THEN ${least} ELSE ${most} END` : most
  const items = names.map((name) => `list_extract(${name}, ${PLACE})`).join(', ')
  const parameters = cut === 'as told' ? [...names, 'shortest'] : names
  const isFlag = (types: readonly DataType[]) => types.at(-1)?.kind === 'bool'
  return form(
    `${parameters.join(', ')} → list_transform(range(1, ${size} + 1), ${PLACE} -> row(${items}))`,
    (types) => isFlag(types) === (cut === 'as told'),
  )
}

const MOST_ZIPPED = 8
const zipForms = Array.from({ length: MOST_ZIPPED }, (_, index) => [
  zipped(index + 1, 'longest'),
  ...(index === 0 ? [] : [zipped(index, 'as told')]),
]).flat()

function depth(type: DataType | undefined): number {
  return type?.kind === 'list' ? 1 + depth(type.item) : 0
}

const shapeMacros: readonly Macro[] = [
  list(
    'list_select',
    `l, places → CASE WHEN l IS NOT NULL THEN list_transform(places, ${PLACE} -> list_extract(l, CASE WHEN ${PLACE} IS NULL THEN ${noNulls('places')} WHEN ${PLACE} > 0 THEN ${PLACE} END)) END`,
    'The items at the places, 1 being the first.',
    'list_select([10, 20, 30], [3, 1])',
    ['array_select'],
  ),
  list(
    'list_where',
    `l, mask → CASE WHEN l IS NOT NULL THEN list_transform(list_filter(CASE WHEN mask IS NOT NULL THEN range(1, len(mask) + 1) END, ${PLACE} -> CASE WHEN list_extract(mask, ${PLACE}) IS NULL THEN ${noNulls('mask')} ELSE list_extract(mask, ${PLACE}) END), ${PLACE} -> list_extract(l, ${PLACE})) END`,
    'The items for which the second list has true at the same place.',
    'list_where([10, 20, 30], [true, false, true])',
    ['array_where'],
  ),
  list(
    'list_resize',
    [
      `l, n → list_concat(list_slice(l, 1, n), list_transform(range(greatest(n - len(l), 0)), ${PLACE} -> list_extract(l, 0)))`,
      `l, n, value → list_concat(list_slice(l, 1, n), list_transform(range(greatest(n - len(l), 0)), ${PLACE} -> value))`,
    ].map((text) => text.replace('→ ', '→ CASE WHEN l IS NOT NULL THEN ') + ' END'),
    'Cut or filled up to so many items, with NULL or the third argument.',
    'list_resize([1, 2], 4, 0)',
    ['array_resize'],
  ),
  list(
    'list_zip',
    zipForms,
    `Structs of the items at each place of up to ${MOST_ZIPPED} lists, as many as the longest has; true at the end: as the shortest.`,
    "list_zip([1, 2], ['a', 'b', 'c'])",
    ['array_zip', 'arrays_zip'],
  ),
  list(
    'array_pop_back',
    'l → list_slice(l, 1, len(l) - 1)',
    'The list without its last item.',
    'array_pop_back([1, 2, 3])',
    ['list_pop_back'],
  ),
  list(
    'array_pop_front',
    'l → list_slice(l, 2, len(l))',
    'The list without its first item.',
    'array_pop_front([1, 2, 3])',
    ['list_pop_front'],
  ),
  list('array_empty', 'l → len(l) = 0', 'Whether the list has no items.', 'array_empty([])', [
    'list_empty',
    'empty',
  ]),
  list(
    'array_positions',
    `l, x → list_filter(range(1, len(l) + 1), ${PLACE} -> list_extract(l, ${PLACE}) IS NOT DISTINCT FROM x)`,
    'Every place of the value in the list, 1 being the first.',
    'array_positions([1, 2, 1], 1)',
    ['list_positions'],
  ),
  list(
    'array_remove',
    `l, x → list_filter(l, (${ITEM}, ${PLACE}) -> ${PLACE} IS DISTINCT FROM list_position(l, x))`,
    'The list without the first item that equals the value.',
    'array_remove([1, 2, 1], 1)',
    ['list_remove'],
  ),
  list(
    'array_remove_all',
    `l, x → list_filter(l, ${ITEM} -> ${ITEM} IS DISTINCT FROM x)`,
    'The list without the items that equal the value.',
    'array_remove_all([1, 2, 1], 1)',
    ['list_remove_all'],
  ),
  list(
    'array_remove_n',
    `l, x, n → list_filter(l, (${ITEM}, ${PLACE}) -> ${ITEM} IS DISTINCT FROM x OR ${EQUALS_SO_FAR} > n)`,
    'The list without the first so many items that equal the value.',
    'array_remove_n([1, 2, 1, 1], 1, 2)',
    ['list_remove_n'],
  ),
  list(
    'array_replace',
    `l, x, by → list_transform(l, (${ITEM}, ${PLACE}) -> CASE WHEN ${PLACE} = list_position(l, x) THEN by ELSE ${ITEM} END)`,
    'The list with the first item that equals the second argument replaced by the third.',
    'array_replace([1, 2, 1], 1, 9)',
    ['list_replace'],
  ),
  list(
    'array_replace_all',
    `l, x, by → list_transform(l, ${ITEM} -> CASE WHEN ${ITEM} IS NOT DISTINCT FROM x THEN by ELSE ${ITEM} END)`,
    'The list with every item that equals the second argument replaced by the third.',
    'array_replace_all([1, 2, 1], 1, 9)',
    ['list_replace_all'],
  ),
  list(
    'array_replace_n',
    `l, x, by, n → list_transform(l, (${ITEM}, ${PLACE}) -> CASE WHEN ${ITEM} IS NOT DISTINCT FROM x AND ${EQUALS_SO_FAR} <= n THEN by ELSE ${ITEM} END)`,
    'The list with the first so many items that equal the second argument replaced by the third.',
    'array_replace_n([1, 2, 1, 1], 1, 9, 2)',
    ['list_replace_n'],
  ),
  list(
    'array_repeat',
    `x, n → list_transform(range(n), ${PLACE} -> x)`,
    'A list of the value so many times.',
    'array_repeat(7, 3)',
  ),
  list(
    'array_union',
    'a, b → list_distinct(list_concat(a, b))',
    'The different items of both lists; NULLs are left out.',
    'array_union([1, 2], [2, 3])',
    ['list_union'],
  ),
  list(
    'array_except',
    `a, b → list_distinct(list_filter(a, ${ITEM} -> NOT list_contains(b, ${ITEM})))`,
    'The different items of the first list that are not in the second; NULLs are left out.',
    'array_except([1, 2, 2, 3], [3])',
    ['list_except'],
  ),
  list(
    'array_ndims',
    [1, 2, 3, 4].map((levels) =>
      form(`l → CASE WHEN l IS NOT NULL THEN ${levels} END`, ([type]) => depth(type) === levels),
    ),
    'How deep lists are nested.',
    'array_ndims([[1], [2]])',
    ['list_ndims'],
  ),
  list(
    'array_dims',
    [
      form('l → [len(l)]', ([type]) => depth(type) === 1),
      form('l → [len(l), len(l[1])]', ([type]) => depth(type) === 2),
      form('l → [len(l), len(l[1]), len(l[1][1])]', ([type]) => depth(type) === 3),
    ],
    'How many items lists have at each depth.',
    'array_dims([[1, 2, 3], [4, 5, 6]])',
    ['list_dims'],
  ),
  list(
    'map_contains_value',
    'm, x → list_contains(map_values(m), x)',
    'Whether the map has the value.',
    "map_contains_value(map {'a': 1}, 1)",
  ),
  list(
    'map_contains_entry',
    'm, k, x → coalesce(list_extract(map_extract(m, k), 1) = x, false)',
    'Whether the map has the value under the key.',
    "map_contains_entry(map {'a': 1}, 'a', 1)",
  ),
]

export const listMacros: readonly Macro[] = [...aggregateMacros, ...shapeMacros]
