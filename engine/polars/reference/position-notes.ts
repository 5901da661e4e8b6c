import type { Notes } from './reference.ts'

/** Methods that pick values by place or chance, sort numbers into intervals, or look at the rows around each row. */
export const positionNotes: Notes = {
  gather: ['The values at places, from the end below zero.', 'pl.col("x").gather([3, 0])'],
  index_of: ['Where a value is for the first time.', 'pl.col("k").index_of("b")'],
  item: ['The only value; none or several fail the query.', 'pl.col("x").filter(pl.col("k") == "b").item()'],
  peak_max: ['Whether the value is greater than its neighbours.', 'pl.col("x").peak_max()'],
  peak_min: ['Whether the value is less than its neighbours.', 'pl.col("x").peak_min()'],
  sample: ['Values drawn at random.', 'pl.col("x").sample(2, seed=1)'],
  shuffle: ['The values in an order of chance.', 'pl.col("x").shuffle(seed=1)'],
  rle: ['Length and value of each run of equal values, as structs.', 'pl.col("k").rle()'],
  flatten: ['Lists to rows, as explode.', 'pl.col("s").str.split(" ").flatten()'],
  where: ['Only the values for which the condition is true, as filter.', 'pl.col("x").where(pl.col("ok"))'],
  qcut: [
    'The interval between quantiles that the number falls into, as text.',
    'pl.col("x").qcut([0.25, 0.75], labels=["low", "mid", "high"])',
  ],
  hist: [
    'How many values fall into each interval.',
    'pl.col("y").hist(bins=[0, 1, 2], include_category=True)',
  ],
  entropy: ['The entropy of the values as shares of their sum.', 'pl.col("x").entropy(base=2)'],
  arccosh: ['The inverse hyperbolic cosine; NaN below 1.', 'pl.col("y").arccosh()'],
  arctanh: ['The inverse hyperbolic tangent; NaN outside -1 to 1.', '(pl.col("y") / 4).arctanh()'],
  round_sig_figs: ['Rounded to so many digits that count.', '(pl.col("y") * 123.4).round_sig_figs(2)'],
  repeat_by: ['A list of the value so many times.', 'pl.col("k").repeat_by("x")'],
  bitwise_and: ['The bits that all values have.', 'pl.col("x").bitwise_and()'],
  bitwise_or: ['The bits that any value has.', 'pl.col("x").bitwise_or()'],
  bitwise_xor: ['The bits that an odd number of values have.', 'pl.col("x").bitwise_xor()'],
  bitwise_count_ones: ['The number of bits that are 1.', 'pl.col("x").bitwise_count_ones()'],
  bitwise_count_zeros: ['The number of bits that are 0.', 'pl.col("x").bitwise_count_zeros()'],
  rolling: ['The expression over the time before each row.', 'pl.col("x").sum().rolling("t", period="2h")'],
  rolling_quantile: [
    'A quantile of the last so many rows.',
    'pl.col("y").rolling_quantile(0.5, window_size=2, min_samples=1)',
  ],
  rolling_skew: ['The skewness of the last so many rows.', 'pl.col("y").rolling_skew(3, min_samples=1)'],
  rolling_kurtosis: [
    'The kurtosis of the last so many rows.',
    'pl.col("y").rolling_kurtosis(3, min_samples=1)',
  ],
  rolling_rank: ['The rank among the last so many rows.', 'pl.col("y").rolling_rank(3, min_samples=1)'],
  rolling_quantile_by: [
    'A quantile over the time before each row.',
    'pl.col("y").rolling_quantile_by("t", "3h", quantile=0.5)',
  ],
  rolling_skew_by: ['The skewness over the time before each row.', 'pl.col("y").rolling_skew_by("t", "4h")'],
  rolling_kurtosis_by: [
    'The kurtosis over the time before each row.',
    'pl.col("y").rolling_kurtosis_by("t", "4h")',
  ],
  rolling_rank_by: ['The rank over the time before each row.', 'pl.col("y").rolling_rank_by("t", "4h")'],
  'str.concat': ['All texts as one, as str.join.', 'pl.col("k").str.concat("-")'],
  'str.decode': ['Hexadecimal digits or Base64 as bytes.', 'pl.lit("6162").str.decode("hex")'],
  'str.normalize': ['The text in the normal form NFC.', 'pl.col("s").str.normalize()'],
  'str.replace_many': [
    'Several texts replaced at once.',
    'pl.col("s").str.replace_many({"A": "B", "z": "y"})',
  ],
  'str.find_many': [
    'Where texts of a list occur, in bytes from the start.',
    'pl.col("s").str.find_many(["b", "y"])',
  ],
  'str.extract_many': [
    'All of several texts that occur, as a list.',
    'pl.col("s").str.extract_many(["b", "y"])',
  ],
  'dt.is_business_day': ['Whether the day is one from Monday to Friday.', 'pl.col("d").dt.is_business_day()'],
  'dt.add_business_days': [
    'So many business days later.',
    'pl.col("d").dt.add_business_days(3, roll="forward")',
  ],
}

