/** `part-0003.parquet` and its siblings belong to one table, `part`; a single file keeps its whole stem. */
export interface FileGroup<File> {
  readonly name: string
  readonly files: readonly File[]
}

/** A name that needs no quotes in SQL and is a variable in Polars: `TPC-H lineitem.parquet` → `tpc_h_lineitem`. */
export function tableNameOf(fileName: string): string {
  const stem = fileName
    .replace(/^.*[/\\]/, '')
    .replace(/[?#].*$/, '')
    .replace(/\.[a-z0-9]+$/i, '')
  const plain = stem
    .normalize('NFKD')
    .replace(/[^\w]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
  if (plain === '') return 'data'
  return /^\d/.test(plain) ? `t_${plain}` : plain
}

/** Files dropped together whose names differ only in a trailing number are parts of one table. */
export function groupFiles<File extends { readonly name: string }>(
  files: readonly File[],
): FileGroup<File>[] {
  const groups = new Map<string, File[]>()
  for (const file of files) {
    const stem = tableNameOf(file.name)
    const key = stem.replace(/_?\d+$/, '') || stem
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups].flatMap(([key, members]) => {
    const [first] = members
    if (first && members.length === 1) return [{ name: tableNameOf(first.name), files: members }]
    return [
      { name: key, files: members.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })) },
    ]
  })
}

/** `name`, or `name_2`, `name_3` … when it is taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  for (let suffix = 2; ; suffix++) {
    if (!taken.has(`${name}_${suffix}`)) return `${name}_${suffix}`
  }
}
