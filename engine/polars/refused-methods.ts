/** Methods of Polars that a cell cannot have, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  shuffle: 'Use frame.sample(fraction=1, shuffle=True, seed=...).',
  append: 'Use pl.concat([frame, frame]).',
  glimpse: 'Let the cell end with the frame: the result is shown as a grid.',
  get_columns: 'Use frame.select("column"), or pl.col("column") in expressions.',
  hash: 'Hashes differ from one version of Polars to the next: group, join or sort by the columns themselves.',
  hash_rows: 'Hashes differ from one version of Polars to the next: use unique() or is_duplicated().',
  shrink_dtype: 'Use .cast(pl.Int32) or the like.',
  inspect: 'Let the cell end with the frame to look at it.',
  explain: 'Look at the plan beside the result.',
  show_graph: 'Look at the plan beside the result.',
  profile: 'Look at the plan beside the result.',
  plot: 'Choose a chart above the result.',
  style: 'The result is shown as a grid.',
  estimated_size: 'Look at the memory beside the result.',
  is_empty: 'It is known only when the cell has run: use frame.select(pl.len() == 0).',
  equals: 'Use an anti join in both directions.',
  serialize: 'Share the notebook as a link instead.',
  write_parquet: 'Export the result: the button is above the grid.',
  write_csv: 'Export the result: the button is above the grid.',
  write_json: 'Export the result: the button is above the grid.',
  write_ndjson: 'Export the result: the button is above the grid.',
  write_ipc: 'Export the result: the button is above the grid.',
  write_excel: 'Export the result as CSV: the button is above the grid.',
  write_database: 'Nothing leaves the tab by itself: export the result.',
  write_delta: 'Export the result: the button is above the grid.',
  write_iceberg: 'Export the result: the button is above the grid.',
  sink_parquet: 'Export the result: the button is above the grid.',
  sink_csv: 'Export the result: the button is above the grid.',
  sink_ndjson: 'Export the result: the button is above the grid.',
  sink_ipc: 'Export the result: the button is above the grid.',
  register_plugin: 'Cells run no code of others.',
}

/** What to do instead of a method that is known and refused; null for any other. */
export function refusedHint(name: string): string | null {
  return Object.hasOwn(REFUSED, name) ? (REFUSED[name] ?? null) : null
}
