import { LakebookError } from '../errors.ts'
import { openSource, type OpenPath } from '../formats/open-source.ts'
import type { ParquetReader } from '../formats/parquet/chunk-loader.ts'
import { ParquetTable } from '../formats/parquet/parquet-table.ts'
import type { FileSource } from '../lakebook.ts'
import type { CatalogEntry } from './catalog.ts'

/**
 * A table over what the embedder gave, ready for the catalog. Files are known by their content, not by their names.
 * Errors: those of opening sources and footers; `schema_mismatch` when several files differ.
 */
export async function openFileTable(
  name: string,
  source: FileSource | readonly FileSource[],
  reader: ParquetReader,
  openPath: OpenPath | null,
  signal?: AbortSignal,
): Promise<CatalogEntry & { kind: 'file' }> {
  const given = Array.isArray(source) ? (source as readonly FileSource[]) : [source as FileSource]
  if (given.length === 0) throw new LakebookError('invalid_argument', `Table ${name} was given no file`)
  const sources = await Promise.all(
    given.map((one, index) =>
      openSource(one, given.length === 1 ? name : `${name} (file ${index + 1})`, openPath, signal),
    ),
  )
  const provider = await ParquetTable.open(sources, reader, signal)
  return { kind: 'file', name, provider, files: await provider.fingerprints() }
}