/** Functions of `pl` that make ranges, places and structs of several columns. */
export const rangeNotes: Notes = {
  date_ranges: ['The days from one to another, as a list for each row.', 'pl.date_ranges("d", pl.col("d"))'],
  datetime_ranges: [
    'The points in time from one to another, as a list for each row.',
    'pl.datetime_ranges("t", pl.col("t") + timedelta(hours=2), "1h")',
  ],
  time_range: ['Times of day from one to another, as rows.', 'pl.select(pl.time_range(interval="6h"))'],
  time_ranges: [
    'Times of day from one to another, as a list for each row.',
    'pl.time_ranges(pl.lit(time(1)), pl.lit(time(3)))',
  ],
  linear_space: ['So many numbers at one distance, as rows.', 'pl.select(pl.linear_space(0, 1, 5))'],
  linear_spaces: [
    'So many numbers at one distance, as a list for each row.',
    'pl.linear_spaces(pl.lit(0), "x", pl.lit(3))',
  ],
  repeat: ['One value so many times, as rows.', 'pl.select(pl.repeat("a", 3))'],
  ones: ['1 so many times, as rows.', 'pl.select(pl.ones(3))'],
  zeros: ['0 so many times, as rows.', 'pl.select(pl.zeros(3))'],
  approx_n_unique: ['The number of different values: the engine counts exactly.', 'pl.approx_n_unique("k")'],
  cum_min: ['The least value so far of a column.', 'pl.cum_min("x")'],
  cum_max: ['The greatest value so far of a column.', 'pl.cum_max("x")'],
  cum_prod: ['The running product of a column.', 'pl.cum_prod("x")'],
  arg_sort_by: ['The places of the rows in the order of several keys.', 'pl.arg_sort_by("k", "x")'],
  arg_where: ['Where a condition is true.', 'pl.arg_where(pl.col("x") > 1)'],
  business_day_count: [
    'The business days from one day (it counts) to another.',
    'pl.business_day_count("d", pl.lit(date(2024, 3, 1)))',
  ],
  cum_sum_horizontal: ['A struct of the sums up to each column.', 'pl.cum_sum_horizontal("x", "y")'],
  cum_fold: [
    'A struct of what a lambda makes of the columns up to each, from a start.',
    'pl.cum_fold(pl.lit(0), lambda sum, x: sum + x, pl.col("x", "y"))',
  ],
  cum_reduce: [
    'A struct of what a lambda makes of the columns up to each.',
    'pl.cum_reduce(lambda sum, x: sum + x, pl.col("x", "y"))',
  ],
  field: [
    'A field of the struct, inside struct.with_fields.',
    'pl.struct("k", "x").struct.with_fields(pl.field("x").abs())',
  ],
  row_index: ['The rows numbered from 0 on.', 'pl.row_index()'],
  escape_regex: [
    'A text as a pattern that matches it.',
    't.filter(pl.col("s").str.contains(pl.escape_regex(",")))',
  ],
  rolling_corr: ['The correlation over the last so many rows.', 'pl.rolling_corr("x", "y", window_size=2)'],
  rolling_cov: ['The covariance over the last so many rows.', 'pl.rolling_cov("x", "y", window_size=2)'],
  union: [
    'The rows of several frames, as pl.concat.',
    'pl.concat([t.select("k"), pl.union([u.select("k")])])',
  ],
  collect_all: ['Frames as a list: all of them are plans.', 'pl.concat(pl.collect_all([u, u]))'],
  merge_sorted: [
    'The rows of sorted frames in the order of a key.',
    'pl.concat([pl.merge_sorted([t.select("t"), u.select("t")], "t")])',
  ],
  from_records: ['A frame written out as a list of dicts.', 'pl.concat([pl.from_records([{"a": 1}])])'],
  Series: ['A frame of one column.', 'pl.concat([pl.Series("a", [1, 2])])'],
}

/** Methods of frames across columns, or on a column by its place. */
export const wideNotes: Notes = {
  sum_horizontal: ['The sum of each row.', 't.select("x", "y").sum_horizontal()'],
  mean_horizontal: ['The mean of each row.', 't.select("x", "y").mean_horizontal()'],
  min_horizontal: ['The least value of each row.', 't.select("x", "y").min_horizontal()'],
  max_horizontal: ['The greatest value of each row.', 't.select("x", "y").max_horizontal()'],
  is_unique: ['Whether a row is there once.', 't.select("k").is_unique()'],
  is_duplicated: ['Whether a row is there more than once.', 't.select("k").is_duplicated()'],
  to_struct: ['The columns as one of structs.', 't.select("k", "x").to_struct("both")'],
  insert_column: ['A column put at a place.', 't.insert_column(0, pl.col("x").alias("first"))'],
  replace_column: ['The column at a place replaced.', 't.replace_column(0, pl.col("x").alias("first"))'],
  map_columns: ['What a lambda makes of some columns.', 't.map_columns(["x", "y"], lambda s: s * 2)'],
  gather: ['The rows at places.', 't.gather([3, 0])'],
  clear: ['No rows of the same columns.', 't.clear()'],
  corr: ['The correlation of each column with each.', 't.select("x", "y").corr()'],
  merge_sorted: [
    'The rows of two sorted frames in the order of a key.',
    't.select("t").merge_sorted(u.select("t"), key="t")',
  ],
  update: [
    'The values of another frame where they are not null.',
    't.select("k", "x").update(u.select("k", x=pl.col("z")), on="k")',
  ],
  to_dummies: ['1 and 0 for each value of a column, as columns.', 't.select("k").to_dummies()'],
  is_empty: ['Whether there is no row.', 'pl.lit(t.is_empty())'],
  get_column_index: ['The place of a column.', 'pl.lit(t.get_column_index("x"))'],
  get_columns: ['A list of frames of one column each.', 't.get_columns()[0]'],
  shrink_to_fit: ['Changes nothing.', 't.shrink_to_fit()'],
}
