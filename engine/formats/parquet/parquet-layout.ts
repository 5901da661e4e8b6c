import type { DataType, Field } from '../../arrow/types.ts'
import { sameType, typeName, types } from '../../arrow/types.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import type { ByteSource, ByteSourceHandle } from '../byte-source.ts'
import type { ColumnMapping } from './column-types.ts'
import { mapColumn } from './nested-mapping.ts'
import { leafColumns, type ColumnChunk, type ParquetFooter, type SchemaElement } from './footer.ts'

export type SupportedMapping = ColumnMapping & { readonly kind: 'supported' }

/** All that loading needs to know of a table's files: plain data, so that it can be sent to another thread. */
export interface ParquetLayout {
  /** Distinct for every table opened on a heap; column chunks are cached under it. */
  readonly id: string
  readonly columns: readonly { readonly name: string; readonly type: DataType }[]
  readonly files: readonly FileLayout[]
}

export interface FileLayout {
  readonly name: string
  readonly handle: ByteSourceHandle | null
  /** By column index of the table; the file may have its columns in another order. */
  readonly mappings: readonly ColumnMapping[]
  readonly rowGroups: readonly RowGroupLayout[]
}

export interface RowGroupLayout {
  readonly rows: number
  /** By column index of the table; null where a column is nested and cannot be read. */
  readonly chunks: readonly (ColumnChunk | null)[]
  /** Bytes of all columns. */
  readonly bytes: number
}

export interface OpenedFile {
  readonly source: ByteSource
  readonly footer: ParquetFooter
}

/** The columns of a table of these files, which must agree on names and types. Errors: `schema_mismatch`. */
export function tableFields(files: readonly OpenedFile[]): readonly Field[] {
  const [first, ...others] = files
  if (first === undefined) throw new LakebookError('invalid_argument', 'A table needs at least one file')
  const fields = first.footer.schema.children.map(fieldOf)
  for (const other of others) checkSameColumns(first, fields, other)
  return fields.map((field, index) => ({
    ...field,
    nullable:
      field.nullable || files.some((file) => columnOf(file, field.name, index)?.repetition !== 'required'),
  }))
}

/** Columns that cannot be read are BLOBs by type, so that no rule of the optimiser knows anything of their values. */
function fieldOf(element: SchemaElement): Field {
  const mapping = mapColumn(element)
  return {
    name: element.name,
    type: mapping.kind === 'supported' ? mapping.type : types.binary,
    nullable: element.repetition !== 'required',
  }
}

function checkSameColumns(first: OpenedFile, fields: readonly Field[], other: OpenedFile): void {
  const mismatch = (what: string) =>
    new LakebookError('schema_mismatch', `${other.source.name} ${what}, unlike ${first.source.name}`, {
      hint: 'Files of one table must have the same columns; register this file under a name of its own.',
    })
  for (const [index, field] of fields.entries()) {
    const element = columnOf(other, field.name, index)
    if (element === undefined) throw mismatch(`has no column ${field.name}`)
    const type = fieldOf(element).type
    if (!sameType(type, field.type)) {
      throw mismatch(`has ${typeName(type)} and not ${typeName(field.type)} in column ${field.name}`)
    }
  }
  const extra = other.footer.schema.children.find(
    (element) => !fields.some((field) => field.name === element.name),
  )
  if (extra !== undefined) throw mismatch(`has a column ${extra.name} more`)
}

/** The column of that name; where a name occurs twice, the one at the same position. */
function columnOf(file: OpenedFile, name: string, index: number): SchemaElement | undefined {
  const { children } = file.footer.schema
  const same = children[index]
  return same?.name === name ? same : children.find((element) => element.name === name)
}

export function fileLayout(file: OpenedFile, fields: readonly Field[]): FileLayout {
  const { schema, rowGroups } = file.footer
  const firstLeaf = new Map<SchemaElement, number>()
  let leaves = 0
  for (const element of schema.children) {
    firstLeaf.set(element, leaves)
    leaves += element.children.length === 0 ? 1 : leafColumns(element).length
  }
  const elements = fields.map((field, index) => columnOf(file, field.name, index))
  const mappings = elements.map<ColumnMapping>((element) =>
    element === undefined ? { kind: 'unsupported', what: 'a missing column', path: [] } : mapColumn(element),
  )
  return {
    name: file.source.name,
    handle: file.source.handle,
    mappings,
    rowGroups: rowGroups.map((group) => ({
      rows: group.rows,
      bytes: group.columns.reduce((sum, chunk) => sum + chunk.bytes, 0),
      chunks: elements.map((element, index) => {
        if (element === undefined || mappings[index]?.kind !== 'supported') return null
        const first = firstLeaf.get(element) ?? -1
        const nested = mappings[index].nested
        if (nested === null) return group.columns[first] ?? null
        return nestedChunk(group.columns.slice(first, first + nested.leaves.length))
      }),
    })),
  }
}

/** The chunks of a nested column's leaves as one. */
function nestedChunk(leaves: readonly ColumnChunk[]): ColumnChunk | null {
  const [first] = leaves
  if (first === undefined) return null
  const sum = (of: (chunk: ColumnChunk) => number): number =>
    leaves.reduce((total, chunk) => total + of(chunk), 0)
  return {
    ...first,
    bytes: sum((chunk) => chunk.bytes),
    uncompressedBytes: sum((chunk) => chunk.uncompressedBytes),
    hasDictionary: leaves.some((chunk) => chunk.hasDictionary),
    encrypted: leaves.some((chunk) => chunk.encrypted),
    elsewhere: leaves.some((chunk) => chunk.elsewhere),
    statistics: null,
    offsetIndex: null,
    columnIndex: null,
    bloomFilter: null,
    leaves,
  }
}

/** What a column is, or `unsupported` naming it: it was selected and cannot be read. */
export function supportedMapping(layout: ParquetLayout, file: FileLayout, column: number): SupportedMapping {
  const mapping = file.mappings[column]
  if (mapping?.kind === 'supported') return mapping
  const name = layout.columns[column]?.name ?? `number ${column}`
  throw unsupported(
    `Column ${name} of ${file.name} (${mapping?.what ?? 'no such column'})`,
    undefined,
    'Select the other columns by name.',
  )
}

/** Bytes that a row of the column takes in the heap, roughly. */
export function estimatedRowBytes(mapping: SupportedMapping, chunk: ColumnChunk, rows: number): number {
  switch (mapping.conversion.kind) {
    case 'copy':
      return mapping.conversion.width
    case 'bitmap':
    case 'null':
      return 1
    case 'half':
      return 4
    case 'widen':
    case 'times':
    case 'divided':
      return 8
    case 'decimal128':
    case 'int96':
    case 'interval':
      return 16
    case 'fixed_bytes':
      return 4 + mapping.conversion.width
    case 'uuid':
      return 56
    case 'bytes':
    case 'struct':
    case 'list': {
      const stored = rows === 0 ? 0 : chunk.uncompressedBytes / rows
      return 4 + (chunk.hasDictionary ? Math.max(stored, 24) : stored)
    }
  }
}
