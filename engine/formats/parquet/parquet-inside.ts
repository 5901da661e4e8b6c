import { types, type Field } from '../../arrow/types.ts'
import type { FileView, LiteralRows } from '../../catalog/file-request.ts'
import type { LiteralValue } from '../../plan/plan.ts'
import type { ByteSource } from '../byte-source.ts'
import { CODECS, readFooter, type ParquetFooter, type SchemaElement } from './footer.ts'

const text = (name: string): Field => ({ name, type: types.utf8, nullable: true })
const whole = (name: string): Field => ({ name, type: types.int64, nullable: true })

const SCHEMA = [
  text('file_name'),
  text('name'),
  text('type'),
  whole('type_length'),
  text('repetition_type'),
  whole('num_children'),
  text('logical_type'),
  whole('precision'),
  whole('scale'),
]
const METADATA = [
  text('file_name'),
  whole('row_group_id'),
  whole('row_group_num_rows'),
  whole('row_group_num_columns'),
  whole('column_id'),
  whole('num_values'),
  text('path_in_schema'),
  text('type'),
  whole('stats_null_count'),
  whole('stats_distinct_count'),
  text('compression'),
  whole('data_page_offset'),
  whole('total_compressed_size'),
  whole('total_uncompressed_size'),
]
const FILE_METADATA = [
  text('file_name'),
  text('created_by'),
  whole('num_rows'),
  whole('num_row_groups'),
  whole('file_size_bytes'),
]

/** What `parquet_schema`, `parquet_metadata` and `parquet_file_metadata` say of files: their footers, no data. */
export async function parquetInside(
  view: Exclude<FileView, 'rows' | 'sniffed'>,
  sources: readonly ByteSource[],
  signal?: AbortSignal,
): Promise<LiteralRows> {
  const rows: (readonly LiteralValue[])[] = []
  for (const source of sources) {
    const footer = await readFooter(source, signal)
    switch (view) {
      case 'parquet_schema':
        rows.push(...schemaRows(source.name, footer.schema))
        break
      case 'parquet_metadata':
        rows.push(...chunkRows(source.name, footer))
        break
      case 'parquet_file_metadata':
        rows.push([
          source.name,
          footer.createdBy,
          BigInt(footer.rows),
          BigInt(footer.rowGroups.length),
          BigInt(source.length),
        ])
    }
  }
  const fields = { parquet_schema: SCHEMA, parquet_metadata: METADATA, parquet_file_metadata: FILE_METADATA }[
    view
  ]
  return { fields, rows }
}

/** Elements in the order of the file: a group, then what is in it. */
function schemaRows(file: string, element: SchemaElement): readonly (readonly LiteralValue[])[] {
  const { name, physical, typeLength, repetition, children, annotation } = element
  const decimal = annotation?.kind === 'decimal' ? annotation : null
  const row = [
    file,
    name,
    physical,
    typeLength > 0 ? BigInt(typeLength) : null,
    repetition.toUpperCase(),
    children.length > 0 ? BigInt(children.length) : null,
    annotation?.kind.toUpperCase() ?? null,
    decimal === null ? null : BigInt(decimal.precision),
    decimal === null ? null : BigInt(decimal.scale),
  ]
  return [row, ...children.flatMap((child) => schemaRows(file, child))]
}

function chunkRows(file: string, { rowGroups }: ParquetFooter): readonly (readonly LiteralValue[])[] {
  return rowGroups.flatMap(({ rows, columns }, rowGroup) =>
    columns.map((chunk, column) => [
      file,
      BigInt(rowGroup),
      BigInt(rows),
      BigInt(columns.length),
      BigInt(column),
      BigInt(chunk.values),
      chunk.path.join(', '),
      chunk.physical,
      maybe(chunk.statistics?.nullCount),
      maybe(chunk.statistics?.distinctCount),
      CODECS[chunk.codec] ?? `codec ${chunk.codec}`,
      BigInt(chunk.start),
      BigInt(chunk.bytes),
      BigInt(chunk.uncompressedBytes),
    ]),
  )
}

function maybe(count: number | null | undefined): bigint | null {
  return count === null || count === undefined ? null : BigInt(count)
}
