export { hash_bytes } from './hash'
export { pack_bitmap, bytes_total, seal_bytes, own_bytes, longest_bytes } from './batch'
export {
  convert_int32_to_int64,
  convert_int64_times,
  convert_int64_floor_div,
  convert_int128_to_int64,
  convert_int96_to_micros,
  convert_parquet_intervals,
  convert_float16_to_float32,
  format_uuids,
  fixed_width_offsets,
  rebase_offsets,
  align_bitmap,
} from './convert'
export { gcd_i128, lcm_i128, bit_count_i128, shift_left_i128, shift_right_i128 } from './i128-bits'
export { parse_bit, format_bit, bit_of_integer, integer_of_bit, bit_of_huge, huge_of_bit, bit_of_bytes, bytes_of_bit } from './bit-text'
export {
  bit_and,
  bit_or,
  bit_xor,
  bit_not,
  bit_shift_left,
  bit_shift_right,
  bit_count_bits,
  bit_length_bits,
  bit_octets,
  bit_copy,
  bit_range,
  bit_range_bytes,
  bit_range_put,
  bit_add,
  bit_get,
  bit_set,
  bit_padded,
  bit_padded_text,
  bit_position_of,
} from './bit'
export { format_f32, format_f64 } from './float-text'
export { dictionary_merge, dictionary_rehash, dictionary_map } from './dictionary'
export { xxh64 } from './checksum'
export {
  count_ones,
  slice_bitmap,
  widen_int64_to_int128,
  narrow_int64_to_int32,
  intervals_to_nanos,
  nanos_to_intervals,
  short_intervals,
  decoded_offsets,
  decode_dictionary,
  view_offsets,
  copy_views,
  narrow_int256_to_int128,
} from './interchange'
export {
  entries_sorted,
  sort_few,
  sort_blocks,
  merge_level,
  radix_count,
  radix_pass,
  sort_ties,
  write_words,
  set_prefixes,
  equal_end,
  merge_push,
  merge_next,
} from './sort'
export { table_enter_rows, table_chain_rows, table_chain_keys, count_partitions, scatter_partitions } from './hash-table'
export { filter_range, filter_set_keys, filter_set_hashes, filter_any } from './join-filter'
export { scratch_allocate, scratch_allocate_wide } from './scratch'
export { list_pack, list_unpack, struct_format } from './nested'
export { take_outcome, result_high, result_months, result_days } from './outcome'
export { lz4_compress, lz4_decompress } from './lz4'
export { bytes_equal, bytes_compare, copy_bytes, bytes_prefix, bytes_word, same_i64 } from './bytes'
export {
  multiply_u64_overflows,
  multiply_i64_overflows,
  i128_div,
  i128_rem,
  i128_floor_div,
  i128_floor_rem,
  i128_within,
  decimal_add,
  decimal_subtract,
  decimal_multiply,
  decimal_rescale,
  decimal_round_i64,
  decimal_round_i128,
  decimal_to_f64,
  decimal_to_f64_i64,
  decimal_from_f64,
  sign_i128,
  factorial,
} from './i128'
export {
  interval_compare,
  interval_hash,
  interval_prefix,
  interval_add,
  interval_to_unit,
  interval_to_nanos,
  interval_negate,
  interval_multiply,
  interval_scale,
  interval_divide,
  interval_normalized,
  interval_from_months,
  interval_from_days,
  interval_from_seconds,
  interval_from_micros,
  interval_from_real,
  interval_to_time,
  interval_to_micros,
} from './interval'
export {
  timestamp_add_interval,
  date_add_duration,
  time_add_interval,
  timestamp_difference,
  date_part,
  time_part,
  timestamp_part,
  interval_part,
  date_part_fraction,
  time_part_fraction,
  timestamp_part_fraction,
  interval_part_fraction,
  timestamp_truncate,
  interval_truncate,
  timestamp_diff,
  timestamp_whole_diff,
  timestamp_age,
  date_last_day,
  timestamp_last_day,
  timestamp_from_seconds,
  timestamp_to_unit,
  timestamp_from_unit,
  timestamp_to_nanos,
} from './timestamp'
export {
  timestamp_truncate_micros,
  timestamp_truncate_months,
  time_bucket,
  time_bucket_date,
  time_bucket_date_from,
  time_bucket_date_shifted,
  time_bucket_from,
  time_bucket_shifted,
} from './time-bucket'
export { timestamp_at_zone, timestamp_to_instant } from './time-zone'
export {
  date_is_finite,
  date_is_infinite,
  timestamp_is_finite,
  timestamp_is_infinite,
} from './infinite-time'
export { make_date, make_time, make_timestamp, timestamp_of_micros, timestamp_of_nanos } from './time-of-parts'
export { timestamp_range } from './timestamp-range'
export {
  format_date,
  format_time,
  format_timestamp,
  format_interval,
  format_duration,
} from './temporal-text'
export { parse_date, parse_time, parse_time_part, parse_timestamp, parse_interval } from './temporal-reading'
export {
  strftime,
  strftime_ns,
  strptime,
  date_day_name,
  date_month_name,
  timestamp_day_name,
  timestamp_month_name,
} from './strftime'
export {
  format_bool,
  format_i64,
  format_u64,
  format_decimal,
  format_decimal_i64,
  format_blob,
  format_bytes,
  parse_bool,
  parse_i64,
  parse_u64,
  parse_f64,
  parse_decimal,
  parse_blob,
  bytes_hex,
  int64_hex,
  i128_hex,
  i128_binary,
  bytes_binary,
  int64_binary,
} from './number-text'
export {
  string_length,
  bytes_length,
  bytes_bit_length,
  string_substring,
  string_substring_from,
  string_slice,
  string_slice_from,
  string_left,
  string_right,
  string_concat,
  string_lower,
  string_upper,
  string_initcap,
  string_position,
  string_contains,
  string_starts_with,
  string_ends_with,
  string_count,
  string_replace,
  string_replace_first,
  string_translate,
  string_split_part,
  string_split,
  string_reverse,
  string_repeat,
  string_code_point,
  string_from_code_point,
  string_extract,
  string_overlay,
  string_overlay_length,
  string_slice_positions,
} from './string'
export {
  string_trim_spaces,
  string_strip_whitespace,
  string_trim,
  string_strip_prefix,
  string_strip_suffix,
} from './string-trim'
export {
  string_pad_left,
  string_pad_right,
  string_pad_left_spaces,
  string_pad_right_spaces,
  string_zero_fill,
} from './string-pad'
export {
  string_levenshtein,
  string_hamming,
  string_jaccard,
  string_damerau_levenshtein,
} from './string-distance'
export { string_glob } from './glob'
export { string_like, string_ilike } from './like'
export {
  regexp_matches,
  regexp_matches_with,
  regexp_full_match,
  regexp_count,
  regexp_replace,
  regexp_replace_with,
  regexp_extract,
  regexp_extract_group,
  regexp_extract_or_null,
  regexp_extract_all,
  regexp_extract_all_groups,
  regexp_split,
  regexp_split_wide,
  regexp_escape,
  regexp_match,
  regexp_match_all,
  regexp_replace_from,
} from './regexp'
export {
  fill_series,
  int_range,
  int_range_between,
  int_range_to,
  list_slice,
  list_slice_by_step,
  list_slice_by_offset,
  list_slice_from,
  list_concat,
  list_reverse,
  list_flatten,
  list_gather,
  list_join,
  list_format,
} from './list'
export { list_sorted, list_distinct } from './list-order'
export {
  math_cbrt,
  math_exp,
  math_expm1,
  math_ln,
  math_log1p,
  math_log2,
  math_log10,
  math_log_base,
  math_pow,
  math_sin,
  math_cos,
  math_tan,
  math_cot,
  math_asin,
  math_acos,
  math_atan,
  math_atan2,
  math_sinh,
  math_cosh,
  math_tanh,
  math_asinh,
  math_acosh,
  math_atanh,
  math_degrees,
  math_radians,
  math_even,
  mod_f64,
  mod_f32,
  floor_mod_f64,
  floor_mod_f32,
  round_f64,
  round_f32,
  round_places_f64,
  trunc_places_f64,
  round_places_f32,
  round_places_i64,
  round_places_i32,
  is_nan_f64,
  is_nan_f32,
  is_infinite_f64,
  is_infinite_f32,
  is_finite_f64,
  is_finite_f32,
  sign_i64,
  sign_f64,
  gcd_i64,
  lcm_i64,
  shift_left_i64,
  shift_left_i32,
  shift_right_i64,
  shift_right_i32,
  shift_left_u64,
  postgres_shift_left_i32,
  postgres_shift_left_i64,
  postgres_shift_right_i32,
  postgres_shift_right_i64,
  shift_left_u32,
  shift_right_u64,
  shift_right_u32,
  bit_count_i8,
  bit_count_i16,
  bit_count_i32,
  bit_count_i64,
  random_seed,
  random_next,
  random_seeded,
  math_gamma,
  math_lgamma,
  math_nextafter,
  math_nextafter_f32,
} from './math'
export {
  list_value,
  lists_items,
  list_text_bytes,
  lists_text_bytes,
  list_own_texts,
  own_lists,
  seal_lists,
} from './list-column'
export { md5, sha1, sha256 } from './digest'
export {
  to_base64,
  from_base64,
  from_hex,
  url_encode,
  url_decode,
  to_base,
  to_base_short,
  bytes_to_text,
  text_to_bytes,
} from './encoding'
export {
  quantile_disc,
  quantile_cont_i64,
  quantile_cont_f64,
  median_deviation_i64,
  median_deviation_f64,
} from './quantile'
export { list_quantile, list_quantile_between, list_mode, list_entropy } from './collected'
export { sketch_growth, sketch_add, sketch_merge_growth, sketch_merge, sketch_count } from './distinct-sketch'
export { collected_list } from './collect'
export { text_mapped, text_mapped_by, text_mapped_from, text_mapped_within, text_mapped_with, text_measured } from './host-text'
export { jaro_similarity, jaro_winkler_similarity } from './jaro'
export { random_uuid_v4, random_uuid_v7, binary_digits } from './identity'
export { sequence_next, sequence_last } from './sequence'
export { delimited_split } from './delimited'
export { json_split, json_kinds, json_quote } from './json'
export { fields_bytes } from './fields'
export { fields_to_values } from './field-values'
export { fields_to_texts, repeat_text, text_is_ascii } from './field-texts'
export { fields_compact, fields_reject, reject_columns } from './rejected-records'
export {
  struct_field_fixed,
  struct_field_bytes_total,
  struct_field_bytes,
  packed_items_total,
  packed_items_bytes,
  unpack_lists,
  pack_lists_offsets,
  pack_lists,
  add_lengths,
  lengths_to_offsets,
  struct_put_fixed,
  struct_put_bytes,
  fill_u32,
} from './nested-column'
export {
  json_extract,
  json_extract_item,
  json_extract_string,
  json_extract_string_item,
  json_text,
  json_exists,
  json_minify,
  json_type,
  json_type_at,
  json_array_length,
  json_array_length_at,
  json_keys,
  json_items,
  json_string,
  json_double,
} from './json-value'
export { enum_place } from './enum'
export { json_contains } from './json-contains'
export { json_valid } from './json-cursor'
export { json_extract_all } from './json-matches'
export { json_merge_patch } from './json-patch'
export { json_pretty } from './json-pretty'
export { json_rows } from './json-rows'
export { json_structure } from './json-structure'
export { text_parts } from './nested-text'

