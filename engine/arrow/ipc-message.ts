import { CompressionType, type Schema as ArrowSchema, Message } from 'apache-arrow'
import {
  BodyCompression,
  BufferRegion,
  DictionaryBatch,
  FieldNode,
  RecordBatch,
} from 'apache-arrow/ipc/metadata/message'

/**
 * Messages of the Arrow IPC stream format without their bodies: continuation marker, length of the metadata, metadata
 * padded to 8 bytes. The body follows at once, each buffer 8-byte aligned inside it.
 */
const CONTINUATION = 0xffffffff
const PREFIX_BYTES = 8

export const BODY_ALIGNMENT = 8

/** `null_count` and length of one field, in depth-first order of the schema. */
export interface IpcNode {
  readonly length: number
  readonly nullCount: number
}

/** Where a buffer lies in the body. */
export interface IpcRegion {
  readonly offset: number
  readonly length: number
}

/** Length, nodes and buffers of a record batch (or of the values of a dictionary batch). */
export interface IpcBatchHeader {
  readonly rows: number
  readonly nodes: readonly IpcNode[]
  readonly regions: readonly IpcRegion[]
  readonly bodyBytes: number
}

export function schemaMessage(schema: ArrowSchema): Uint8Array {
  return framed(Message.encode(Message.from(schema)))
}

/**
 * `metadata` goes into the message's custom metadata. Messages of equally many nodes and regions, and equally long
 * metadata, are equally long unless one's body is empty.
 */
export function recordBatchMessage(
  header: IpcBatchHeader,
  metadata: ReadonlyMap<string, string>,
  compression: 'none' | 'lz4',
): Uint8Array {
  const batch = recordBatch(header, new Map(metadata), compression)
  return framed(Message.encode(Message.from(batch, header.bodyBytes)))
}

/** `isDelta`: the values go behind those that the dictionary already has. */
export function dictionaryMessage(header: IpcBatchHeader, id: number, isDelta: boolean): Uint8Array {
  const batch = new DictionaryBatch(recordBatch(header, new Map(), 'none'), id, isDelta)
  return framed(Message.encode(Message.from(batch, header.bodyBytes)))
}

export function endOfStream(): Uint8Array {
  return prefix(0)
}

function recordBatch(
  header: IpcBatchHeader,
  metadata: Map<string, string>,
  compression: 'none' | 'lz4',
): RecordBatch {
  return new RecordBatch(
    header.rows,
    header.nodes.map((node) => new FieldNode(node.length, node.nullCount)),
    header.regions.map((region) => new BufferRegion(region.offset, region.length)),
    compression === 'none' ? null : new BodyCompression(CompressionType.LZ4_FRAME),
    [],
    metadata,
  )
}

function framed(message: Uint8Array): Uint8Array {
  const padded = Math.ceil(message.length / 8) * 8
  const bytes = new Uint8Array(PREFIX_BYTES + padded)
  bytes.set(prefix(padded))
  bytes.set(message, PREFIX_BYTES)
  return bytes
}

function prefix(metadataBytes: number): Uint8Array {
  const bytes = new Uint8Array(PREFIX_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, CONTINUATION, true)
  view.setUint32(4, metadataBytes, true)
  return bytes
}
