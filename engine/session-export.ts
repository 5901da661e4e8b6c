import { RecordBatchStreamWriter, type RecordBatch } from 'apache-arrow'
import { types } from './arrow/types.ts'
import { eventLoopTurn } from './execution/event-loop-turn.ts'
import { cancelled } from './execution/query-context.ts'
import { resolveScalar } from './functions/scalar-registry.ts'
import { internalError } from './errors.ts'
import { writeParquet } from './formats/parquet/parquet-writer.ts'
import { columnReference, newColumn } from './plan/column-ids.ts'
import type { Column, Expression, LogicalPlan } from './plan/plan.ts'
import type { Session } from './session.ts'
import type { StoredResult } from './stored-result.ts'

export type ExportFormat = 'csv' | 'parquet' | 'arrow'

/** Rows copied out of the heap at a time. */
const CHUNK_ROWS = 65_536

/** Writes a result as a file, chunk by chunk. Runs in turn with the session's queries. @throws `cancelled` */
export async function exportRows(
  session: Session,
  result: StoredResult,
  format: ExportFormat,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  switch (format) {
    case 'csv':
      await exportCsv(session, result, onChunk, signal)
      return
    case 'arrow':
      await session.inTurn(() => writeArrow(batchesOf(result, signal), onChunk))
      return
    case 'parquet':
      await session.inTurn(() =>
        writeParquet(session.resources.decoderModule, batchesOf(result, signal), onChunk).catch(
          (error: unknown) => {
            // What the batches throw comes back from the writer as a text.
            throw signal.aborted ? cancelled() : error
          },
        ),
      )
  }
}

/** One batch after the other leaves the heap; before each the event loop has a turn. @throws `cancelled` */
async function* batchesOf(result: StoredResult, signal: AbortSignal): AsyncIterableIterator<RecordBatch> {
  if (result.rowCount === 0) yield* result.toArrow().batches
  for (let offset = 0; offset < result.rowCount; offset += CHUNK_ROWS) {
    await turn(signal)
    yield* result.toArrow(offset, CHUNK_ROWS).batches
  }
}

async function turn(signal: AbortSignal): Promise<void> {
  await eventLoopTurn()
  if (signal.aborted) throw cancelled()
}

async function writeArrow(
  batches: AsyncIterable<RecordBatch>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  const writer = new RecordBatchStreamWriter()
  const written = handOn(writer, onChunk)
  try {
    for await (const batch of batches) writer.write(batch)
  } finally {
    writer.finish()
    await written
  }
}

async function handOn(
  chunks: AsyncIterable<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): Promise<void> {
  for await (const chunk of chunks) onChunk(chunk)
}

/**
 * CSV is made by the engine itself: a plan turns each row into its line, and the lines leave the heap as the bytes of
 * one text column.
 */
async function exportCsv(
  session: Session,
  result: StoredResult,
  onChunk: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const { fields } = result.schema
  onChunk(new TextEncoder().encode(`${fields.map(({ name }) => quoted(name)).join(',')}\n`))
  const lines = await session.derive(result, (input, columns) => csvPlan(input, columns), { signal })
  try {
    await session.inTurn(async () => {
      const { heap } = session.resources.runtime
      for (let index = 0; index < lines.collection.batchCount; index++) {
        await turn(signal)
        const { batch, release } = lines.collection.borrow(index)
        try {
          const [column] = batch.columns
          if (column === undefined) throw internalError('a CSV export has no column')
          const end = heap.i32[(column.offsets >>> 2) + batch.length] ?? 0
          onChunk(heap.u8.slice(column.values, column.values + end))
        } finally {
          release()
        }
      }
    })
  } finally {
    lines.close()
  }
}

function csvPlan(input: LogicalPlan, columns: readonly Column[]): LogicalPlan {
  const parts = columns.flatMap((column, index) => {
    const separator = text(index === columns.length - 1 ? '\n' : ',')
    return [csvField(column), separator]
  })
  const expression = parts.reduce((line, part) => call('||', line, part))
  return { kind: 'project', input, items: [{ output: newColumn('line', types.utf8, false), expression }] }
}

/** NULL is an empty field; an empty text is `""`, so that the two stay apart. */
function csvField(column: Column): Expression {
  const reference = columnReference(column)
  const isText = column.type.kind === 'utf8'
  const value: Expression = isText
    ? reference
    : { kind: 'cast', arg: reference, type: types.utf8, nullable: column.nullable, try: false }
  const mayNeedQuotes = isText || column.type.kind === 'list' || column.type.kind === 'binary'
  const plain = mayNeedQuotes ? quotedWhereNeeded(value) : value
  if (!column.nullable) return plain
  return call('coalesce', plain, text(''))
}

function quotedWhereNeeded(value: Expression): Expression {
  const conditions = ['"', ',', '\n', '\r'].map((special) => call('contains', value, text(special)))
  const needed = [...conditions, call('=', value, text(''))].reduce((any, condition) =>
    call('or', any, condition),
  )
  const doubled = call('replace', value, text('"'), text('""'))
  return {
    kind: 'case',
    branches: [{ when: needed, then: call('||', call('||', text('"'), doubled), text('"')) }],
    otherwise: value,
    type: types.utf8,
    nullable: value.nullable,
  }
}

function call(name: string, ...args: readonly Expression[]): Expression {
  const resolved = resolveScalar(
    name,
    args.map((argument) => argument.type),
  )
  if (resolved === undefined) throw internalError(`a CSV export needs the function ${name}`)
  const nullable = resolved.nullability(args.map((argument) => argument.nullable))
  return { kind: 'call', fn: resolved.name, args, type: resolved.type, nullable }
}

function text(value: string): Expression {
  return { kind: 'literal', value, type: types.utf8, nullable: false }
}

function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}
