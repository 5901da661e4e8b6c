import { internalError } from '../../errors.ts'
import type { ColumnMapping, NestedLeaf } from './column-types.ts'
import { PHYSICAL_TYPES, type ColumnChunk, type ParquetPhysicalType, type SchemaElement } from './footer.ts'
import { ThriftWriter } from './thrift-writer.ts'

const MAGIC = Uint8Array.of(0x50, 0x41, 0x52, 0x31)
/** Converted types of groups. */
const GROUP_KINDS: Readonly<Record<string, number>> = { list: 3, map: 1 }

const REPETITIONS = ['required', 'optional', 'repeated'] as const

/** Pages of a column chunk: the dictionary page, if there is one, comes first. */
export interface ChunkPages {
  readonly rows: number
  readonly values: number
  readonly dictionaryBytes: number
  /** Of all pages, dictionary included. */
  readonly bytes: number
  /** Of the longest page. */
  readonly longestBytes: number
}

/** The parts of a Parquet file of one column chunk: `head`, then the pages, then `tail`. */
export interface ChunkFile {
  readonly head: Uint8Array
  readonly tail: Uint8Array
}

/**
 * A Parquet file around the pages of one column of another file, for a decoder that takes whole files. Its schema says
 * what `mapping` wants the decoder to know, and nothing else: no statistics, no indexes, and no Arrow schema but the one
 * given. A nested column has the pages of its leaves one after the other.
 */
export function chunkFile(
  mapping: ColumnMapping & { kind: 'supported' },
  chunk: ColumnChunk,
  part: { readonly pages: ChunkPages; readonly leaves?: readonly ChunkPages[] },
  arrowSchema: string | null,
): ChunkFile {
  const { rows } = part.pages
  const writer = new ThriftWriter()
  writer
    .int32(1, 1)
    .structList(2, schemaElements(mapping), (out, write) => {
      write(out)
    })
    .int64(3, BigInt(rows))
    .structList(4, [placedChunks(mapping, chunk, part)], (group, columns) => {
      group
        .structList(1, columns, (out, { leaf, column, pages, offset }) => {
          const physical =
            leaf.decoderType.fixedBytes === undefined ? column.physical : 'FIXED_LEN_BYTE_ARRAY'
          const { values, dictionaryBytes, bytes } = pages
          out.int64(2, BigInt(offset)).struct(3, (metadata) => {
            metadata
              .int32(1, typeCode(physical))
              .int32List(2, column.encodings)
              .textList(3, leaf.path)
              .int32(4, column.codec)
              .int64(5, BigInt(values))
              .int64(6, BigInt(column.uncompressedBytes))
              .int64(7, BigInt(bytes))
              .int64(9, BigInt(offset + dictionaryBytes))
              .int64(11, dictionaryBytes > 0 ? BigInt(offset) : undefined)
          })
        })
        .int64(2, BigInt(chunk.uncompressedBytes))
        .int64(3, BigInt(rows))
    })
  if (arrowSchema !== null) {
    writer.structList(5, [arrowSchema], (out, value) => {
      out.text(1, 'ARROW:schema').text(2, value)
    })
  }
  const footer = writer.finish()
  const tail = new Uint8Array(footer.length + 8)
  tail.set(footer)
  new DataView(tail.buffer).setUint32(footer.length, footer.length, true)
  tail.set(MAGIC, footer.length + 4)
  return { head: MAGIC, tail }
}

interface PlacedChunk {
  readonly leaf: NestedLeaf
  readonly column: ColumnChunk
  readonly pages: ChunkPages
  readonly offset: number
}

/** The chunks of the leaves, and where their pages lie behind the magic number. */
function placedChunks(
  mapping: ColumnMapping & { kind: 'supported' },
  chunk: ColumnChunk,
  part: { readonly pages: ChunkPages; readonly leaves?: readonly ChunkPages[] },
): readonly PlacedChunk[] {
  let offset = MAGIC.length
  const columns = chunk.leaves ?? [chunk]
  return (part.leaves ?? [part.pages]).map((pages, index) => {
    const leaf = mapping.nested?.leaves[index] ?? mapping
    const placed = { leaf, column: columns[index] ?? chunk, pages, offset }
    offset += pages.bytes
    return placed
  })
}

type ElementWriter = (out: ThriftWriter) => void

function schemaElements(mapping: ColumnMapping & { kind: 'supported' }): readonly ElementWriter[] {
  return [
    (out) => {
      out.text(4, 'schema').int32(5, 1)
    },
    ...(mapping.nested === null
      ? [...mapping.listLevels.map(groupElement), leafElement(mapping)]
      : nestedElements(mapping.nested.element, [...mapping.nested.leaves])),
  ]
}

/** An element and all below it, depth first; `leaves` are taken one by one. */
function nestedElements(element: SchemaElement, leaves: NestedLeaf[]): readonly ElementWriter[] {
  if (element.children.length > 0) {
    return [groupElement(element), ...element.children.flatMap((child) => nestedElements(child, leaves))]
  }
  const leaf = leaves.shift()
  if (leaf === undefined) throw internalError('a nested column has more leaves than its mapping')
  return [leafElement(leaf)]
}

function groupElement(element: SchemaElement): ElementWriter {
  return (out) => {
    out
      .int32(3, REPETITIONS.indexOf(element.repetition))
      .text(4, element.name)
      .int32(5, element.children.length)
      .int32(6, GROUP_KINDS[element.annotation?.kind ?? ''])
  }
}

function leafElement({ leaf, decoderType }: NestedLeaf): ElementWriter {
  const { fixedBytes } = decoderType
  const physical = fixedBytes === undefined ? leaf.physical : 'FIXED_LEN_BYTE_ARRAY'
  const typeLength = fixedBytes ?? leaf.typeLength
  return (out) => {
    out
      .int32(1, physical === null ? undefined : typeCode(physical))
      .int32(2, typeLength > 0 ? typeLength : undefined)
      .int32(3, REPETITIONS.indexOf(leaf.repetition))
      .text(4, leaf.name)
      .int32(6, decoderType.converted ?? undefined)
      .int32(7, decoderType.scale)
      .int32(8, decoderType.precision)
    if (decoderType.float16) {
      out.struct(10, (logical) => {
        logical.struct(15, () => undefined)
      })
    }
  }
}

function typeCode(physical: ParquetPhysicalType): number {
  return PHYSICAL_TYPES.indexOf(physical)
}
