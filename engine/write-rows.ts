import { RecordBatchStreamWriter, type RecordBatch } from 'apache-arrow'
import { eventLoopTurn } from './execution/event-loop-turn.ts'
import { cancelled } from './execution/query-context.ts'
import { internalError } from './errors.ts'
import { writeParquet } from './formats/parquet/parquet-writer.ts'
import type { Column, LogicalPlan } from './plan/plan.ts'
import type { Resources } from './resources.ts'
import { csvHeader, csvLines, jsonLines } from './row-lines.ts'
import type { StoredResult } from './stored-result.ts'

export type RowsFormat = 'csv' | 'parquet' | 'arrow' | 'json'

/** How rows are written; what is left out is as an export has it. */
export interface RowsOptions {
  readonly format: RowsFormat
  readonly delimiter?: string
  readonly header?: boolean
  readonly nullText?: string
  /** JSON: one array instead of an object a line. */
  readonly array?: boolean
}

/** Rows that are written, and what that takes. */
export interface RowsToWrite {
  readonly names: readonly string[]
  readonly rows: () => Promise<StoredResult>
  /** The rows belong to somebody else, who closes them. */
  readonly keepRows?: boolean
  readonly resources: Resources
  /** The rows as one column of texts. */
  readonly lines: (
    plan: (input: LogicalPlan, columns: readonly Column[]) => LogicalPlan,
  ) => Promise<StoredResult>
  /** Takes rows out of the heap, in one go. */
  readonly read: <Result>(action: () => Result) => Promise<Result>
  readonly signal: AbortSignal
}

type OnChunk = (chunk: Uint8Array) => Promise<void>

/** Rows copied out of the heap at a time. */
const CHUNK_ROWS = 65_536

/**
 * Writes rows as a file, chunk by chunk: never more than a chunk of it is outside the heap. How many rows there were.
 *
 * @throws `cancelled`
 */
export async function writeRows(
  source: RowsToWrite,
  options: RowsOptions,
  onChunk: OnChunk,
): Promise<number> {
  switch (options.format) {
    case 'csv': {
      const { delimiter = ',', header = true, nullText = '' } = options
      const style = { delimiter, nullText }
      if (header) await onChunk(encoded(csvHeader(source.names, style)))
      return writeLines(source, (input, columns) => csvLines(input, columns, style), onChunk)
    }
    case 'json': {
      const { array = false } = options
      if (array) await onChunk(encoded('[\n'))
      // each item but the first has a comma before it
      const rest = array ? skipFirst(2, onChunk) : onChunk
      const rowCount = await writeLines(
        source,
        (input, columns) => jsonLines(input, columns, { array }),
        rest,
      )
      if (array) await onChunk(encoded('\n]\n'))
      return rowCount
    }
    case 'arrow':
      return withRows(source, (rows) => writeArrow(batchesOf(rows, source), onChunk))
    case 'parquet':
      return withRows(source, (rows) => writeParquetRows(rows, source, onChunk))
  }
}

async function withRows(
  { rows, keepRows = false }: RowsToWrite,
  write: (rows: StoredResult) => Promise<void>,
): Promise<number> {
  const result = await rows()
  try {
    await write(result)
    return result.rowCount
  } finally {
    if (!keepRows) result.close()
  }
}

async function writeParquetRows(result: StoredResult, source: RowsToWrite, onChunk: OnChunk): Promise<void> {
  const { resources, signal } = source
  let written: Promise<void> = Promise.resolve()
  const batches = async function* (): AsyncIterableIterator<RecordBatch> {
    for await (const batch of batchesOf(result, source)) {
      await written
      yield batch
    }
  }
  const finished = writeParquet(resources.decoderModule, batches(), (chunk) => {
    if (!signal.aborted) written = written.then(() => onChunk(chunk))
  })
  // The writer takes batches that throw for the end of the rows, and goes on with what it has.
  await Promise.race([finished, untilCancelled(signal)])
  if (signal.aborted) throw cancelled()
  await written
}

/** One batch after the other leaves the heap; before each the event loop has a turn. @throws `cancelled` */
async function* batchesOf(
  result: StoredResult,
  { read, signal }: RowsToWrite,
): AsyncIterableIterator<RecordBatch> {
  if (result.rowCount === 0) yield* result.toArrow().batches
  for (let offset = 0; offset < result.rowCount; offset += CHUNK_ROWS) {
    await turn(signal)
    const rows = await read(() => result.toArrow(offset, CHUNK_ROWS))
    yield* rows.batches
  }
}

/** Rejects when the signal says so. */
function untilCancelled(signal: AbortSignal): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(cancelled()), { once: true })
  })
  stopped.catch(() => undefined)
  return stopped
}

async function turn(signal: AbortSignal): Promise<void> {
  await eventLoopTurn()
  if (signal.aborted) throw cancelled()
}

async function writeArrow(batches: AsyncIterable<RecordBatch>, onChunk: OnChunk): Promise<void> {
  const writer = new RecordBatchStreamWriter()
  const written = handOn(writer, onChunk)
  try {
    for await (const batch of batches) writer.write(batch)
  } finally {
    writer.finish()
    await written
  }
}

async function handOn(chunks: AsyncIterable<Uint8Array>, onChunk: OnChunk): Promise<void> {
  for await (const chunk of chunks) await onChunk(chunk)
}

/**
 * Text files are made by the engine itself: a plan turns each row into its line, and the lines leave the heap as the
 * bytes of one text column.
 */
async function writeLines(
  { lines, read, resources, signal }: RowsToWrite,
  plan: (input: LogicalPlan, columns: readonly Column[]) => LogicalPlan,
  onChunk: OnChunk,
): Promise<number> {
  const made = await lines(plan)
  try {
    const { heap } = resources.runtime
    for (let index = 0; index < made.collection.batchCount; index++) {
      await turn(signal)
      const { batch, release } = await read(() => made.collection.borrow(index))
      try {
        const [column] = batch.columns
        if (column === undefined) throw internalError('an export has no column')
        const end = heap.i32[(column.offsets >>> 2) + batch.length] ?? 0
        await onChunk(heap.u8.slice(column.values, column.values + end))
      } finally {
        release()
      }
    }
    return made.rowCount
  } finally {
    made.close()
  }
}

/** Leaves out the first bytes: what would part the first item from the one before. */
function skipFirst(bytes: number, onChunk: OnChunk): OnChunk {
  let left = bytes
  return (chunk) => {
    const part = chunk.subarray(Math.min(left, chunk.length))
    left -= chunk.length - part.length
    return part.length === 0 ? Promise.resolve() : onChunk(part)
  }
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
