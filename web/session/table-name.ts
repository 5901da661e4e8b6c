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
    .replace(/\.gz$/i, '')
    .replace(/\.[a-z0-9]+$/i, '')
  const plain = stem
    .normalize('NFKD')
    .replace(/[^\w]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .toLowerCase()
  if (plain === '') return 'data'
  return /^\d/.test(plain) ? `t_${plain}` : plain
}

/** `csv` of `orders.csv`, and of `orders.csv.gz` too; nothing where there is none. */
export function endingOf(fileName: string): string {
  const plain = fileName.replace(/[?#].*$/, '').replace(/\.gz$/i, '')
  return /\.([a-z0-9]+)$/i.exec(plain)?.[1]?.toLowerCase() ?? ''
}

/** Files dropped together whose names differ only in a trailing number are parts of one table. */
export function groupFiles<File extends { readonly name: string }>(
  files: readonly File[],
): FileGroup<File>[] {
  const groups = new Map<string, File[]>()
  for (const file of files) {
    const key = `${commonStem(file.name)}.${endingOf(file.name)}`
    groups.set(key, [...(groups.get(key) ?? []), file])
  }
  return [...groups.values()].map((members) => {
    const [first] = members
    if (members.length === 1) return { name: tableNameOf(first!.name), files: members }
    return {
      name: commonStem(first!.name),
      files: members.toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true })),
    }
  })
}

function commonStem(fileName: string): string {
  const stem = tableNameOf(fileName)
  return stem.replace(/_?\d+$/, '') || stem
}

/**
 * `name` where it is free or stands for a file of the same ending, which is replaced; else `name_csv`, `name_2`,
 * `name_3` … `taken` gives for each name the ending of its file, null where it may not be replaced.
 */
export function nameBeside(name: string, ending: string, taken: ReadonlyMap<string, string | null>): string {
  const mayBe = (each: string): boolean => !taken.has(each) || taken.get(each) === ending
  if (mayBe(name)) return name
  if (ending !== '' && mayBe(`${name}_${ending}`)) return `${name}_${ending}`
  for (let suffix = 2; ; suffix++) if (mayBe(`${name}_${suffix}`)) return `${name}_${suffix}`
}
