import { Message } from 'apache-arrow'
import { Footer } from 'apache-arrow/ipc/metadata/file'
import { schemaMessage } from '../../arrow/ipc-message.ts'
import { LakebookError, unsupported } from '../../errors.ts'
import { throwIfCancelled, type ByteSource } from '../byte-source.ts'

/** A message of an IPC file or stream: where it is, metadata and body together. */
export interface ArrowMessage {
  readonly offset: number
  readonly bytes: number
}

export interface ArrowBatchPlace extends ArrowMessage {
  readonly rows: number
}

/** What is in an Arrow IPC file or stream, without the bodies. */
export interface ArrowMessages {
  readonly schema: Uint8Array
  readonly dictionaries: readonly ArrowMessage[]
  readonly batches: readonly ArrowBatchPlace[]
}

const CONTINUATION = 0xffffffff
/** `ARROW1` and two bytes of padding: a file is a stream between magic and footer. */
const FILE_MAGIC_BYTES = 8
/** Length of the footer, and `ARROW1`. */
const FILE_TAIL_BYTES = 10
const PREFIX_BYTES = 8
const CODECS = ['LZ4_FRAME', 'ZSTD']

/**
 * Reads the metadata of all messages. Errors: `corrupt_file`; `unsupported` for big-endian data, for types that the
 * reader does not know and for dictionaries that are replaced on the way.
 */
export async function readMessages(source: ByteSource, signal?: AbortSignal): Promise<ArrowMessages> {
  const magic = await source.read(0, Math.min(6, source.length), signal)
  const isFile = String.fromCharCode(...magic) === 'ARROW1'
  let offset = isFile ? FILE_MAGIC_BYTES : 0
  const footer = isFile ? await readFooter(source, signal) : null
  const end = footer?.start ?? source.length
  let schema = footer?.schema ?? null
  const dictionaries: ArrowMessage[] = []
  const batches: ArrowBatchPlace[] = []
  const seen = new Set<number>()
  while (offset + PREFIX_BYTES <= end) {
    throwIfCancelled(signal)
    const prefix = view(await source.read(offset, PREFIX_BYTES, signal))
    if (prefix.getUint32(0, true) !== CONTINUATION) {
      throw corrupt(source, `there is no message at byte ${offset}`)
    }
    const metadataBytes = prefix.getInt32(4, true)
    if (metadataBytes === 0) break
    if (metadataBytes < 0 || offset + PREFIX_BYTES + metadataBytes > end) {
      throw corrupt(source, `the message at byte ${offset} is cut off`)
    }
    const metadata = await source.read(offset + PREFIX_BYTES, metadataBytes, signal)
    const message = decoded(source, metadata, offset)
    const bytes = PREFIX_BYTES + metadataBytes + message.bodyLength
    if (offset + bytes > end) throw corrupt(source, `the message at byte ${offset} is cut off`)
    if (message.isSchema()) {
      if (isBigEndian(metadata)) throw unsupported(`${source.name}: big-endian Arrow data`)
      schema = await source.read(offset, PREFIX_BYTES + metadataBytes, signal)
    } else if (message.isDictionaryBatch()) {
      const header = message.header()
      refuseUnknownCodec(source, header.data.compression)
      if (seen.has(header.id) && !header.isDelta) {
        throw unsupported(`${source.name}: a dictionary that is replaced within a stream`)
      }
      seen.add(header.id)
      dictionaries.push({ offset, bytes })
    } else if (message.isRecordBatch()) {
      const header = message.header()
      refuseUnknownCodec(source, header.compression)
      batches.push({ offset, bytes, rows: header.length })
    } else {
      throw unsupported(`${source.name}: an Arrow message of kind ${String(message.headerType)}`)
    }
    offset += bytes
  }
  if (schema === null) throw corrupt(source, 'it has no schema')
  return { schema, dictionaries, batches }
}

/** The schema is in the footer; some writers leave it out of the messages. */
async function readFooter(
  source: ByteSource,
  signal: AbortSignal | undefined,
): Promise<{ readonly start: number; readonly schema: Uint8Array }> {
  const cutOff = (): LakebookError => corrupt(source, 'it is cut off')
  if (source.length < FILE_MAGIC_BYTES + FILE_TAIL_BYTES) throw cutOff()
  const tail = await source.read(source.length - FILE_TAIL_BYTES, FILE_TAIL_BYTES, signal)
  const bytes = view(tail).getInt32(0, true)
  const start = source.length - FILE_TAIL_BYTES - bytes
  if (String.fromCharCode(...tail.subarray(4)) !== 'ARROW1' || bytes <= 0 || start < FILE_MAGIC_BYTES) {
    throw cutOff()
  }
  const footer = await source.read(start, bytes, signal)
  try {
    return { start, schema: schemaMessage(Footer.decode(footer).schema) }
  } catch (cause) {
    throw refusedType(source, cause) ?? corrupt(source, 'its footer cannot be decoded', cause)
  }
}

function decoded(source: ByteSource, metadata: Uint8Array, offset: number): Message {
  try {
    return Message.decode(metadata)
  } catch (cause) {
    throw corrupt(source, `the message at byte ${offset} cannot be decoded`, cause)
  }
}

/** The refusal of a type that the reader does not know; null for any other error. */
export function refusedType(source: ByteSource, cause: unknown): LakebookError | null {
  const message = cause instanceof Error ? cause.message : ''
  const [, name] = /^Unrecognized type: "(.*)" \(\d+\)$/.exec(message) ?? []
  if (name === undefined) return null
  return unsupported(
    `${source.name}: the Arrow type ${name}`,
    undefined,
    'Write the column in another layout, such as a plain list or plain values.',
  )
}

function refuseUnknownCodec(source: ByteSource, compression: { readonly type: number } | null): void {
  if (compression === null || compression.type in CODECS) return
  throw unsupported(
    `${source.name}: Arrow buffers compressed with codec ${compression.type}`,
    undefined,
    'Write the file with LZ4 or Zstandard, or without compression.',
  )
}

/** The schema's first field, by the layout of flatbuffers: a table begins with the distance to its vtable. */
function isBigEndian(metadata: Uint8Array): boolean {
  const bytes = view(metadata)
  const field = (table: number, index: number): number => {
    const vtable = table - bytes.getInt32(table, true)
    const slot = 4 + 2 * index
    return slot < bytes.getUint16(vtable, true) ? bytes.getUint16(vtable + slot, true) : 0
  }
  const message = bytes.getUint32(0, true)
  const header = field(message, 2)
  if (header === 0) return false
  const schema = message + header + bytes.getUint32(message + header, true)
  const endianness = field(schema, 0)
  return endianness !== 0 && bytes.getInt16(schema + endianness, true) === 1
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function corrupt(source: ByteSource, what: string, cause?: unknown): LakebookError {
  return new LakebookError('corrupt_file', `${source.name} is damaged: ${what}`, { cause })
}
