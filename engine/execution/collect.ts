import type { Field } from '../arrow/types.ts'
import { PageOwner } from '../memory/page-owner.ts'
import type { Column } from '../plan/plan.ts'
import { SpillAccount } from '../spill/spill-account.ts'
import { BatchCollection } from './batch-collection.ts'
import { runStream } from './pipeline-run.ts'
import type { QueryContext } from './query-context.ts'
import { ColumnSinkRuntime } from './sinks/column-sink-runtime.ts'
import type { Stream } from './stream.ts'

/**
 * Runs a stream and keeps its rows, in the heap or in the spill file. They outlive the query: the caller closes the
 * collection. `label` names the operator in the profile, `consumer` who holds the memory. With `heapBytes`, what is beyond
 * that goes to the spill file at once: for rows that are only passed on.
 */
export async function collect(
  context: QueryContext,
  columns: readonly Column[],
  open: () => Promise<Stream>,
  {
    label,
    consumer,
    heapBytes,
  }: { readonly label: string; readonly consumer: string; readonly heapBytes?: number | undefined },
): Promise<BatchCollection> {
  const { runtime, profile } = context
  const reservation = context.register(consumer, { canSpill: true, evictable: true })
  const owner = new PageOwner(runtime.heap, reservation)
  if (heapBytes !== undefined && runtime.spill !== null) owner.mostBytes = heapBytes
  const fields = columns.map(({ name, type, nullable }): Field => ({ name, type, nullable }))
  let operator = -1
  const account = new SpillAccount(consumer, context.run.manner)
  const onSpill = (bytes: number): void => profile.spilled(operator, consumer, bytes)
  const collection = new BatchCollection(runtime.pool, owner, { fields }, runtime.spill, onSpill, account)
  try {
    const stream = await open()
    operator = profile.operator(label, '', [stream.operator], account)
    profile.stage(label)
    const staging = context.consumer(`${label} staging`, false)
    const sink = new ColumnSinkRuntime(runtime, staging, stream.columns, collection, operator)
    await runStream(context, stream, sink, operator)
    sink.finish()
    profile.observeBytes(operator, owner.heldBytes)
    collection.complete()
    return collection
  } catch (error) {
    collection.close()
    throw error
  }
}
