import { Dictionary, Field, Int32, Schema, Table, tableToIPC, Utf8 } from 'apache-arrow'

/**
 * The `ARROW:schema` entry of a Parquet footer that makes the decoder give a column of text as int32 codes and their
 * dictionary: a base64-encoded Arrow IPC schema message (a continuation word, the length, the message) of one field.
 */
export function dictionaryHint(column: string): string {
  const field = new Field(column, new Dictionary(new Utf8(), new Int32()), true)
  const stream = tableToIPC(new Table(new Schema([field])), 'stream')
  const length = new DataView(stream.buffer, stream.byteOffset).getUint32(4, true)
  return btoa(Array.from(stream.subarray(0, 8 + length), (byte) => String.fromCharCode(byte)).join(''))
}
