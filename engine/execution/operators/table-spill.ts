import type { ColumnBatch } from '../../arrow/column-batch.ts'
import type { QueryContext } from '../query-context.ts'
import type { Place } from '../thread-runtime.ts'
import { PARTITION_COUNTS_BYTES } from './row-partitions.ts'
import type { SpilledPartitions } from './spilled-partitions.ts'

/** How a table of rows spills. */
export interface TableSpill {
  /** Takes the rows of one partition, batch by batch. A batch is valid during the call only. */
  readonly receive: (partition: number, batch: ColumnBatch) => void
  /** Called when the table has been written and emptied. */
  readonly done: () => void
  /** Memory for turning rows into batches. */
  readonly place: Place
  /** Memory for `PARTITION_COUNTS_BYTES`. */
  readonly counts: number
}

/** Spills into these partitions; null where there is no spill file. */
export function spillInto(context: QueryContext, partitions: SpilledPartitions): TableSpill | null {
  if (context.runtime.spill === null) return null
  return {
    receive: (partition, batch) => partitions.receive(partition, batch),
    done: () => partitions.finishRun(),
    place: context.spillPlace(),
    counts: context.constants.reserve(PARTITION_COUNTS_BYTES),
  }
}
