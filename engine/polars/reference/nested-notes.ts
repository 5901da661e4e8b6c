import type { Notes } from './reference.ts'

const ARRAY = 'pl.concat_list("x", "y").list.to_array(2).arr'
const FLAGS = 'pl.concat_list("ok", pl.col("x") > 1).list.to_array(2).arr'

function array(name: string, summary: string, args = '', of = ARRAY): Notes {
  return { [`arr.${name}`]: [summary, `${of}.${name}(${args})`] }
}

/** Arrays, whose methods are those of lists; more of lists, structs, bytes and categories. */
export const nestedNotes: Notes = {
  ...array('all', 'Whether every item of the array is true.', '', FLAGS),
  ...array('any', 'Whether any item of the array is true.', '', FLAGS),
  ...array('arg_max', 'Where the greatest item of the array is.'),
  ...array('arg_min', 'Where the least item of the array is.'),
  ...array('contains', 'Whether a value is in the array.', '1'),
  ...array('count_matches', 'How often a value is in the array.', '1'),
  ...array('eval', 'What an expression makes of each item, which is pl.element().', 'pl.element() * 2'),
  ...array('first', 'The first item of the array.'),
  ...array('get', 'The item of the array at a place.', '1'),
  ...array('head', 'The first so many items of the array.', '1'),
  ...array('last', 'The last item of the array.'),
  ...array('len', 'The number of items of the array.'),
  ...array('max', 'The greatest item of the array.'),
  ...array('mean', 'The mean of the items of the array.'),
  ...array('median', 'The median of the items of the array.'),
  ...array('min', 'The least item of the array.'),
  ...array('n_unique', 'The number of different items of the array.'),
  ...array('reverse', 'The items of the array in the opposite order.'),
  ...array('shift', 'The items of the array so many places later.', '1'),
  ...array('slice', 'Items of the array from an offset on.', '1, 1'),
  ...array('sort', 'The items of the array in order.'),
  ...array('std', 'The standard deviation of the items of the array.'),
  ...array('sum', 'The sum of the items of the array.'),
  ...array('tail', 'The last so many items of the array.', '1'),
  ...array('to_list', 'The array as a list.'),
  ...array('to_struct', 'The items of the array as the fields of a struct.', 'fields=["a", "b"]'),
  ...array('unique', 'The different items of the array.'),
  ...array('var', 'The variance of the items of the array.'),
  'arr.join': [
    'The items of the array as one text.',
    'pl.concat_list("k", "k").list.to_array(2).arr.join("-")',
  ],
  'list.agg': [
    'What an aggregate of pl.element() makes of each list.',
    'pl.concat_list("x", "y").list.agg(pl.element().sum())',
  ],
  'list.explode': ['Lists to rows.', 'pl.col("s").str.split(" ").list.explode()'],
  'list.gather': ['The items at places.', 'pl.concat_list("x", "y").list.gather([1, 0])'],
  'list.item': ['The only item of a list; several fail the query.', 'pl.concat_list("x").list.item()'],
  'list.std': ['The standard deviation of the items.', 'pl.concat_list("x", "y").list.std()'],
  'list.var': ['The variance of the items.', 'pl.concat_list("x", "y").list.var()'],
  'list.to_array': ['Lists of one length as arrays.', 'pl.concat_list("x", "y").list.to_array(2)'],
  'list.to_list': ['Lists as lists: changes nothing.', 'pl.concat_list("x", "y").list.to_list()'],
  'struct.unnest': ['A column for each field of a struct.', 'pl.struct("k", "x").struct.unnest()'],
  'struct.with_fields': [
    'The struct with fields added or replaced; pl.field names its own.',
    'pl.struct("k", "x").struct.with_fields(z=pl.field("x") * 2)',
  ],
  'struct.rename_fields': [
    'The fields under other names.',
    'pl.struct("k", "x").struct.rename_fields(["a", "b"])',
  ],
  'struct.json_encode': ['The struct as JSON text.', 'pl.struct("k", "x").struct.json_encode()'],
  'name.prefix_fields': [
    'A prefix for the names of a struct’s fields.',
    'pl.struct("k", "x").name.prefix_fields("a_")',
  ],
  'name.suffix_fields': [
    'A suffix for the names of a struct’s fields.',
    'pl.struct("k", "x").name.suffix_fields("_a")',
  ],
  'name.map_fields': [
    'The names of a struct’s fields as a lambda makes them.',
    'pl.struct("k", "x").name.map_fields(lambda name: name.upper())',
  ],
  'bin.size': ['The number of bytes.', 'pl.col("k").cast(pl.Binary).bin.size()'],
  'bin.starts_with': [
    'Whether the bytes start with others.',
    'pl.col("k").cast(pl.Binary).bin.starts_with(pl.lit("a").cast(pl.Binary))',
  ],
  'bin.ends_with': [
    'Whether the bytes end with others.',
    'pl.col("k").cast(pl.Binary).bin.ends_with(pl.lit("a").cast(pl.Binary))',
  ],
  'bin.encode': [
    'The bytes as text in hexadecimal digits or in Base64.',
    'pl.col("k").cast(pl.Binary).bin.encode("hex")',
  ],
  'bin.decode': [
    'Hexadecimal digits or Base64 as the bytes they stand for.',
    'pl.lit("6162").cast(pl.Binary).bin.decode("hex")',
  ],
  'cat.len_bytes': ['The number of bytes in UTF-8.', 'pl.col("k").cast(pl.Categorical).cat.len_bytes()'],
  'cat.len_chars': ['The number of characters.', 'pl.col("k").cast(pl.Categorical).cat.len_chars()'],
  'cat.starts_with': [
    'Whether the category starts with a text.',
    'pl.col("k").cast(pl.Categorical).cat.starts_with("a")',
  ],
  'cat.ends_with': [
    'Whether the category ends with a text.',
    'pl.col("k").cast(pl.Categorical).cat.ends_with("a")',
  ],
  'cat.slice': ['Characters from an offset on.', 'pl.col("k").cast(pl.Categorical).cat.slice(0, 1)'],
}
