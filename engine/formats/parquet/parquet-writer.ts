import { RecordBatchStreamWriter, type RecordBatch } from 'apache-arrow'
import {
  Compression,
  initSync,
  Table,
  transformParquetStream,
  WriterPropertiesBuilder,
  type RecordBatch as WasmRecordBatch,
} from 'parquet-wasm/esm'

const ROW_GROUP_ROWS = 122_880

/**
 * Writes batches of one schema as a Parquet file, zstd-compressed, and hands it on chunk by chunk. parquet-wasm's own
 * instance holds one row group at a time. There must be at least one batch, even an empty one, for the schema.
 */
export async function writeParquet(
  module: WebAssembly.Module,
  batches: AsyncIterable<RecordBatch>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  initSync({ module })
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.ZSTD)
    .setMaxRowGroupSize(ROW_GROUP_ROWS)
    .setCreatedBy('Lakebook')
    .build()
  const source = batches[Symbol.asyncIterator]()
  const pending: WasmRecordBatch[] = []
  const input = new ReadableStream<WasmRecordBatch>({
    async pull(controller) {
      for (;;) {
        const ready = pending.shift()
        if (ready !== undefined) {
          controller.enqueue(ready)
          return
        }
        const next = await source.next()
        if (next.done === true) {
          controller.close()
          return
        }
        pending.push(...Table.fromIPCStream(streamOf(next.value)).recordBatches())
      }
    },
  })
  const output = (await transformParquetStream(input, properties)) as ReadableStream<Uint8Array>
  const reader = output.getReader()
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) onChunk(chunk.value)
}

function streamOf(batch: RecordBatch): Uint8Array {
  const writer = new RecordBatchStreamWriter()
  writer.write(batch)
  return writer.finish().toUint8Array(true)
}
