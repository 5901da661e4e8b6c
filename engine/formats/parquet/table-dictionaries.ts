import type { ColumnVector } from '../../arrow/column-batch.ts'
import { GrowingDictionary, type DictionaryKernels } from '../../catalog/growing-dictionary.ts'
import type { PageSource } from '../../memory/page-owner.ts'
import type { ParquetLayout } from './parquet-layout.ts'

/** A table's dictionaries together may take about this part of the heap, each a fair piece of it. */
const HEAP_PART = 32
const MOST_DICTIONARY_BYTES = 4 * 2 ** 20

/** Fewer rows than this are read as plain text. */
const LEAST_ROWS = 1024
const CODE_BYTES = 2.5

/** A key as the decoder gives it, and the code that is kept. */
export const CODED_ROW_BYTES = 6

const VALUES_BYTES = 4096

/**
 * Columns of text that come as codes: those whose chunks all have a dictionary page and little else. A footer does not
 * count distinct values, but a chunk of `rows` values takes `rows` codes and its distinct values once, so its size tells
 * few of them from many. The choice holds for as long as the table is open; a chunk that proves it wrong brings a
 * dictionary of its own.
 */
export function dictionaryColumns(layout: ParquetLayout): ReadonlySet<number> {
  const chosen = new Set<number>()
  const rows = layout.files.flatMap((file) => file.rowGroups).reduce((sum, group) => sum + group.rows, 0)
  if (rows < LEAST_ROWS) return chosen
  for (const [column, { type }] of layout.columns.entries()) {
    if (type.kind !== 'utf8') continue
    const fits = layout.files.every(
      (file) =>
        isText(file.mappings[column]) &&
        file.rowGroups.every((group) => {
          const chunk = group.chunks[column]
          if (group.rows === 0) return true
          if (!chunk) return false
          if (chunk.statistics?.nullCount === group.rows) return true
          return chunk.hasDictionary && chunk.uncompressedBytes <= CODE_BYTES * group.rows + VALUES_BYTES
        }),
    )
    if (fits) chosen.add(column)
  }
  return chosen
}

function isText(mapping: ParquetLayout['files'][number]['mappings'][number] | undefined): boolean {
  return mapping?.kind === 'supported' && mapping.conversion.kind === 'bytes'
}

/** The dictionaries of one table, made when their columns are first read. */
export class TableDictionaries {
  private readonly pages: PageSource
  private readonly kernels: DictionaryKernels
  private readonly dictionaries = new Map<number, GrowingDictionary>()

  constructor(pages: PageSource, kernels: DictionaryKernels) {
    this.pages = pages
    this.kernels = kernels
  }

  of(column: number): GrowingDictionary {
    const known = this.dictionaries.get(column)
    if (known !== undefined) return known
    const mostBytes = Math.min(MOST_DICTIONARY_BYTES, this.pages.heap.usableBytes / HEAP_PART)
    const dictionary = new GrowingDictionary(this.pages, this.kernels, mostBytes)
    this.dictionaries.set(column, dictionary)
    return dictionary
  }

  /** A cached vector's dictionary may have grown and moved since. */
  refresh(column: number, vector: ColumnVector): ColumnVector {
    const { dictionary } = vector
    const table = this.dictionaries.get(column)
    if (dictionary === null || table === undefined || dictionary.id !== table.id) return vector
    return { ...vector, dictionary: table.current(dictionary.codeBytes) }
  }

  free(): void {
    for (const dictionary of this.dictionaries.values()) dictionary.free()
    this.dictionaries.clear()
  }
}
