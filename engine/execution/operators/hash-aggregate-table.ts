import type { PageOwner } from '../../memory/page-owner.ts'
import type { SinkCode } from '../pipeline-compiler.ts'
import type { RowEncoder } from '../row-encoder.ts'
import type { Sink } from '../stream.ts'
import type { PipelineInstance, ThreadRuntime } from '../thread-runtime.ts'
import type { FeedMode } from './aggregate-code.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { GroupTable, type TableContent } from './group-table.ts'
import { HashAggregateSink } from './hash-aggregate-sink.ts'
import { LAST_PARTITION_LEVEL, partitionRows } from './row-partitions.ts'
import type { TableSpill } from './table-spill.ts'

/**
 * The driver's groups. When there is no memory for more, all groups are written, partition by partition; the states of a
 * group that was written are merged when they are read back.
 */
export class HashAggregateTable extends GroupTable implements Sink {
  readonly #runtime: ThreadRuntime
  readonly #shape: AggregateShape
  readonly #mode: FeedMode
  readonly #level: number
  readonly #spill: TableSpill | null
  readonly #encoder: () => RowEncoder

  /**
   * `level`: how often the rows have been partitioned before. `spill`: null where there is no spill file. `encoder`: for
   * rows of `spilledLayout`, behind pointers.
   */
  constructor(
    runtime: ThreadRuntime,
    owner: PageOwner,
    shape: AggregateShape,
    options: {
      readonly mode: FeedMode
      readonly level: number
      readonly spill: TableSpill | null
      readonly encoder: () => RowEncoder
    },
  ) {
    super(runtime, owner, shape.layout, (content) => this.write(content))
    this.#runtime = runtime
    this.#shape = shape
    this.#mode = options.mode
    this.#level = options.level
    this.#spill = options.spill
    this.#encoder = options.encoder
  }

  code(): HashAggregateSink {
    return new HashAggregateSink(this.#shape, this.#mode)
  }

  attach(instance: PipelineInstance, code: SinkCode): void {
    this.connect(instance.block, code as HashAggregateSink)
  }

  /** Writes the groups of this table, or of another thread's. False when there is nowhere to. */
  write({ pages, directory }: TableContent): boolean {
    if (this.#spill === null || this.#level > LAST_PARTITION_LEVEL) return false
    const { receive, done, counts } = this.#spill
    const encoder = this.#encoder()
    const { width } = this.#shape.layout
    const ranges = partitionRows(this.#runtime, pages, width, this.#level, counts, directory)
    ranges.forEach(({ begin, end }, partition) => {
      if (end === begin) return
      encoder.encode(directory + begin * 4, end - begin, (batch) => {
        receive(partition, batch)
      })
    })
    done()
    return true
  }
}
