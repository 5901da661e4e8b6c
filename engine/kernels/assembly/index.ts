export { hash_bytes } from './hash'
export { pack_bitmap, bytes_total, seal_bytes, own_bytes, dictionary_code } from './batch'
export {
  convert_int32_to_int64,
  convert_int64_times,
  convert_int64_floor_div,
  convert_int128_to_int64,
  convert_float16_to_float32,
  format_uuids,
  fixed_width_offsets,
  rebase_offsets,
  align_bitmap,
} from './convert'
export { xxh64 } from './checksum'
export {
  count_ones,
  slice_bitmap,
  widen_int64_to_int128,
  intervals_to_nanos,
  nanos_to_intervals,
  short_intervals,
  decoded_offsets,
  decode_dictionary,
} from './interchange'
export { sort_entries, merge_push, merge_next } from './sort'
export { table_enter_rows, table_chain_rows, count_partitions, scatter_partitions } from './hash-table'