export { vector_cross_f32, vector_cross_f64, vector_measure_f32, vector_measure_f64 } from './vector'

export {
  micros_rounded,
  nanos_to_micros,
  micros_to_nanos,
  nanos_of_minute,
  timetz_local,
  timetz_part,
  timetz_part_fraction,
  time_to_timetz,
  instant_to_timetz,
  timetz_add_interval,
  date_at_timetz,
} from './time-units'
export { format_timestamp_ns, parse_timestamp_ns, format_timetz, parse_timetz, timetz_texts } from './time-units-text'
export { parse_uuid, uuid_version, uuid_instant } from './uuid'
export {
  postgres_list,
  postgres_row,
  postgres_float,
  postgres_interval,
  postgres_bytes,
  escape_bytes,
  unescape_bytes,
  bytes_from_text,
  list_from_postgres,
  bytes_trim,
} from './postgres-text'
export { jsonb_normal, jsonb_number, jsonb_parse, jsonb_timestamp } from './jsonb-normal'
export {
  jsonb_get,
  jsonb_get_text,
  jsonb_get_item,
  jsonb_get_item_text,
  jsonb_path,
  jsonb_path_text,
  jsonb_has,
  jsonb_has_some,
  jsonb_contains,
  jsonb_item_texts,
} from './jsonb'
export {
  jsonb_set,
  jsonb_insert,
  jsonb_remove_path,
  jsonb_remove_item,
  jsonb_remove_texts,
  jsonb_concat,
  jsonb_strip_nulls,
  jsonb_pretty,
} from './jsonb-change'
