import type { PruningStep, ScanRequest } from '../../catalog/table-provider.ts'
import type { ByteSource } from '../byte-source.ts'
import { bloomHashes, mayContain } from './bloom-filter.ts'
import { indexedPages, intersect, rangesOf, type IndexedPage, type RowRange } from './page-pruning.ts'
import type { ParquetLayout, SupportedMapping } from './parquet-layout.ts'
import { judge, judgeKeys, pruneBy, type PruningUnit, type Verdict } from './pruning.ts'

/** Pages are not looked at in row groups that are shorter. */
const LEAST_ROWS = 4096

export interface PlacedUnit extends PruningUnit {
  readonly file: number
  readonly rowGroup: number
}

export interface PrunedFiles {
  readonly layout: ParquetLayout
  readonly sources: readonly ByteSource[]
  readonly hasColumnOrders: (file: number) => boolean
}

/** Drops row groups whose Bloom filters have none of the values asked for. Null where there is no such filter. */
export async function pruneByBloom<Unit extends PlacedUnit>(
  { layout, sources }: PrunedFiles,
  units: readonly Unit[],
  predicates: ScanRequest['predicates'],
): Promise<{ readonly kept: readonly Unit[]; readonly step: PruningStep } | null> {
  let asked = false
  const verdicts = new Map<Unit, (Verdict & { readonly text: string })[]>()
  for (const unit of units) {
    const found: (Verdict & { readonly text: string })[] = []
    verdicts.set(unit, found)
    for (const predicate of predicates) {
      const { chunk, mapping } = chunkOf(layout, unit, predicate.column)
      if (chunk === null || chunk.bloomFilter === null || mapping === null) continue
      const hashes = bloomHashes(mapping, predicate)
      if (hashes === null) continue
      asked = true
      const { name } = layout.columns[predicate.column]!
      const keep = await mayContain(sources[unit.file]!, chunk, hashes)
      const because = `the Bloom filter of ${name} ${keep ? 'may have it' : 'does not have it'}`
      found.push({ text: predicate.text, keep, because })
    }
  }
  return asked ? pruneBy('bloom filter', units, (unit) => verdicts.get(unit) ?? []) : null
}

/** The rows of each unit that pages leave, by unit; those of which nothing is known are not in it. */
export interface PrunedPages<Unit> {
  readonly ranges: ReadonlyMap<Unit, readonly RowRange[]>
  readonly step: PruningStep
}

/** Drops pages by their bounds in the page index. Null where there is none, or nothing is asked of its columns. */
export async function prunePages<Unit extends PlacedUnit>(
  { layout, sources, hasColumnOrders }: PrunedFiles,
  units: readonly Unit[],
  { predicates, keys = [] }: ScanRequest,
): Promise<PrunedPages<Unit> | null> {
  const asked = new Set([...predicates, ...keys].map(({ column }) => column))
  const byUnit = new Map<Unit, (readonly IndexedPage[])[]>()
  const signal = new AbortController().signal
  for (const unit of units) {
    if (unit.rows < LEAST_ROWS) continue
    for (const column of asked) {
      const { chunk, mapping } = chunkOf(layout, unit, column)
      if (chunk === null || mapping === null) continue
      const place = `${layout.files[unit.file]!.name}, row group ${unit.rowGroup}`
      const pages = await indexedPages(
        sources[unit.file]!,
        {
          mapping,
          chunk,
          column,
          rows: unit.rows,
          hasColumnOrders: hasColumnOrders(unit.file),
          place,
        },
        signal,
      )
      if (pages.length > 0) byUnit.set(unit, [...(byUnit.get(unit) ?? []), pages])
    }
  }
  if (byUnit.size === 0) return null
  const all = [...byUnit.values()].flat(2)
  const { kept, step } = pruneBy('page', all, (page) => [
    ...predicates
      .filter(({ column }) => column === page.column)
      .map((predicate) => ({ text: predicate.text, ...judge(page, predicate, layout.columns) })),
    ...keys
      .filter(({ column }) => column === page.column)
      .map(({ column, range }) => ({
        text: `${layout.columns[column]?.name ?? column} among ${range.name}`,
        ...judgeKeys(page, column, range, layout.columns),
      })),
  ])
  const stays = new Set(kept)
  const ranges = new Map<Unit, readonly RowRange[]>()
  for (const [unit, columns] of byUnit) {
    const left = columns.map((pages) => rangesOf(pages.filter((page) => stays.has(page))))
    ranges.set(unit, left.reduce(intersect))
  }
  return { ranges, step }
}

function chunkOf(
  layout: ParquetLayout,
  { file, rowGroup }: PlacedUnit,
  column: number,
): {
  readonly chunk: ParquetLayout['files'][number]['rowGroups'][number]['chunks'][number]
  readonly mapping: SupportedMapping | null
} {
  const mapping = layout.files[file]?.mappings[column]
  const chunk = layout.files[file]?.rowGroups[rowGroup]?.chunks[column] ?? null
  return { chunk, mapping: mapping?.kind === 'supported' ? mapping : null }
}
